/** A stream that may never end in; what is found in the lines that have come of it out. */
import { ReplmError } from '../../errors.ts'
import type { EncodingName, FileMatch, FileSearch } from '../../index.ts'
import { arrivals, bytesOf, type ByteStream } from './arrivals.ts'
import { type LinePart, lineParts, type LinePartsOptions } from './lineParts.ts'
import { readStreamStart, type StreamStart } from './streamStart.ts'

export interface StreamSearchOptions extends LinePartsOptions {
  /** What the stream is declared to be where it has no byte order mark. */
  readonly encoding?: EncodingName | undefined
  /** Ends the search: nothing more of the stream is waited for. */
  readonly signal: AbortSignal
  /** What is found in a text, its first document. */
  readonly linesOf: (search: FileSearch) => AsyncIterable<FileMatch>
  readonly countOf: (search: FileSearch) => Promise<number>
}

/** A stream is searched once: either for its lines, or for how many there are. Throws CONFIG for one that is binary or cannot be read, and as a search of files does. */
export interface StreamSearch {
  /** Waits for the first bytes, and throws what is wrong with them; lines and count wait for them otherwise. */
  readonly begin: () => Promise<void>
  /** `onPart` is told when all lines that match up to one have been given, and more are waited for. */
  readonly lines: (options: { readonly max: number; readonly onPart: (line: number) => Promise<void> }) => AsyncGenerator<FileMatch, undefined>
  /** Counts no further than to `max`. */
  readonly count: (max: number) => Promise<number>
}

/** What messages call it, and its document. */
const name = '-'

/** In so many bytes of a text is no NUL. */
const probeBytes = 8 * 1024

export function createStreamSearch(stream: ByteStream, options: StreamSearchOptions): StreamSearch {
  const { signal, encoding, linesOf, countOf } = options
  let start: Promise<StreamStart> | undefined
  const isDeclared = encoding !== undefined
  const begin = (): Promise<StreamStart> => (start ??= unlessStopped(readStreamStart(stream, encoding), signal).catch(unreadable))
  async function* parts(around: LinePartsOptions): AsyncGenerator<LinePart | { readonly whole: ByteStream }, undefined> {
    const begun = await begin()
    if (begun.type === 'whole') yield { whole: begun.bytes }
    else yield* lineParts(textOf(arrivals(begun.bytes, { signal }), begun.encoding, isDeclared), around)
    return undefined
  }
  return {
    begin: async () => {
      const begun = await begin()
      if (begun.type === 'lines' && !isDeclared) checkText(begun.start.subarray(0, probeBytes))
    },
    async *lines({ max, onPart }) {
      let left = max
      for await (const part of parts(options)) {
        await using search = await openPart(part, encoding)
        const { before, lines, base } = 'whole' in part ? wholePart : part
        for await (const match of linesOf(search)) {
          if (match.line <= before) continue
          if (match.line > before + lines) break
          yield { ...match, line: base.line + match.line, offset: base.unit + match.offset }
          left -= 1
          if (left <= 0) return undefined
        }
        await onPart(base.line + before + lines)
      }
      return undefined
    },
    async count(max) {
      let count = 0
      for await (const part of parts({ before: 0, after: 0, countsUnits: false })) {
        await using search = await openPart(part, encoding)
        count += await countOf(search)
        if (count >= max) break
      }
      return count
    },
  }
}

const wholePart: Omit<LinePart, 'bytes'> = { before: 0, lines: Infinity, base: { line: 0, unit: 0 } }

async function openPart(part: LinePart | { readonly whole: ByteStream }, encoding: EncodingName | undefined): Promise<FileSearch> {
  const { openFileSearch } = await import('../../index.ts')
  if ('whole' in part) return openFileSearch(name, { stdin: part.whole, ...(encoding === undefined ? {} : { encoding }) })
  // Whatever a part begins with, a mark before it says that it is text, and UTF-8.
  return openFileSearch(name, { stdin: streamOf([utf8Mark, part.bytes]), encoding: 'utf-8' })
}

const utf8Mark = Buffer.from([0xef, 0xbb, 0xbf])

async function* streamOf(chunks: readonly Buffer[]): AsyncGenerator<Buffer, undefined> {
  yield* chunks
  return undefined
}

/** The same as UTF-8. Throws CONFIG for what is no text, unless it was declared to be one. */
async function* textOf(arrived: AsyncIterable<Buffer>, encoding: 'utf-8' | 'latin1', isDeclared: boolean): AsyncGenerator<Buffer, undefined> {
  let left = isDeclared ? 0 : probeBytes
  const chunks = arrived[Symbol.asyncIterator]()
  try {
    for (let next = await chunks.next().catch(unreadable); next.done !== true; next = await chunks.next().catch(unreadable)) {
      const bytes = bytesOf(next.value)
      checkText(bytes.subarray(0, left))
      left = Math.max(0, left - bytes.length)
      yield encoding === 'latin1' ? Buffer.from(bytes.toString('latin1')) : bytes
    }
  } finally {
    await chunks.return?.()
  }
  return undefined
}

function checkText(bytes: Buffer): void {
  if (bytes.includes(0)) throw new ReplmError('CONFIG', `"${name}" is a binary file. Convert it to text before loading it as context.`)
}

function unreadable(error: unknown): never {
  throw new ReplmError('CONFIG', `"${name}" cannot be read as context (${error instanceof Error ? error.message : String(error)}). Check its permissions.`, { cause: error })
}

/** What the promise gives; a stream without anything once the signal says so. */
function unlessStopped(start: Promise<StreamStart>, signal: AbortSignal): Promise<StreamStart> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve({ type: 'lines', bytes: streamOf([]), start: Buffer.alloc(0), encoding: 'utf-8' })
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
    start.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
