/** A search over documents in; the next window of its matches, in the order of documents and lines, out. Large documents are split, small ones taken together. */
import { fromWire } from '../../../errors.ts'
import type { WireGrep, WireGrepMatch, WireGrepPlace, WireGrepWindow, WireInvalidPattern } from '../../../protocol.ts'
import { type GrepQuery, type GrepReply, type GrepResult, type Piece, restOf, type TextBytes } from './job.ts'
import type { GrepThreads } from './threads.ts'

/** Bytes of one job: what a thread is busy with for a tenth of a second or less. */
const jobBytes = 16 * 1024 * 1024

/** Documents of one job. */
const jobDocuments = 100

/** Bytes of JSON in a window: it crosses in one frame. */
const windowBytes = 3 * 1024 * 1024

/** Bytes searched for a window that has matches: whoever reads a stream is not kept waiting until it is full. */
const streamBytes = 4 * jobBytes

export interface SearchOptions {
  /** Number of documents there are. */
  readonly count: number
  /** Where the text of a document is. */
  readonly textOf: (doc: number) => Promise<TextBytes>
  readonly threads: GrepThreads
  /** Whose search it is. */
  readonly owner: object
  readonly signal: AbortSignal
}

/** Pieces for one job. The last one may end before its document. */
interface Task {
  readonly pieces: readonly Piece[]
  /** Where the document of the first piece stands in the list of those that are searched. */
  readonly index: number
  readonly isPart: boolean
}

interface UnderWay {
  readonly task: Task
  /** Lines that it was to tell. */
  readonly wanted: number
  readonly reply: Promise<GrepReply>
}

/** Lines and units of a document before a piece. */
interface Base {
  readonly line: number
  readonly unit: number
}

export async function searchWindow(search: WireGrep, options: SearchOptions): Promise<WireGrepWindow | WireInvalidPattern> {
  const list = typeof search.docs === 'number' ? Array.from({ length: search.docs }, (_, index) => index) : search.docs
  for (const doc of list) if (doc < 0 || doc >= options.count) throw new RangeError(`Expected \`docs\` to be among ${options.count} documents, got number ${doc}`)
  const window = new Window(search, options, list)
  try {
    return await window.fill()
  } finally {
    window.end()
  }
}

class Window {
  readonly #search: WireGrep
  readonly #options: SearchOptions
  readonly #query: GrepQuery
  readonly #list: readonly number[]
  readonly #tasks: AsyncGenerator<Task, undefined>
  /** Ends what is still under way when the window is full. */
  readonly #enough = new AbortController()
  readonly #signal: AbortSignal
  readonly #underWay: UnderWay[] = []
  readonly #matches: WireGrepMatch[] = []
  #bytes = 0
  #searched = 0
  #rest = 0
  /** What of the document comes before the next task. */
  #base: Base

  constructor(search: WireGrep, options: SearchOptions, list: readonly number[]) {
    const { pattern, ignoreCase, fixed, word, multiline, unicode, before, after, maxColumns, engine, from } = search
    this.#search = search
    this.#options = options
    this.#query = { pattern, ignoreCase, fixed, word, multiline, unicode, before, after, maxColumns, engine }
    this.#list = list
    this.#tasks = tasksOf(list, { from, isWhole: multiline, textOf: options.textOf })
    this.#signal = AbortSignal.any([options.signal, this.#enough.signal])
    this.#base = from ?? start
  }

  async fill(): Promise<WireGrepWindow | WireInvalidPattern> {
    const { threads } = this.#options
    let hasMore = true
    let hasBegun = false
    for (;;) {
      while (hasMore && this.#underWay.length < threads.size) {
        const next = await this.#tasks.next()
        hasMore = next.done !== true
        // A pattern that cannot be read is wrong also where there is nothing to search.
        if (next.done !== true) this.#start(next.value)
        else if (!hasBegun) this.#start({ pieces: [], index: 0, isPart: false })
        hasBegun = true
      }
      const first = this.#underWay.shift()
      if (first === undefined) return this.#window(null)
      const reply = await first.reply
      if ('invalid' in reply) return reply
      if ('error' in reply) throw fromWire(reply.error)
      const next = await this.#take(first, reply.result)
      if (next !== undefined) return this.#window(next)
    }
  }

  end(): void {
    this.#enough.abort()
  }

  get #wanted(): number {
    return this.#search.max - this.#matches.length
  }

  #window(next: WireGrepPlace | null): WireGrepWindow {
    return { matches: this.#matches, next, rest: this.#rest }
  }

  #start(task: Task): void {
    const wanted = this.#wanted
    const reply = this.#run(task.pieces, wanted)
    // Waited for in its turn, or not at all.
    reply.catch(() => undefined)
    this.#underWay.push({ task, wanted, reply })
  }

  #run(pieces: readonly Piece[], max: number): Promise<GrepReply> {
    const { threads, owner } = this.#options
    return threads.run({ query: this.#query, pieces, max, count: this.#search.count, maxBytes: windowBytes }, { owner, signal: this.#signal })
  }

  /** Takes what a task has found. Gives where the next window goes on, null for nowhere, undefined as long as this one does. */
  async #take({ task, wanted: given }: UnderWay, result: GrepResult): Promise<WireGrepPlace | null | undefined> {
    const { count } = this.#search
    const wanted = this.#wanted
    // What does not fit is looked for again in the next window, which has room for it.
    if (wanted > 0 && this.#matches.length > 0 && this.#bytes + result.bytes > windowBytes) return this.#placeBefore(task)
    for (const { piece, match } of result.matches.slice(0, wanted)) this.#matches.push(this.#placed(match, piece))
    this.#bytes += result.bytes
    this.#searched += task.pieces.reduce((sum, { from, to }) => sum + to - from, 0)
    const { stop } = result
    if (wanted > 0 && this.#wanted > 0) {
      if (stop !== null) return { index: task.index + stop.piece, byte: stop.byte, line: this.#baseOf(stop.piece).line + stop.line, unit: this.#baseOf(stop.piece).unit + stop.unit }
      return this.#goOn(task, result)
    }
    if (!count) return null
    this.#rest += Math.max(0, result.matches.length - wanted) + result.rest
    // It had more to tell than it was asked for in the end, and did not count what came after that.
    if (stop !== null && result.matches.length < given) this.#rest += await this.#count(restOf(task.pieces, stop))
    return undefined
  }

  #goOn(task: Task, { last }: GrepResult): WireGrepPlace | undefined {
    const { line, unit } = this.#baseOf(task.pieces.length - 1)
    this.#base = task.isPart ? { line: line + last.lines, unit: unit + last.units } : start
    if (this.#search.count || this.#matches.length === 0 || this.#searched < streamBytes) return undefined
    const index = task.index + task.pieces.length - (task.isPart ? 1 : 0)
    return index >= this.#list.length ? undefined : { index, byte: task.isPart ? (task.pieces.at(-1)?.to ?? 0) : 0, ...this.#base }
  }

  async #count(pieces: readonly Piece[]): Promise<number> {
    const reply = await this.#run(pieces, 0)
    if ('error' in reply) throw fromWire(reply.error)
    return 'result' in reply ? reply.result.rest : 0
  }

  #placeBefore(task: Task): WireGrepPlace {
    return { index: task.index, byte: task.pieces[0]?.from ?? 0, ...this.#base }
  }

  /** Only the first piece of a task begins within its document. */
  #baseOf(piece: number): Base {
    return piece === 0 ? this.#base : start
  }

  #placed(match: WireGrepMatch, piece: number): WireGrepMatch {
    const { line, unit } = this.#baseOf(piece)
    return line === 0 && unit === 0 ? match : { ...match, line: match.line + line, offset: match.offset + unit }
  }
}

const start: Base = { line: 0, unit: 0 }

/** The documents from a place on, as tasks. */
async function* tasksOf(list: readonly number[], { from, isWhole, textOf }: { readonly from: WireGrepPlace | null; readonly isWhole: boolean; readonly textOf: SearchOptions['textOf'] }): AsyncGenerator<Task, undefined> {
  let pieces: Piece[] = []
  let first = from?.index ?? 0
  let bytes = 0
  for (let index = first; index < list.length; index++) {
    const doc = list[index] ?? 0
    const source = await textOf(doc)
    const begin = Math.max(source.start, from?.index === index ? from.byte : 0)
    const size = Math.max(0, source.size - begin)
    if (pieces.length > 0 && (isWhole || bytes + size > jobBytes || pieces.length >= jobDocuments)) {
      yield { pieces, index: first, isPart: false }
      pieces = []
      bytes = 0
    }
    if (pieces.length === 0) first = index
    let at = begin
    for (; !isWhole && source.size - at > jobBytes + jobBytes / 2; at += jobBytes) yield { pieces: [{ doc, source, from: at, to: at + jobBytes }], index, isPart: true }
    pieces.push({ doc, source, from: at, to: source.size })
    bytes += source.size - at
  }
  if (pieces.length > 0) yield { pieces, index: first, isPart: false }
  return undefined
}
