/** Records in; lines of JSON in a file, written behind the back of whoever records, out. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { ReplmError } from '../errors.ts'

/** A line of the trace; plain JSON values. */
export type TraceRecord = Readonly<Record<string, unknown>>

/** What takes records. Never throws, never waits. */
export interface TraceSink {
  /** `units` is the length of the texts in it that may be long, in UTF-16 units. */
  readonly write: (record: TraceRecord, units?: number) => void
}

/** Records held at the most, and the length of their texts in UTF-16 units. What comes on top of them is counted instead. */
const maxRecords = 65_536
const maxUnits = 16 * 1024 * 1024

/** Written at once: some milliseconds' work for the host. */
const recordsAtOnce = 512
const unitsAtOnce = 1024 * 1024

/** The longest that a record waits for others to leave with, in milliseconds. */
const gatherMs = 100

/** Records that leave without waiting for more. */
const enoughRecords = 4_096

/**
 * A trace under way. Keeps the process alive for {@link gatherMs} at the most; {@link TraceFile.close} writes what is left.
 * A file that cannot be written any more (a full disk) ends the trace with a warning of the process, and nothing else.
 */
export class TraceFile implements TraceSink {
  readonly #path: string
  readonly #file: FileHandle
  #records: { readonly record: TraceRecord; readonly units: number }[] = []
  #units = 0
  #dropped = 0
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> | undefined
  #isOver = false

  private constructor(path: string, file: FileHandle) {
    this.#path = path
    this.#file = file
  }

  /** Opens the file, emptied, readable by its owner only. Rejects with CONFIG where it cannot be written. */
  static async open(path: string): Promise<TraceFile> {
    try {
      // Appending keeps lines whole, should two processes be told the same file.
      const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND, 0o600)
      // A file that was there keeps its mode otherwise; a pipe or a device may keep it, and so may what belongs to somebody else.
      if ((await file.stat()).isFile()) await file.chmod(0o600).catch(() => undefined)
      return new TraceFile(path, file)
    } catch (thrown) {
      throw new ReplmError('CONFIG', `The trace cannot be written to ${path}: ${messageOf(thrown)}. Name a file in a folder that is there and may be written to`, { cause: thrown })
    }
  }

  readonly write = (record: TraceRecord, units = 0): void => {
    if (this.#isOver) return
    if (this.#records.length >= maxRecords || (this.#units + units > maxUnits && this.#records.length > 0)) {
      this.#dropped += 1
      return
    }
    this.#records.push({ record, units })
    this.#units += units
    if (this.#flushing !== undefined) return
    if (this.#records.length >= enoughRecords) void this.#flush()
    else this.#timer ??= setTimeout(() => void this.#flush(), gatherMs)
  }

  /** Writes what is left and closes the file; what is recorded later is dropped. Never rejects. */
  async close(): Promise<void> {
    if (!this.#isOver) await this.#flush()
    this.#isOver = true
    // What it was written through is of no use any more, whatever closing it says.
    await this.#file.close().catch(() => undefined)
  }

  #flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#flushing === undefined && this.#records.length > 0) this.#flushing = this.#drain()
    return this.#flushing ?? Promise.resolve()
  }

  async #drain(): Promise<void> {
    try {
      while (this.#records.length > 0) await this.#file.appendFile(this.#takeLines())
    } catch (thrown) {
      this.#isOver = true
      this.#records = []
      process.emitWarning(`The trace ${this.#path} ends here, the run goes on: ${messageOf(thrown)}`, { type: 'ReplmWarning', code: 'REPLM_TRACE' })
    } finally {
      // In one step with the last look at what is left: what comes next starts anew.
      this.#flushing = undefined
    }
  }

  #takeLines(): string {
    let count = 0
    for (let units = 0; count < this.#records.length && count < recordsAtOnce && units < unitsAtOnce; count++) units += this.#records[count]?.units ?? 0
    let lines = ''
    for (const { record, units } of this.#records.splice(0, count)) {
      this.#units -= units
      lines += `${JSON.stringify(record)}\n`
    }
    if (this.#dropped > 0) lines += `${JSON.stringify({ type: 'trace.dropped', count: this.#dropped })}\n`
    this.#dropped = 0
    return lines
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
