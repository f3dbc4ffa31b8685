/** Nothing in; Event, CustomEvent and EventTarget, as web programs know them, out. There is no tree: an event has one target. */
import {
  IntrinsicMap, IntrinsicTypeError, arrayIndexOf, arrayPush, arraySlice, arraySplice, createList, mapGet, mapSet, promiseReject, reflectApply,
} from './primordials.ts'
import { clockMs } from './clock.ts'
import { addDisplay } from './displays.ts'

/** What a dispatch changes of an event. */
interface Course {
  target: EventTarget | null
  current: EventTarget | null
  phase: number
  isTrusted: boolean
  isDispatching: boolean
  isStopped: boolean
  isCanceled: boolean
  isPassive: boolean
}

let courseOf: (event: Event) => Course
let isEvent: (value: unknown) => value is Event

export class Event {
  readonly #type: string
  readonly #bubbles: boolean
  readonly #cancelable: boolean
  readonly #composed: boolean
  readonly #timeStamp = clockMs('monotonic')
  readonly #course: Course = { target: null, current: null, phase: 0, isTrusted: false, isDispatching: false, isStopped: false, isCanceled: false, isPassive: false }

  constructor(type: unknown, init: { readonly bubbles?: unknown; readonly cancelable?: unknown; readonly composed?: unknown } = {}) {
    if (arguments.length === 0) throw new IntrinsicTypeError('The "type" argument must be specified')
    this.#type = `${type as string}`
    this.#bubbles = !!init?.bubbles
    this.#cancelable = !!init?.cancelable
    this.#composed = !!init?.composed
  }

  static {
    courseOf = (event) => event.#course
    isEvent = (value): value is Event => typeof value === 'object' && value !== null && #course in value
    addDisplay((value) =>
      #course in value ? { type: 'fields', fields: { type: value.#type, defaultPrevented: value.#course.isCanceled, cancelable: value.#cancelable, timeStamp: value.#timeStamp } } : undefined,
    )
  }

  get type(): string {
    return this.#type
  }
  get target(): unknown {
    return this.#course.target
  }
  get srcElement(): unknown {
    return this.#course.target
  }
  get currentTarget(): unknown {
    return this.#course.current
  }
  get eventPhase(): number {
    return this.#course.phase
  }
  get bubbles(): boolean {
    return this.#bubbles
  }
  get cancelable(): boolean {
    return this.#cancelable
  }
  get composed(): boolean {
    return this.#composed
  }
  get defaultPrevented(): boolean {
    return this.#course.isCanceled
  }
  get returnValue(): boolean {
    return !this.#course.isCanceled
  }
  get cancelBubble(): boolean {
    return this.#course.isStopped
  }
  get timeStamp(): number {
    return this.#timeStamp
  }
  get isTrusted(): boolean {
    return this.#course.isTrusted
  }
  composedPath(): unknown[] {
    return this.#course.current === null ? [] : [this.#course.current]
  }
  preventDefault(): void {
    if (this.#cancelable && !this.#course.isPassive) this.#course.isCanceled = true
  }
  stopPropagation(): void {
    // An event has one target: nothing comes after it.
  }
  stopImmediatePropagation(): void {
    this.#course.isStopped = true
  }
}

export class CustomEvent extends Event {
  readonly #detail: unknown

  constructor(type: unknown, init: ConstructorParameters<typeof Event>[1] & { readonly detail?: unknown } = {}) {
    super(type, init)
    this.#detail = init?.detail ?? null
  }
  get detail(): unknown {
    return this.#detail
  }
}

type Callback = ((this: unknown, event: Event) => unknown) | { readonly handleEvent?: unknown }

interface Listener {
  readonly callback: Callback
  readonly capture: boolean
  readonly once: boolean
  readonly passive: boolean
  isRemoved: boolean
}

interface ListenerOptions {
  readonly capture?: unknown
  readonly once?: unknown
  readonly passive?: unknown
  readonly signal?: unknown
}

/** Listen and dispatch without asking a method that the program may have replaced. */
export let listen: (target: EventTarget, type: string, callback: Callback, options?: ListenerOptions) => void
/** Gives false when the event was canceled. */
export let dispatch: (target: EventTarget, event: Event, isTrusted: boolean) => boolean

export class EventTarget {
  readonly #listeners = new IntrinsicMap<string, Listener[]>()

  static {
    listen = (target, type, callback, options = {}) => target.#add(type, callback, options)
    dispatch = (target, event, isTrusted) => target.#dispatch(event, isTrusted)
  }

  addEventListener(type: unknown, callback: unknown, options?: unknown): void {
    if (arguments.length < 2) throw new IntrinsicTypeError('The "type" and "listener" arguments must be specified')
    if (callback === null || callback === undefined) return
    if (typeof callback !== 'function' && typeof callback !== 'object') throw new IntrinsicTypeError('The "listener" argument must be an instance of EventListener')
    this.#add(`${type as string}`, callback as Callback, typeof options === 'boolean' ? { capture: options } : ((options ?? {}) as ListenerOptions))
  }

  removeEventListener(type: unknown, callback: unknown, options?: unknown): void {
    this.#remove(`${type as string}`, callback as Callback, typeof options === 'boolean' ? options : !!(options as ListenerOptions | undefined | null)?.capture)
  }

  dispatchEvent(event: unknown): boolean {
    if (!isEvent(event)) throw new IntrinsicTypeError('The "event" argument must be an instance of Event')
    if (courseOf(event).isDispatching) throw new IntrinsicTypeError('The event is already being dispatched')
    return this.#dispatch(event, false)
  }

  #add(type: string, callback: Callback, options: ListenerOptions): void {
    const { signal } = options
    if (signal !== undefined) {
      if (typeof signal !== 'object' || signal === null || !(#listeners in signal)) throw new IntrinsicTypeError('The "options.signal" property must be an instance of AbortSignal')
      if ((signal as unknown as globalThis.AbortSignal).aborted) return
    }
    let list = mapGet(this.#listeners, type)
    if (list === undefined) mapSet(this.#listeners, type, (list = createList()))
    const capture = !!options.capture
    for (let index = 0; index < list.length; index++) if (list[index]?.callback === callback && list[index]?.capture === capture) return
    arrayPush(list, { callback, capture, once: !!options.once, passive: !!options.passive, isRemoved: false })
    if (signal !== undefined) (signal as EventTarget).#add('abort', () => this.#remove(type, callback, capture), { once: true })
  }

  #remove(type: string, callback: Callback, capture: boolean): void {
    const list = mapGet(this.#listeners, type)
    if (list === undefined) return
    for (let index = 0; index < list.length; index++) {
      const listener = list[index] as Listener
      if (listener.callback !== callback || listener.capture !== capture) continue
      listener.isRemoved = true
      arraySplice(list, index, 1)
      return
    }
  }

  #dispatch(event: Event, isTrusted: boolean): boolean {
    const course = courseOf(event)
    course.isTrusted = isTrusted
    course.target = course.current = this
    course.phase = 2
    course.isDispatching = true
    const listeners = mapGet(this.#listeners, event.type)
    // Listeners added meanwhile do not hear this event.
    const now = listeners === undefined ? createList<Listener>() : arraySlice(listeners)
    for (let index = 0; index < now.length && !course.isStopped; index++) {
      const listener = now[index] as Listener
      if (listener.isRemoved) continue
      if (listener.once && listeners !== undefined) {
        listener.isRemoved = true
        arraySplice(listeners, arrayIndexOf(listeners, listener), 1)
      }
      course.isPassive = listener.passive
      this.#call(listener.callback, event)
      course.isPassive = false
    }
    course.current = null
    course.phase = 0
    course.isDispatching = course.isStopped = false
    return !course.isCanceled
  }

  #call(callback: Callback, event: Event): void {
    try {
      const holder = typeof callback === 'function' ? this : callback
      const method: unknown = typeof callback === 'function' ? callback : callback.handleEvent
      if (typeof method === 'function') reflectApply(method as () => unknown, holder, [event])
    } catch (thrown) {
      // Nobody can catch it: it is reported like any rejection that nobody handles.
      promiseReject(thrown)
    }
  }
}
