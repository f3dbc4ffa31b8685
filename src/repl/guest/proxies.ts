/** The isolate's Proxy in; one that remembers every proxy's target out, so that the runtime can look at a proxy without its traps being run. */
import { IntrinsicWeakMap, defineHidden, hasOwn, reflectConstruct, weakMapGet, weakMapHas, weakMapSet } from './primordials.ts'

const NativeProxy = Proxy
const nativeRevocable = NativeProxy.revocable

/** Proxy → target; null once it was revoked. */
const targets = new IntrinsicWeakMap<object, object | null>()

export function isProxy(value: object): boolean {
  return weakMapHas(targets, value)
}

/** What a proxy stands for (another proxy, maybe); null for a revoked one, undefined for what is no proxy. */
export function proxyTarget(value: object): object | null | undefined {
  return weakMapGet(targets, value)
}

/** What stands behind any number of proxies; null when one of them was revoked. A value that is no proxy is itself. */
export function unproxied(value: object): object | null {
  let current: object | null = value
  while (current !== null) {
    const target: object | null | undefined = weakMapGet(targets, current)
    if (target === undefined) return current
    current = target
  }
  return null
}

/** Another proxy of what a proxy stands for: it looks the same, and has no property that could be read. Undefined for a revoked one. */
export function standIn(proxy: object): object | undefined {
  const target = unproxied(proxy)
  if (target === null) return undefined
  const made = new NativeProxy(target, { __proto__: null, get: () => undefined } as ProxyHandler<object>)
  weakMapSet(targets, made, target)
  return made
}

/** Puts the remembering Proxy in the place of the isolate's own, which no user code can reach from then on. */
export function installProxy(target: object): void {
  defineHidden(NativeProxy, 'revocable', revocable)
  // Itself a proxy of the built-in, so that name, length, text and the lack of a prototype are the built-in's.
  defineHidden(
    target,
    'Proxy',
    new NativeProxy(NativeProxy, {
      __proto__: null,
      construct(native: typeof Proxy, args: object[], newTarget: NewableFunction): object {
        const proxy = reflectConstruct(native, args, newTarget) as object
        weakMapSet(targets, proxy, hasOwn(args, 0) ? (args[0] as object) : null)
        return proxy
      },
    } as ProxyHandler<typeof Proxy>),
  )
}

const { revocable } = {
  revocable(original: object, handler: ProxyHandler<object>): { proxy: object; revoke: () => void } {
    const made = nativeRevocable(original, handler)
    const { proxy, revoke } = made
    weakMapSet(targets, proxy, original)
    // Data properties of a fresh object: assigning runs nothing.
    made.revoke = () => {
      revoke()
      weakMapSet(targets, proxy, null)
    }
    return made
  },
}
