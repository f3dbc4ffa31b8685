/** A reply that comes in chunks, and what reads its events, in; its text in pieces, and in the end the whole answer, out. */
import { ReplmError, type ErrorDetails } from '../../errors.ts'
import type { ProviderAnswer, RateReport } from '../../types.ts'
import { ChunkQueue } from './chunkQueue.ts'
import type { HttpChunks } from './chunkedReply.ts'
import type { Failures } from './failures.ts'
import { oneByOne } from './oneByOne.ts'
import { parseReply } from './parseReply.ts'
import type { EventDecoder, StreamEvent } from './sse.ts'
import { headerOf, maxReplyBytes, tooLarge } from './wholeReply.ts'
import { withUsage } from './withUsage.ts'

/** Spaces, ends of lines, and the bytes of a byte order mark. */
const blank: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf])

/** How long is waited for what comes after the whole text (the usage, the mark of the end), in milliseconds: some servers send neither and stay. */
const endingMs = 2_000

/** Makes one answer of the events of one stream. Each function throws ReplmError for what the API does not say. */
export interface AnswerReader {
  /** The text that the event adds; empty where it adds none. */
  read(event: StreamEvent): string
  /** The answer of a server that does not stream. */
  readWhole(reply: unknown): ProviderAnswer
  /** Whether the text is all there; what still may come is about it. */
  readonly isWhole: boolean
  /** Whether nothing more is to be read. */
  readonly isOver: boolean
  /** What the stream has stated of its usage, without an estimate; undefined where it has not said a total. */
  readonly usage: ErrorDetails['usage']
  finish(): ProviderAnswer
}

/** A stream that the server has begun to answer. */
export interface OpenStream {
  readonly chunks: HttpChunks
  readonly decoder: EventDecoder
  readonly reader: AnswerReader
  readonly failures: Failures
  readonly rates: RateReport | undefined
  readonly signal: AbortSignal
}

/** Gives each piece as the server said it. Rejects with `signal.reason` when that is why it ended. Whoever stops reading ends the connection. */
export function readStreamedAnswer(opening: () => Promise<OpenStream>): AsyncGenerator<string, ProviderAnswer, undefined> {
  return oneByOne(readChunks(opening))
}

/** The pieces of each chunk. */
async function* readChunks(opening: () => Promise<OpenStream>): AsyncGenerator<readonly string[], ProviderAnswer, undefined> {
  const { chunks, decoder, reader, failures, rates, signal } = await opening()
  let isRead = false
  let isSaid = false
  let ending: NodeJS.Timeout | undefined
  try {
    const type = headerOf(chunks.headers, 'content-type') ?? ''
    let first: Buffer | undefined
    let isWhole = /^(application\/json|text\/html)\b/i.test(type)
    if (!isWhole) {
      first = await firstChunk(chunks, reader, failures, signal)
      isWhole = first !== undefined && decoder.isWhole(first[0]!)
    }
    if (isWhole) {
      const text = await collectText(chunks, failures, signal, first)
      const answer = reader.readWhole(parseReply(text, failures))
      isRead = true
      if (answer.text !== '') yield [answer.text]
      return withRatesOf(answer, rates)
    }
    while (!reader.isOver) {
      if (reader.isWhole) ending ??= setTimeout(() => chunks.cut(), endingMs)
      const chunk: Buffer | undefined = first ?? (await nextChunk(chunks, reader, failures, signal))
      first = undefined
      const { pieces, error } = readEvents(decode(decoder, chunk, failures), reader)
      if (pieces.length > 0) {
        isSaid = true
        yield pieces
      }
      if (error !== undefined) throw error.reason
      if (chunk === undefined) break
    }
    if (!reader.isWhole) throw failures.ofCut()
    const answer = reader.finish()
    isRead = true
    if (!isSaid && answer.text !== '') yield [answer.text]
    return withRatesOf(answer, rates)
  } catch (error) {
    // The reason of the signal is the caller's, and shared.
    throw signal.aborted ? error : withRates(withUsage(error, reader.usage), rates)
  } finally {
    clearTimeout(ending)
    if (isRead) void chunks.return()
    else chunks.cut()
  }
}

/** What events add, up to the last of the stream, or to one that is wrong: what came before that has been said. */
function readEvents(events: readonly StreamEvent[], reader: AnswerReader): { readonly pieces: readonly string[]; readonly error?: { readonly reason: unknown } } {
  const pieces: string[] = []
  try {
    for (const event of events) {
      const piece = reader.read(event)
      if (piece !== '') pieces.push(piece)
      if (reader.isOver) break
    }
    return { pieces }
  } catch (reason) {
    return { pieces, error: { reason } }
  }
}

/** The same, giving nothing until the end: for text that is only right when it is whole. */
export function atOnce(reader: AnswerReader, change: (text: string) => string): AnswerReader {
  const changed = (answer: ProviderAnswer): ProviderAnswer => ({ ...answer, text: change(answer.text) })
  return {
    read(event) {
      reader.read(event)
      return ''
    },
    readWhole: (reply) => changed(reader.readWhole(reply)),
    get isWhole() {
      return reader.isWhole
    },
    get isOver() {
      return reader.isOver
    },
    get usage() {
      return reader.usage
    },
    finish: () => changed(reader.finish()),
  }
}

/** The error with what the server said of its limits, where it is one of ours that does not say it yet. */
export function withRates(error: unknown, rates: RateReport | undefined): unknown {
  return rates !== undefined && error instanceof ReplmError && error.rates === undefined ? Object.assign(error, { rates }) : error
}

export function withRatesOf(answer: ProviderAnswer, rates: RateReport | undefined): ProviderAnswer {
  return rates === undefined ? answer : { ...answer, rates }
}

/** From the first byte on that is neither space nor a byte order mark, which mean nothing at the start of any reply. */
async function firstChunk(chunks: HttpChunks, reader: AnswerReader, failures: Failures, signal: AbortSignal): Promise<Buffer | undefined> {
  for (;;) {
    const chunk = await nextChunk(chunks, reader, failures, signal)
    const start = chunk?.findIndex((byte) => !blank.has(byte)) ?? 0
    if (start !== -1) return chunk?.subarray(start)
  }
}

/** undefined at the end. A connection that breaks after the text was whole has taken nothing away. */
async function nextChunk(chunks: HttpChunks, reader: AnswerReader, failures: Failures, signal: AbortSignal): Promise<Buffer | undefined> {
  try {
    return (await chunks.next()).value
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (reader.isWhole) return undefined
    throw failures.ofConnection(error)
  }
}

function decode(decoder: EventDecoder, chunk: Buffer | undefined, failures: Failures): readonly StreamEvent[] {
  try {
    return chunk === undefined ? decoder.end() : decoder.push(chunk)
  } catch (error) {
    throw failures.ofConnection(error) // too long for its bound
  }
}

/** The body of a reply that is no stream, behind what was read of it. Rejects as {@link readStreamedAnswer} does. */
export async function collectText(chunks: HttpChunks, failures: Failures, signal: AbortSignal, first?: Buffer): Promise<string> {
  const all = new ChunkQueue()
  if (first !== undefined) all.push(first)
  try {
    for (;;) {
      const { value } = await chunks.next()
      if (value === undefined) return all.join().toString().replace(/^\uFEFF/, '')
      if (all.bytes + value.length > maxReplyBytes) throw tooLarge(maxReplyBytes)
      all.push(value)
    }
  } catch (error) {
    chunks.cut()
    if (signal.aborted) throw signal.reason
    throw failures.ofConnection(error)
  }
}
