/** A search over documents in; the next window of its matches, in the order of documents and lines, out. Large documents are split, small ones taken together. */
import { fromWire } from '../../../errors.ts'
import type { WireGrep, WireGrepMatch, WireGrepPlace, WireGrepWindow, WireInvalidPattern } from '../../../protocol.ts'
import { maxLines } from './findings.ts'
import { type FoundLines, type FoundPlace, readFoundLines } from './foundLines.ts'
import { type GrepQuery, type GrepReply, type GrepResult, type Piece, restOf, type TextBytes } from './job.ts'
import { literalsOf } from './literals.ts'
import type { GrepThreads } from './threads.ts'

/** Bytes searched between two looks at whether a window is to end: whoever reads a stream is not kept waiting until it is full. */
const stretchBytes = 128 * 1024 * 1024

/** A stretch is shared by the threads, but into no smaller parts. */
const leastPartBytes = 4 * 1024 * 1024

/** Parts of a thread, where texts are looked for: one thread may have less of the machine than another, which then takes over. An engine takes longer to be made ready than that saves. */
const partsOfTexts = 2

/** The first part of a window behind another one, where one thread looks alone: there may be so much in it that the others would look for nothing. */
const firstPartBytes = 1024 * 1024

/** Documents of one job. */
const jobDocuments = 100

/** Bytes of JSON in a window, but for its last match: it crosses in one frame. */
const windowBytes = 1_500_000

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
  /** Whether it ends a stretch. */
  readonly isLast: boolean
}

interface UnderWay {
  readonly task: Task
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
  /** Under way at the same time. */
  readonly #parts: number
  readonly #tasks: AsyncGenerator<Task, undefined>
  /** Ends what is still under way when the window is full. */
  readonly #enough = new AbortController()
  readonly #signal: AbortSignal
  readonly #underWay: UnderWay[] = []
  readonly #matches: WireGrepMatch[] = []
  #bytes = 0
  #rest = 0
  /** Whether the other threads look for something as well. */
  #isShared: boolean
  /** What of the document comes before the next task. */
  #base: Base

  constructor(search: WireGrep, options: SearchOptions, list: readonly number[]) {
    const { pattern, ignoreCase, fixed, word, multiline, unicode, before, after, maxColumns, engine, from } = search
    this.#search = search
    this.#options = options
    this.#query = { pattern, ignoreCase, fixed, word, multiline, unicode, before, after, maxColumns, engine }
    this.#list = list
    // Where a window before it was full, this one may be so as well after a little.
    const startsSmall = !search.count && from !== null
    this.#parts = options.threads.size * (engine === 'auto' && literalsOf(this.#query) !== undefined ? partsOfTexts : 1)
    this.#tasks = tasksOf(list, { from, isWhole: multiline, textOf: options.textOf, parts: this.#parts, startsSmall })
    this.#isShared = !startsSmall
    this.#signal = AbortSignal.any([options.signal, this.#enough.signal])
    this.#base = from ?? start
  }

  async fill(): Promise<WireGrepWindow | WireInvalidPattern> {
    let hasMore = true
    let hasBegun = false
    for (;;) {
      while (hasMore && this.#underWay.length < (this.#isShared ? this.#parts : 1)) {
        const next = await this.#tasks.next()
        hasMore = next.done !== true
        // A pattern that cannot be read is wrong also where there is nothing to search.
        if (next.done !== true) this.#start(next.value)
        else if (!hasBegun) this.#start({ pieces: [], index: 0, isPart: false, isLast: true })
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
    const reply = this.#run(task.pieces, this.#wanted)
    // Waited for in its turn, or not at all.
    reply.catch(() => undefined)
    this.#underWay.push({ task, reply })
  }

  #run(pieces: readonly Piece[], max: number): Promise<GrepReply> {
    const { threads, owner } = this.#options
    return threads.run({ query: this.#query, pieces, max, count: this.#search.count, maxBytes: windowBytes }, { owner, signal: this.#signal })
  }

  /** Takes what a task has found. Gives where the next window goes on, null for nowhere, undefined as long as this one does. */
  async #take({ task }: UnderWay, result: GrepResult): Promise<WireGrepPlace | null | undefined> {
    const { count, max } = this.#search
    const before = this.#matches.length
    const last = this.#tell(task, result.found)
    const isFull = this.#bytes >= windowBytes || this.#matches.length >= maxLines
    if (this.#matches.length < max) {
      if (isFull && last !== undefined) {
        const { line, unit } = this.#baseOf(last.piece)
        return { index: task.index + last.piece, byte: last.byteAfter, line: line + last.linesAfter, unit: unit + last.unitsAfter }
      }
      this.#isShared = true
      return this.#goOn(task, result)
    }
    if (!count) return null
    const taken = this.#matches.length - before
    this.#rest += result.count - taken + result.rest
    // It had no room for more, and did not count what comes after that.
    if (result.isFull && !result.isCounted && result.stop !== null) this.#rest += await this.#count(restOf(task.pieces, result.stop))
    return undefined
  }

  /** Takes lines for as long as there is room; gives the last one taken. */
  #tell(task: Task, found: FoundLines): FoundPlace | undefined {
    if (this.#wanted <= 0) return undefined
    return readFoundLines(found, {
      docOf: (piece) => task.pieces[piece]?.doc ?? 0,
      baseOf: (piece) => this.#baseOf(piece),
      take: (match, jsonBytes) => {
        this.#matches.push(match)
        this.#bytes += jsonBytes
        // The same bounds as a thread's own: where a window ends is the same whatever the number of threads.
        return this.#wanted > 0 && this.#bytes < windowBytes && this.#matches.length < maxLines
      },
    })
  }

  #goOn(task: Task, { last }: GrepResult): WireGrepPlace | undefined {
    const { line, unit } = this.#baseOf(task.pieces.length - 1)
    this.#base = task.isPart ? { line: line + last.lines, unit: unit + last.units } : start
    if (this.#search.count || this.#matches.length === 0 || !task.isLast) return undefined
    const index = task.index + task.pieces.length - (task.isPart ? 1 : 0)
    return index >= this.#list.length ? undefined : { index, byte: task.isPart ? (task.pieces.at(-1)?.to ?? 0) : 0, ...this.#base }
  }

  async #count(pieces: readonly Piece[]): Promise<number> {
    const reply = await this.#run(pieces, 0)
    if ('error' in reply) throw fromWire(reply.error)
    return 'result' in reply ? reply.result.rest : 0
  }

  /** Only the first piece of a task begins within its document. */
  #baseOf(piece: number): Base {
    return piece === 0 ? this.#base : start
  }
}

const start: Base = { line: 0, unit: 0 }

interface TasksOptions {
  readonly from: WireGrepPlace | null
  readonly isWhole: boolean
  readonly textOf: SearchOptions['textOf']
  /** Into which a stretch is shared. */
  readonly parts: number
  readonly startsSmall: boolean
}

/** The documents from a place on, as tasks. Stretches end at the same places whatever the number of threads. */
async function* tasksOf(list: readonly number[], { from, isWhole, textOf, parts, startsSmall }: TasksOptions): AsyncGenerator<Task, undefined> {
  let pieces: Piece[] = []
  let first = from?.index ?? 0
  /** Bytes of the pieces, and of the stretch before them. */
  let bytes = 0
  let stretched = 0
  let usual = partOf(stretchBytes, parts)
  let part = startsSmall ? firstPartBytes : usual
  const task = (isPart: boolean): Task => {
    stretched += bytes
    const isLast = stretched >= stretchBytes
    if (isLast) stretched = 0
    const made = { pieces, index: first, isPart, isLast }
    pieces = []
    bytes = 0
    part = usual
    return made
  }
  for (let index = first; index < list.length; index++) {
    const doc = list[index] ?? 0
    const source = await textOf(doc)
    let at = Math.max(source.start, from?.index === index ? from.byte : 0)
    if (pieces.length >= jobDocuments || (isWhole && pieces.length > 0)) yield task(false)
    if (pieces.length === 0) first = index
    // The last one is shared as evenly as it goes.
    if (index + 1 === list.length) usual = Math.min(usual, partOf(source.size - at, parts))
    part = Math.min(part, usual)
    while (!isWhole && source.size - at > 0) {
      const length = Math.min(part - bytes, stretchBytes - stretched - bytes)
      if (source.size - at <= length) break
      pieces.push({ doc, source, from: at, to: at + length })
      bytes += length
      at += length
      yield task(true)
      first = index
    }
    pieces.push({ doc, source, from: at, to: Math.max(at, source.size) })
    bytes += Math.max(0, source.size - at)
  }
  if (pieces.length > 0) yield task(false)
  return undefined
}

function partOf(bytes: number, parts: number): number {
  return Math.max(leastPartBytes, Math.ceil(bytes / parts))
}
