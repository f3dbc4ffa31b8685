/** A text's bytes in; pieces of it that are counted and decoded one by one out. */
import type { ByteSource, FileIdentity } from './byteSource.ts'
import { countInThread } from './countingThread.ts'
import type { Encoding } from './encoding.ts'
import { blockBytes, cutBlock, measureBlock, type Segment } from './measure.ts'
import { maxPageOffset } from './pageOffset.ts'

/** A text as segments. Places are bytes of its source. No segment ends between the halves of a pair. */
export interface Segments {
  /** The place where the text starts, and where it ends. */
  readonly start: number
  readonly end: number
  readonly encoding: Encoding
  /**
   * Counts the segments from `from` (a segment's beginning) on, at least one: a block of them, within a turn of the loop, or where so many bytes
   * and more will be `wanted` that it is worth a thread, as many as that counts at a time. Rejects where the source may have changed meanwhile.
   */
  readonly measure: (from: number, wanted: number) => Promise<readonly Segment[]>
  /** The texts between neighbouring places, each the beginning of a segment (the last: its end). */
  readonly decode: (places: readonly number[]) => Promise<readonly string[]>
  /** What becomes of the bytes between two places of the source; they are there for as long as `use` looks at them. */
  readonly read: <T>(from: number, to: number, use: (bytes: Buffer) => T) => Promise<T>
  /** Where a thread finds the bytes from {@link start} to {@link end}, if they are the text as UTF-8 there. */
  readonly utf8File: FileIdentity | { readonly fd: number } | undefined
  /** Bytes of the text as UTF-8. */
  readonly utf8Bytes: () => Promise<number>
  /** The text as UTF-8. Each block decodes on its own; invalid bytes stay as they are. */
  readonly utf8Blocks: () => AsyncIterable<Buffer>
  readonly verify: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Bytes that a thread counts at a time, in a twentieth of a second: then whoever waits for less goes on, and a close is noticed. */
const stretchBytes = 64 * 1024 * 1024

/** Less is not worth a thread, which takes as long to start: it is counted block by block on the host's own loop. */
const leastStretchBytes = 32 * 1024 * 1024

/** Buffers of a block that nobody reads: what is decoded at once needs no memory of its own, which would stay until it is collected. */
const spareBuffers: Buffer[] = []
const maxSpareBuffers = 4

async function readThrough<T>(source: ByteSource, { from, length }: { readonly from: number; readonly length: number }, use: (bytes: Buffer) => T): Promise<T> {
  const buffer = spareBuffers.pop() ?? Buffer.allocUnsafeSlow(blockBytes + maxPageOffset)
  try {
    return use(await source.read(from, length, buffer))
  } finally {
    if (spareBuffers.length < maxSpareBuffers) spareBuffers.push(buffer)
  }
}

export function byteSegments(source: ByteSource, encoding: Encoding): Segments {
  const start = encoding.bomBytes
  const end = Math.max(start, source.size)
  /** A file that has only a number must stay open for as long as a thread reads it. */
  let counting: Promise<unknown> | undefined

  const readBlock = (from: number): Promise<Buffer> => source.read(from, blockBytes)

  const measureInThread = async (from: number, wanted: number): Promise<readonly Segment[] | null> => {
    const { shared: file } = source
    const bytes = Math.min(wanted, stretchBytes, end - from)
    if (file === undefined || bytes < leastStretchBytes) return null
    const task = countInThread({ file, encoding: encoding.name, from, to: from + bytes, end })
    counting = task
    return task
  }

  const measure = async (from: number, wanted: number): Promise<readonly Segment[]> => {
    const segments = (await measureInThread(from, wanted)) ?? (await readThrough(source, { from, length: blockBytes }, (bytes) => measureBlock(bytes, { from, end }, encoding)))
    await source.verify()
    return segments
  }

  const decode = (places: readonly number[]): Promise<readonly string[]> => {
    const from = places[0] ?? 0
    return readThrough(source, { from, length: (places.at(-1) ?? from) - from }, (bytes) =>
      places.slice(1).map((place, index) => encoding.decode(bytes.subarray((places[index] ?? from) - from, place - from))),
    )
  }

  async function* blocks(): AsyncGenerator<Buffer> {
    let next: Promise<Buffer> | undefined = start < end ? readBlock(start) : undefined
    try {
      for (let from = start; next !== undefined;) {
        const bytes: Buffer = await next
        const block: Buffer = bytes.subarray(0, cutBlock(bytes, { from, end }, encoding).at(-1))
        from += block.length
        next = from < end ? readBlock(from) : undefined
        await source.verify()
        yield block
      }
    } finally {
      // The read ahead of a consumer that stopped: nobody waits for how it ends.
      next?.catch(() => undefined)
    }
  }

  const isUtf8 = encoding.name === 'utf-8'
  return {
    start,
    end,
    encoding,
    measure,
    decode,
    utf8File: isUtf8 ? (source.file ?? (source.shared !== undefined && 'fd' in source.shared ? source.shared : undefined)) : undefined,
    read: (from, to, use) => readThrough(source, { from, length: to - from }, use),
    utf8Bytes: async () => {
      if (isUtf8) return end - start
      let total = 0
      for await (const block of blocks()) total += Buffer.byteLength(encoding.decode(block))
      return total
    },
    utf8Blocks: isUtf8
      ? blocks
      : async function* () {
          for await (const block of blocks()) yield Buffer.from(encoding.decode(block))
        },
    verify: source.verify,
    close: async () => {
      await counting
      await source.close()
    },
  }
}
