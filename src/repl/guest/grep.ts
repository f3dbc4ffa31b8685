/** Patterns in; matching lines, as an array or one by one, out. What is searched never comes here: but for `engine: 'js'`, whose pattern runs under the program's own limits. */
import type { GuestError, WireGrepMatch, WireGrepPlace, WireGrepWindow, WireInvalidPattern } from '../../protocol.ts'
import { send } from './calls.ts'
import { createError } from './errors.ts'
import { onAbort } from './events.ts'
import { createJsSearch } from './grep-js.ts'
import { mostLines, type NextWindow, readSearch, type Search } from './grep-options.ts'
import { iterate } from './iterate.ts'
import { ArrayPrototype, arrayJoin, arrayPush, createList, defineHidden, freeze, hasOwn, IntrinsicPromise, IntrinsicSyntaxError, jsonStringify, setPrototypeOf } from './primordials.ts'

/** Lines that an array holds where the program does not say. */
const defaultMax = 1_000

/** `grep` of all documents, or of one. */
export function createGrep(doc?: number): object {
  const grep = async (pattern: unknown, options?: unknown): Promise<unknown> => {
    const search = readSearch(pattern, options, { doc, max: defaultMax })
    const next = windowsOf(search)
    const matches = createList<WireGrepMatch>()
    let rest = 0
    for (let isDone = false; !isDone; ) {
      const window = await next(search.max - matches.length, true)
      for (let index = 0; index < window.matches.length; index++) arrayPush(matches, window.matches[index] as WireGrepMatch) // below its length
      rest += window.rest
      isDone = window.isDone
    }
    defineHidden(matches, 'total', matches.length + rest)
    defineHidden(matches, 'truncated', rest > 0)
    return setPrototypeOf(matches, ArrayPrototype)
  }
  defineHidden(grep, 'stream', (pattern: unknown, options?: unknown) => createStream(() => readSearch(pattern, options, { doc, max: mostLines })))
  return freeze(grep)
}

/** Matches one by one. A window is asked for when the one before it was read. */
function createStream(read: () => Search): AsyncIterableIterator<unknown> {
  let next: NextWindow | undefined
  let signal: AbortSignal | undefined
  let left = 0
  let matches: readonly WireGrepMatch[] = createList()
  let at = 0
  let isDone = false
  async function step(): Promise<IteratorResult<unknown>> {
    if (next === undefined && !isDone) {
      const search = read()
      left = search.max
      signal = search.signal
      next = windowsOf(search)
    }
    // What was found before has not been handed out: it ends here, not with its window.
    if (signal?.aborted === true && !(isDone && at >= matches.length)) {
      matches = createList()
      at = 0
      throw signal.reason
    }
    while (at >= matches.length && !isDone) {
      const window = await (next as NextWindow)(left, false) // made above
      matches = window.matches
      at = 0
      left -= matches.length
      isDone = window.isDone || left <= 0
    }
    return at < matches.length ? { value: matches[at++], done: false } : { value: undefined, done: true }
  }
  return iterate(step)
}

function windowsOf(search: Search): NextWindow {
  return search.engine === 'js' ? createJsSearch(search) : createHostSearch(search)
}

function createHostSearch(search: Search): NextWindow {
  const { pattern, ignoreCase, fixed, word, multiline, unicode, before, after, maxColumns, engine, docs, count: known, signal } = search
  const common =
    `"pattern":${jsonStringify(pattern)},"ignoreCase":${ignoreCase},"fixed":${fixed},"word":${word},"multiline":${multiline},"unicode":${unicode}` +
    `,"before":${before},"after":${after},"maxColumns":${maxColumns},"engine":"${engine}","docs":${docs === undefined ? known : listOf(docs)}`
  let from = 'null'
  return async (max, count) => {
    const reply = await askHost(`,"search":{${common},"max":${max},"count":${count},"from":${from}}`, signal)
    if (reply.thrown !== undefined) throw reply.thrown.reason
    if (reply.error !== undefined) throw createError(reply.error)
    const window = reply.value as WireGrepWindow | WireInvalidPattern
    if (hasOwn(window, 'invalid')) throw new IntrinsicSyntaxError((window as WireInvalidPattern).invalid)
    const { matches, next, rest } = window as WireGrepWindow
    from = next === null ? 'null' : placeJson(next)
    return { matches, rest, isDone: next === null }
  }
}

function listOf(numbers: readonly number[]): string {
  const parts = createList<string>()
  for (let index = 0; index < numbers.length; index++) arrayPush(parts, `${numbers[index] as number}`)
  return `[${arrayJoin(parts, ',')}]`
}

function placeJson({ index, byte, line, unit }: WireGrepPlace): string {
  return `{"index":${index},"byte":${byte},"line":${line},"unit":${unit}}`
}

interface Reply {
  readonly value?: unknown
  readonly error?: GuestError
  readonly thrown?: { readonly reason: unknown }
}

/** One call of the host; with a signal, one that can be called off. */
function askHost(rest: string, signal: AbortSignal | undefined): Promise<Reply> {
  return new IntrinsicPromise((resolve) => {
    let release: (() => void) | undefined
    // Without a prototype, on which the program could have put a `then`.
    const settle = (given: Reply): void => {
      release?.()
      resolve({ __proto__: null, ...given } as Reply)
    }
    if (signal?.aborted === true) return settle({ thrown: { reason: signal.reason } })
    let wasSent = false
    const handle = send({
      prompts: 0,
      next: () => {
        if (wasSent) return undefined
        wasSent = true
        return { type: 'grep', rest, prompts: 0, answer: (value) => settle({ value }), refuse: (error) => settle({ error }) }
      },
      refuse: (error) => settle({ error }),
    })
    release =
      signal &&
      onAbort(signal, () => {
        handle.abort()
        settle({ thrown: { reason: signal.reason } })
      })
  })
}
