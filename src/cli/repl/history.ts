/** Cells as they are entered in; those of this session and of earlier ones, newest first, out. Kept in a file that only its owner can read. */
import { appendFileSync, chmodSync, mkdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

export interface HistoryOptions {
  /** Null keeps nothing after the session. */
  readonly file: string | null
  /** Entries that are kept. @default 2_000 */
  readonly maxEntries?: number
}

const defaultMaxEntries = 2_000

/** A longer entry is not written to the file, in UTF-16 units: history is for going back, not a store of pasted books. */
const maxEntryUnits = 20_000

/** A lock that is older was left behind, in milliseconds. */
const staleLockMs = 10_000

/**
 * Each entry is a line of JSON, appended by one write, so that several sessions can add to one file. It is shortened when one opens that has grown to twice its bound.
 * What begins with a space is not kept, as in a shell.
 */
export class History {
  readonly #file: string | null
  readonly #maxEntries: number
  #entries: string[]
  /** Why nothing is kept; null while it is. */
  #problem: string | null = null

  constructor({ file, maxEntries = defaultMaxEntries }: HistoryOptions) {
    this.#file = file
    this.#maxEntries = maxEntries
    this.#entries = file === null ? [] : this.#read(file)
  }

  /** Newest first, no entry twice in a row. */
  get entries(): readonly string[] {
    return this.#entries
  }

  get problem(): string | null {
    return this.#problem
  }

  add(entry: string): void {
    if (entry.trim() === '' || entry.startsWith(' ') || entry === this.#entries[0]) return
    this.#entries = [entry, ...this.#entries].slice(0, this.#maxEntries)
    if (this.#file === null || this.#problem !== null || entry.length > maxEntryUnits) return
    const file = this.#file
    this.#attempt(() => appendFileSync(file, `${JSON.stringify(entry)}\n`, { mode: 0o600 }))
  }

  #read(file: string): string[] {
    let entries: string[] = []
    this.#attempt(() => {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
      appendFileSync(file, '', { mode: 0o600 })
      // A file that was there before may be open to others.
      if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600)
      const lines = readFileSync(file, 'utf8').split('\n').filter((line) => line !== '')
      entries = entriesOf(lines).slice(-this.#maxEntries)
      if (lines.length > this.#maxEntries * 2) shorten(file, entries)
    })
    return entries.toReversed()
  }

  /** A history that cannot be kept is no reason to lose the session. */
  #attempt(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error)
    }
  }
}

/** Where the history is kept: `REPLM_HISTORY` names a file, or is `off`; else the user's folder for such things, by the custom of the platform. */
export function historyFile(env: Readonly<Record<string, string | undefined>>): string | null {
  const named = env['REPLM_HISTORY']
  if (named !== undefined) return named === '' || named === 'off' || named === '0' ? null : named
  const state =
    process.platform === 'win32' ? (env['LOCALAPPDATA'] || join(homedir(), 'AppData', 'Local'))
    : process.platform === 'darwin' ? join(homedir(), 'Library', 'Application Support')
    : (env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'))
  return join(state, 'replm', 'history')
}

/** A line that another program wrote, or that was cut in the middle, is passed over. */
function entriesOf(lines: readonly string[]): string[] {
  return lines.flatMap((line): string[] => {
    try {
      const entry: unknown = JSON.parse(line)
      return typeof entry === 'string' ? [entry] : []
    } catch {
      return []
    }
  })
}

/** Writes the file anew, by one session at a time; what another one appends meanwhile is taken along, or the file is left as it is. */
function shorten(file: string, entries: readonly string[]): void {
  const lock = `${file}.lock`
  try {
    writeFileSync(lock, '', { flag: 'wx', mode: 0o600 })
  } catch {
    // Another session shortens it, or did and was ended: the next one may try.
    if (Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) > staleLockMs) unlinkSync(lock)
    return
  }
  try {
    const before = statSync(file).size
    const short = `${file}.${process.pid}`
    writeFileSync(short, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''), { mode: 0o600 })
    if (statSync(file).size === before) renameSync(short, file)
    else unlinkSync(short)
  } finally {
    unlinkSync(lock)
  }
}
