/** Nothing in; every reading of time out: Date in all its forms, Temporal.Now, Intl.DateTimeFormat and performance, all from one source. */
import {
  IntrinsicDate, IntrinsicTypeError, IntrinsicWeakMap, createList, dateToString, defineHidden, defineProperty, floor, getterOf, reflectApply, reflectConstruct, uncurryThis, weakMapGet,
  weakMapSet,
} from './primordials.ts'
import { takeNative } from './native.ts'
import { publish, rename } from './publish.ts'

/** 'wall' is milliseconds since 1970, whole; 'monotonic' is milliseconds since some start, in steps of 0.1 ms. */
export type ClockKind = 'wall' | 'monotonic'
export type ClockSource = (kind: ClockKind) => number

const nativeNow = IntrinsicDate.now
const nativeMonotonic = takeNative<() => number>('monotonicMs')

let source: ClockSource = (kind) => (kind === 'wall' ? nativeNow() : nativeMonotonic())

/** Puts another clock in the place of the one that is read, and gives that. */
export function setClockSource(clock: ClockSource): ClockSource {
  const before = source
  source = clock
  return before
}

/** The one reading of time. */
export function clockMs(kind: ClockKind): number {
  return source(kind)
}

/** Puts the clock behind every way to read it. */
export function installClock(target: object): void {
  installDate(target)
  installTemporalNow()
  installDateTimeFormat()
  publish(target, 'Performance', Performance)
  defineHidden(target, 'performance', new Performance(permission))
}

// The isolate's own; the program sees one that is watched.
const NativeProxy = Proxy

function installDate(target: object): void {
  const now = (): number => source('wall')
  defineHidden(IntrinsicDate, 'now', now)
  // A proxy of the built-in, so that name, length, text, statics and what inherits from it are the built-in's.
  const made = new NativeProxy(IntrinsicDate, {
    __proto__: null,
    apply: () => dateToString(new IntrinsicDate(source('wall'))),
    construct: (native: DateConstructor, args: unknown[], newTarget: NewableFunction) =>
      reflectConstruct(native, args.length === 0 ? [source('wall')] : args, newTarget) as Date,
  } as ProxyHandler<DateConstructor>)
  defineHidden(IntrinsicDate.prototype, 'constructor', made)
  defineHidden(target, 'Date', made)
}

const { fromEpochMilliseconds } = Temporal.Instant
const { timeZoneId } = Temporal.Now
const zonedOf: (instant: unknown, timeZone: unknown) => object = uncurryThis(Temporal.Instant.prototype.toZonedDateTimeISO) as never
const { toPlainDate, toPlainTime, toPlainDateTime } = Temporal.ZonedDateTime.prototype

function installTemporalNow(): void {
  const zonedNow = (timeZone: unknown): object => zonedOf(fromEpochMilliseconds(source('wall')), timeZone === undefined ? timeZoneId() : timeZone)
  const methods = {
    instant: () => fromEpochMilliseconds(source('wall')),
    zonedDateTimeISO: (timeZone?: unknown) => zonedNow(timeZone),
    plainDateTimeISO: (timeZone?: unknown) => reflectApply(toPlainDateTime, zonedNow(timeZone), createList()),
    plainDateISO: (timeZone?: unknown) => reflectApply(toPlainDate, zonedNow(timeZone), createList()),
    plainTimeISO: (timeZone?: unknown) => reflectApply(toPlainTime, zonedNow(timeZone), createList()),
  }
  for (const [name, method] of Object.entries(methods)) defineHidden(Temporal.Now, name, method)
}

function installDateTimeFormat(): void {
  const { prototype } = Intl.DateTimeFormat
  const formatOf: (format: object) => (date: unknown) => string = uncurryThis(getterOf(prototype, 'format'))
  const partsOf: (format: object, date: unknown) => unknown = uncurryThis(prototype.formatToParts) as never
  const bound = new IntrinsicWeakMap<object, (date: unknown) => string>()
  const getter = {
    get format(): (date: unknown) => string {
      const native = formatOf(this)
      const known = weakMapGet(bound, native)
      if (known !== undefined) return known
      const made = (date: unknown): string => native(date === undefined ? source('wall') : date)
      rename(made, '')
      weakMapSet(bound, native, made)
      return made
    },
  }
  defineProperty(prototype, 'format', { __proto__: null, get: getterOf(getter, 'format'), enumerable: false, configurable: true } as PropertyDescriptor)
  const { formatToParts } = {
    formatToParts(this: object, date?: unknown): unknown {
      return partsOf(this, date === undefined ? source('wall') : date)
    },
  }
  defineHidden(prototype, 'formatToParts', formatToParts)
}

const permission = {}
let timeOrigin: number | undefined

class Performance {
  constructor(given?: unknown) {
    if (given !== permission) throw new IntrinsicTypeError('Illegal constructor')
  }

  /** Milliseconds since `timeOrigin`, in steps of 0.1. */
  now(): number {
    return source('monotonic')
  }

  get timeOrigin(): number {
    timeOrigin ??= floor(source('wall') - source('monotonic'))
    return timeOrigin
  }

  toJSON(): object {
    return { timeOrigin: this.timeOrigin }
  }
}
