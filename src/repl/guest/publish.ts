/** A class of the runtime in; the same class under the name that programs know it by out. */
import { markOpaque } from './brand.ts'
import { defineHidden, defineProperty, symbolToStringTag } from './primordials.ts'

/** Names a class, tags its instances, and keeps them from being copied. Only while the runtime loads. */
export function publish(target: object, name: string, made: NewableFunction & { readonly prototype: object }): void {
  rename(made, name)
  markOpaque(made.prototype)
  defineProperty(made.prototype, symbolToStringTag, { __proto__: null, value: name, configurable: true } as PropertyDescriptor)
  defineHidden(target, name, made)
}

/** Gives a function the name of the built-in it stands for. */
export function rename(made: object, name: string): void {
  defineProperty(made, 'name', { __proto__: null, value: name, configurable: true } as PropertyDescriptor)
}
