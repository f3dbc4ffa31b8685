/** A folder in; a writer of lines into files there, of which it holds some at a time, out. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Where a line stands. */
export interface Place {
  /** Number of the file, from 0. */
  readonly file: number
  /** From 1. */
  readonly line: number
}

/** Lines are written to the disk when there are so many characters of them. */
const heldChars = 256 * 1024

export class TextWriter implements Disposable {
  readonly #folder: string
  readonly #paths: string[] = []
  #descriptor: number | undefined
  #held: string[] = []
  #heldChars = 0
  #line = 0
  #fileBytes = 0
  #bytes = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Of the files, in the order in which they were begun. */
  get paths(): readonly string[] {
    return this.#paths
  }

  /** Written so far, to all files. */
  get bytes(): number {
    return this.#bytes
  }

  /** Written so far to the file that was begun last. */
  get fileBytes(): number {
    return this.#fileBytes
  }

  /** What is written from now on goes into a new file. */
  begin(name: string): void {
    this.#end()
    const path = join(this.#folder, name)
    this.#descriptor = openSync(path, 'wx')
    this.#paths.push(path)
    this.#line = 0
    this.#fileBytes = 0
  }

  /** A line, without its feed; where it stands. */
  write(text: string): Place {
    this.#held.push(text, '\n')
    this.#heldChars += text.length + 1
    const bytes = Buffer.byteLength(text) + 1
    this.#fileBytes += bytes
    this.#bytes += bytes
    this.#line += 1
    if (this.#heldChars >= heldChars) this.#flush()
    return { file: this.#paths.length - 1, line: this.#line }
  }

  [Symbol.dispose](): void {
    this.#end()
  }

  #flush(): void {
    if (this.#descriptor === undefined) throw new Error('A line was written before its file was begun')
    const bytes = Buffer.from(this.#held.join(''))
    for (let offset = 0; offset < bytes.length;) offset += writeSync(this.#descriptor, bytes, offset)
    this.#held = []
    this.#heldChars = 0
  }

  #end(): void {
    if (this.#descriptor === undefined) return
    this.#flush()
    closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}
