/** What sqlite or the file system threw, in; a STORE error that says what happened, to which file, and what to do next, out. */
import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { ReplmError } from '../../errors.ts'

/** Any error of the store's, as ours. One that is ours already stays. `goOn` is what to do once its cause is gone. */
export function storeError(thrown: unknown, file: string, goOn = 'open the session again'): ReplmError {
  if (thrown instanceof ReplmError) return thrown
  const kind = kindOf(thrown, file)
  return new ReplmError('STORE', `${happened(kind, thrown)}: ${file}. ${next(kind, goOn)}`, { cause: thrown })
}

export function newerVersion(file: string, version: number, known: number): ReplmError {
  return new ReplmError('STORE', `The store was written by a newer replm (its version is ${version}, this one knows ${known}): ${file}. Nothing in it was changed. Use that replm, or name another file with --store.`)
}

export function foreignDatabase(file: string): ReplmError {
  return new ReplmError('STORE', `This database belongs to another program, not to replm: ${file}. Nothing in it was changed. Name another file with --store.`)
}

type Kind = 'full' | 'readOnly' | 'locked' | 'damaged' | 'foreign' | 'unreachable' | 'disk' | 'tooBig' | 'other'

const bySqlite: Readonly<Record<number, Kind>> = { 5: 'locked', 6: 'locked', 8: 'readOnly', 10: 'disk', 11: 'damaged', 13: 'full', 14: 'unreachable', 18: 'tooBig', 26: 'foreign' }

const bySystem: Readonly<Record<string, Kind>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  EROFS: 'readOnly',
  EACCES: 'unreachable',
  EPERM: 'unreachable',
  ENOTDIR: 'unreachable',
  EISDIR: 'unreachable',
  ENOENT: 'unreachable',
  EEXIST: 'unreachable',
  EIO: 'disk',
}

function kindOf(thrown: unknown, file: string): Kind {
  if (!(thrown instanceof Error)) return 'other'
  const { errcode, code } = thrown as { errcode?: unknown; code?: unknown } // sqlite's errors carry a number, the system's a name
  if (typeof errcode === 'number') {
    const kind = bySqlite[errcode & 0xff] ?? 'other' // the low byte is the primary code
    return kind === 'disk' && isFull(file) ? 'full' : kind
  }
  return (typeof code === 'string' ? bySystem[code] : undefined) ?? 'other'
}

/** Where sqlite has no room for its shared memory it only says that the disk has failed. */
function isFull(file: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(file))
    return bavail * bsize < 65_536
  } catch {
    return false // it says no more than sqlite did
  }
}

function happened(kind: Kind, thrown: unknown): string {
  const words = thrown instanceof Error ? thrown.message : String(thrown)
  switch (kind) {
    case 'full':
      return 'The disk is full, so nothing more can be written to the store'
    case 'readOnly':
      return 'The store can only be read, not written'
    case 'locked':
      return 'Another process has kept the store locked for too long'
    case 'damaged':
      return 'The store is damaged'
    case 'foreign':
      return 'This file is not a store of replm'
    case 'unreachable':
      return `The store cannot be opened (${words})`
    case 'disk':
      return `The disk failed at reading or writing the store (${words})`
    case 'tooBig':
      return 'A text is too big for the store, which takes up to a thousand million bytes'
    case 'other':
      return `The store failed (${words})`
  }
}

function next(kind: Kind, goOn: string): string {
  switch (kind) {
    case 'full':
      return `All that was acknowledged is kept and can be read. Make room on its disk, then ${goOn}.`
    case 'readOnly':
      return 'What it holds can be read. Give its folder and file the right to write, or name another file with --store.'
    case 'locked':
      return 'All that was acknowledged is kept. See which process holds it (a backup, a database browser), then try again.'
    case 'damaged':
      return 'It was left as it is. Put back a backup, or take out what can be read with `sqlite3 FILE .recover`, or move it away and start anew.'
    case 'foreign':
      return 'It was left as it is. Name another file with --store.'
    case 'unreachable':
      return 'See that its folder exists and is yours, or name another file with --store.'
    case 'disk':
      return `All that was acknowledged before is kept as far as the disk holds it. See to the disk, then ${goOn}.`
    case 'tooBig':
      return 'Ask for shorter texts.'
    case 'other':
      return `All that was acknowledged is kept; ${goOn}.`
  }
}
