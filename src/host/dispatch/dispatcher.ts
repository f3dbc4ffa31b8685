/** Providers, a path and bounds in; the Dispatch that asks them, out. */
import { ReplmError } from '../../errors.ts'
import type { Dispatch, DispatchPath, Query } from '../../types.ts'
import { catalog } from '../providers/catalog.ts'
import { maxConnections } from '../providers/connection.ts'
import { createClock, type Clock } from './clock.ts'
import type { Path, ProviderSource } from './path.ts'
import { createAsyncPath } from './paths/async.ts'
import { createAutoPath } from './paths/auto.ts'
import { createPoolPath } from './paths/pool.ts'
import { pricingOf, type Pricing, type TokenPrice } from './pricing.ts'
import { Pump, type PumpState } from './pump.ts'

export interface DispatcherOptions {
  readonly registry: ProviderSource
  readonly path: DispatchPath
  /** Most questions to one model under way at once. */
  readonly concurrency: number
  /** The same for built-in providers whose server is on this machine. @default concurrency */
  readonly localConcurrency?: number
  /** Most attempts at one question. */
  readonly maxAttempts: number
  /** What providers in threads read their keys from, as `process.env`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Prices of models whose provider goes by a table; null for a model it does not know. */
  readonly priceOf: (provider: string, model: string) => Promise<TokenPrice | null>
  /** @default real time */
  readonly clock?: Clock
  /** @default Math.random */
  readonly random?: () => number
}

export interface Dispatcher {
  /** Rejects with ReplmError, or with the signal's reason. See {@link withBudget} for what goes around it. */
  readonly dispatch: Dispatch
  readonly path: DispatchPath
  /** Sends what is asked from now on another way. */
  readonly setPath: (path: DispatchPath) => void
  /** How a question is priced. Rejects with CONFIG where there is no such provider. */
  readonly pricing: (query: Pick<Query, 'provider' | 'model'>) => Pricing | Promise<Pricing>
  /** The models asked so far, and how busy each is. */
  readonly pumps: () => readonly PumpState[]
  /** Ends what is under way with DISPOSED, and the threads; a question that comes later is DISPOSED, too. */
  readonly close: () => Promise<void>
}

/** Pumps kept at the most while idle: a guest that may name any model must not fill the host's memory. */
const maxIdlePumps = 256

/** One dispatcher serves all sessions of a replm, so that its bounds hold for all of them together. Nothing loads before the first question. */
export function createDispatcher({ registry, path: pathName, concurrency, localConcurrency = concurrency, maxAttempts, env, priceOf, clock = createClock(), random = Math.random }: DispatcherOptions): Dispatcher {
  const path = createSwitch(pathName, (name) => createPath(name, { registry, env, clock }))
  // Keys come from the environment, one per provider, so provider and model name a pump.
  const pumps = new Map<string, Pump>()
  const pricings = new Map<string, Pricing>()
  let closed: ReplmError | undefined

  function pricing({ provider, model }: Pick<Query, 'provider' | 'model'>): Pricing | Promise<Pricing> {
    return pricings.get(`${provider}/${model}`) ?? loadPricing(provider, model)
  }

  async function loadPricing(provider: string, model: string): Promise<Pricing> {
    const found = await pricingOf(await registry.get(provider), model, { priceOf, isBuiltIn: registry.isBuiltIn(provider) })
    if (pricings.size >= maxIdlePumps) pricings.clear()
    pricings.set(`${provider}/${model}`, found)
    return found
  }

  function pumpOf({ provider, model }: Query): Pump {
    const key = `${provider}/${model}`
    const known = pumps.get(key)
    if (known !== undefined) return known
    if (pumps.size >= maxIdlePumps) dropIdle()
    const pump = new Pump({ provider, model, concurrency: concurrencyOf(provider), maxAttempts, path, clock, random, pricing: () => pricing({ provider, model }) })
    pumps.set(key, pump)
    return pump
  }

  /** What waited for a connection would count as sent, and its deadline would run. */
  function concurrencyOf(provider: string): number {
    return registry.isBuiltIn(provider) ? Math.min(isLocal(provider) ? localConcurrency : concurrency, maxConnections) : concurrency
  }

  function isLocal(provider: string): boolean {
    return catalog.some(({ name, probeRoute }) => name === provider && probeRoute !== null)
  }

  function dropIdle(): void {
    for (const [key, pump] of pumps) if (pump.idle) pumps.delete(key)
  }

  return {
    dispatch: (query, options) => (closed === undefined ? pumpOf(query).dispatch(query, options) : Promise.reject(closed)),
    get path() {
      return path.name
    },
    setPath: (name) => path.to(name),
    pricing,
    pumps: () => [...pumps.values()].map((pump) => pump.state),
    close: async () => {
      closed ??= new ReplmError('DISPOSED', 'This replm is closed: it asks no more questions. Open another one')
      for (const pump of pumps.values()) pump.close(closed)
      await path.close()
    },
  }
}

/** One path that leads the way that was chosen last; each is made at its first use, and what is under way on another one stays there. */
function createSwitch(first: DispatchPath, create: (name: DispatchPath) => Path): Path & { readonly to: (name: DispatchPath) => void } {
  const made = new Map<DispatchPath, Path>()
  const pathTo = (name: DispatchPath): Path => {
    const known = made.get(name)
    if (known !== undefined) return known
    const path = create(name)
    made.set(name, path)
    return path
  }
  let current = pathTo(first)
  return {
    get name() {
      return current.name
    },
    to: (name) => {
      current = pathTo(name)
    },
    prepare: (provider) => current.prepare(provider),
    route: (provider, model, stream) => current.route(provider, model, stream),
    close: async () => {
      await Promise.all([...made.values()].map((path) => path.close()))
    },
  }
}

function createPath(name: DispatchPath, options: { readonly registry: ProviderSource; readonly env: DispatcherOptions['env']; readonly clock: Clock }): Path {
  const async = createAsyncPath(options.registry)
  if (name === 'async') return async
  const pool = createPoolPath({ ...options, async })
  return name === 'pool' ? pool : createAutoPath({ ...options, async, pool })
}
