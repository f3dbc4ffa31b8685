/**
 * Call sites of V8 in; the text of an error's `stack`, with the cells' own places and without frames of the runtime, out.
 *
 * V8 asks `Error.prepareStackTrace` when a stack is first read, so that an error whose stack nobody reads costs nothing.
 * Ours stands there for good; one that the program sets is called by ours, with call sites that know the same places.
 */
import { dataProperty } from './inspect-name.ts'
import {
  arrayJoin, arrayPush, ArrayPrototype, createList, defineHidden, defineProperty, errorToString, getPrototypeOf, getterOf, IntrinsicError, IntrinsicWeakSet, numberParseInt, ownDescriptor, reflectApply,
  regExpExec, setPrototypeOf, stringSlice, uncurryThis, weakSetAdd, weakSetHas,
} from './primordials.ts'

/** V8's call site, as far as the runtime looks at it. */
interface CallSite {
  toString(): string
  getFunctionName(): string | null
}

type Prepare = (error: object, sites: readonly CallSite[]) => unknown

/** UTF-16 units of a name or message that are shown. */
const maxHeadUnits = 100_000

/** Puts the frames of a stack, one a line, at their places in the cells' own texts, and drops all others; set once the sandbox can. */
let locate: (frames: string) => string = (frames) => frames

export function setStackLocator(locator: (frames: string) => string): void {
  locate = locator
}

/** To be called once, before any code of a program runs: from then on every stack that V8 writes goes through here. */
export function installStackTraces(): void {
  weakSetAdd(prepares, prepare)
  defineProperty(IntrinsicError, 'prepareStackTrace', {
    __proto__: null,
    get: () => prepareNow,
    set: (given: unknown) => {
      prepareNow = typeof given !== 'function' ? prepare : weakSetHas(prepares, given) ? (given as Prepare) : wrap(given as Prepare)
    },
    enumerable: false,
    // A property of the program's in its place would be what V8 asks.
    configurable: false,
  } as PropertyDescriptor)
}

/** The text of an error's stack; undefined where it is a getter of the program's, or no text. Runs no code of the program. */
export function readStack(error: object): string | undefined {
  const descriptor = ownDescriptor(error, 'stack')
  let stack: unknown
  if (descriptor === undefined) stack = dataProperty(error, 'stack')
  else if (descriptor.get === undefined) stack = descriptor.value
  else if (descriptor.get === nativeStack) {
    isQuiet = true
    try {
      stack = reflectApply(descriptor.get, error, createList())
    } catch {
      // There was no room left on the stack to write one down.
    }
    isQuiet = false
  }
  return typeof stack === 'string' && stack !== '' ? stack : undefined
}

/** `Name: message` of an error, from data properties only. */
export function headOf(error: object): string {
  const name = dataProperty(error, 'name')
  const message = dataProperty(error, 'message')
  const nameText = typeof name === 'string' ? name : 'Error'
  const messageText = typeof message === 'string' ? stringSlice(message, 0, maxHeadUnits) : ''
  if (nameText === '') return messageText === '' ? 'Error' : messageText
  return messageText === '' ? nameText : `${nameText}: ${messageText}`
}

/** The engine's own accessor of `stack`, the same one for every error. */
const nativeStack: unknown = getterOf<unknown>(new Error(), 'stack')

export function isNativeStack(getter: unknown): boolean {
  return getter === nativeStack
}

/** The runtime itself reads a stack: nothing of the program may run. */
let isQuiet = false

let prepareNow: Prepare = prepare

/** What goes into the place of `Error.prepareStackTrace` as it is. */
const prepares = new IntrinsicWeakSet<object>()

const CallSitePrototype = getPrototypeOf(firstCallSite()) as CallSite
const siteToString: (site: CallSite) => string = uncurryThis(CallSitePrototype.toString) as never
const siteFunctionName: (site: CallSite) => string | null = uncurryThis(CallSitePrototype.getFunctionName) as never

/** Only while the runtime loads. */
function firstCallSite(): CallSite {
  const hooks = Error as unknown as { prepareStackTrace?: Prepare | undefined }
  hooks.prepareStackTrace = (_error, sites) => sites[0]
  const site: unknown = new Error('any').stack
  delete hooks.prepareStackTrace
  return site as CallSite
}

/** A stack as V8 writes it. */
function prepare(error: object, sites: readonly CallSite[]): unknown {
  const lines = createList<string>()
  for (let index = 0; index < sites.length; index++) arrayPush(lines, frameOf(sites[index] as CallSite))
  const frames = locate(withoutRuntimeFrames(lines))
  return frames === '' ? shownHead(error) : `${shownHead(error)}\n${frames}`
}

function shownHead(error: object): string {
  if (isQuiet) return headOf(error)
  try {
    return errorToString(error)
  } catch {
    // A getter of the program's threw: V8 writes the same.
    return '<error>'
  }
}

function wrap(own: Prepare): Prepare {
  const wrapper: Prepare = (error, sites) => (isQuiet ? prepare(error, sites) : reflectApply(own, IntrinsicError, [error, ownSites(sites)]))
  weakSetAdd(prepares, wrapper)
  return wrapper
}

/** The sites that are the program's, each of which knows its place in the cell's own text. */
function ownSites(sites: readonly CallSite[]): readonly CallSite[] {
  const own = createList<CallSite>()
  for (let index = 0; index < sites.length; index++) {
    const site = sites[index] as CallSite
    const lines = createList<string>()
    arrayPush(lines, frameOf(site))
    const frame = locate(withoutRuntimeFrames(lines))
    if (frame === '') continue
    settle(site, frame)
    arrayPush(own, site)
  }
  return setPrototypeOf(own, ArrayPrototype) as CallSite[]
}

/** `    at f (cell 1:2:3)` becomes what the site says of itself. What there is no own place for says nothing. */
function settle(site: CallSite, frame: string): void {
  const place = regExpExec(/(?:^ {4}at (?:async )?|\()([^(]*?):(\d+):(\d+)\)?$/, frame)
  const name = siteFunctionName(site)
  const facts: Record<string, unknown> = {
    __proto__: null,
    toString: stringSlice(frame, frameStart.length),
    getFileName: place?.[1] ?? null,
    getScriptNameOrSourceURL: place?.[1] ?? null,
    getLineNumber: place === null ? null : numberParseInt(place[2] as string),
    getColumnNumber: place === null ? null : numberParseInt(place[3] as string),
    getFunctionName: name === null ? null : (regExpExec(/^(?:\$replm_*\.(?:let|const)\.)?(.*)$/s, name)?.[1] ?? null),
    getEvalOrigin: undefined,
    getEnclosingLineNumber: null,
    getEnclosingColumnNumber: null,
    getPosition: 0,
    getScriptHash: '',
  }
  for (const key in facts) {
    const fact = facts[key]
    defineHidden(site, key, () => fact)
  }
}

const frameStart = '    at '

function frameOf(site: CallSite): string {
  return frameStart + siteToString(site)
}

/** Without the frames of modules of the runtime, and of the border to the sandbox process. */
function withoutRuntimeFrames(lines: readonly string[]): string {
  const kept = createList<string>()
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] as string
    if (regExpExec(/^ {4}at (?:.*\(replm:[\w-]+\.[jt]s:\d+:\d+\)$|(?:async )?replm:[\w-]+\.[jt]s:\d+:\d+$|\(<isolated-vm boundary>\)$)/, line) === null) arrayPush(kept, line)
  }
  return arrayJoin(kept, '\n')
}
