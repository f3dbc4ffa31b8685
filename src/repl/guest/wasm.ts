/** Nothing in; WebAssembly.compile and instantiate that settle in the turn that calls them out: the engine's own settle later, when nobody waits any more. */
import { inherits } from './brand.ts'
import { IntrinsicPromise, defineHidden } from './primordials.ts'
import { isProxy } from './proxies.ts'

type Module = object
/** The part of the namespace that is used; the isolate's library of types has none of it. */
interface Wasm {
  readonly Module: new (bytes: unknown) => Module
  readonly Instance: new (module: Module, imports: unknown) => object
}

export function installWasm(target: object): void {
  const namespace = (target as { WebAssembly: Wasm }).WebAssembly
  const { Module, Instance } = namespace
  const isModule = (value: unknown): value is Module => typeof value === 'object' && value !== null && !isProxy(value) && inherits(value, Module.prototype as object)
  const methods = {
    compile: (bytes: unknown) => settled(() => new Module(bytes)),
    instantiate: (source: unknown, imports?: unknown) =>
      settled(() => {
        if (isModule(source)) return new Instance(source, imports)
        const module = new Module(source)
        return { module, instance: new Instance(module, imports) }
      }),
  }
  defineHidden(namespace, 'compile', methods.compile)
  defineHidden(namespace, 'instantiate', methods.instantiate)
}

function settled<T>(make: () => T): Promise<T> {
  return new IntrinsicPromise((resolve, reject) => {
    try {
      resolve(make())
    } catch (thrown) {
      reject(thrown)
    }
  })
}
