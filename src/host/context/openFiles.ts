/** A path in; the file, open for as long as it is read again and again, out. */
import { open, type FileHandle } from 'node:fs/promises'

/** How long a file stays open after a read: to open and close it takes as long as to read it. */
const idleMs = 500

/** Files that stay open between two reads. */
const maxIdle = 8

interface OpenFile {
  readonly handle: Promise<FileHandle>
  users: number
  idle: NodeJS.Timeout | undefined
}

export class OpenFiles {
  readonly #files = new Map<string, OpenFile>()

  /** Rejects as `fs.open` does. */
  async use<T>(path: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
    const file = this.#files.get(path) ?? this.#open(path)
    file.users++
    clearTimeout(file.idle)
    try {
      return await work(await file.handle)
    } finally {
      file.users--
      if (file.users === 0) this.#leave(path, file)
    }
  }

  /** Those that are not read at the moment; the others close after it. */
  async close(): Promise<void> {
    await Promise.all([...this.#files].map(([path, file]) => (file.users === 0 ? this.#close(path, file) : undefined)))
  }

  #open(path: string): OpenFile {
    const file: OpenFile = { handle: open(path, 'r'), users: 0, idle: undefined }
    this.#files.set(path, file)
    // The next read tries again.
    file.handle.catch(() => this.#files.delete(path))
    return file
  }

  #leave(path: string, file: OpenFile): void {
    if (this.#files.get(path) !== file) return
    if (this.#files.size > maxIdle) void this.#close(path, file)
    else file.idle = setTimeout(() => void this.#close(path, file), idleMs).unref()
  }

  async #close(path: string, file: OpenFile): Promise<void> {
    clearTimeout(file.idle)
    this.#files.delete(path)
    // One that could not be opened has said so to whoever wanted to read it.
    const handle = await file.handle.catch(() => undefined)
    // Nothing was written: there is nothing to lose by it.
    await handle?.close().catch(() => undefined)
  }
}
