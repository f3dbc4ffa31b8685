/** Sessions, or an age, in; what was removed out. */
import { UsageError } from '../arguments.ts'
import { type CommonOptions, storeOptions, type Stage } from '../stage.ts'
import { idOf } from './find.ts'
import { counted } from './words.ts'

export interface RemoveOptions extends CommonOptions {
  /** Remove all that were not used for so long, in milliseconds. */
  readonly olderThan?: number
}

/** `replm sessions rm ID…`. All words are looked up before anything is removed. */
export async function removeSessions(words: readonly string[], { json, store, olderThan }: RemoveOptions, { terminal }: Stage): Promise<number> {
  if (words.length === 0 && olderThan === undefined) throw new UsageError('Expected the sessions to remove, or `--older-than 30d`')
  if (words.length > 0 && olderThan !== undefined) throw new UsageError('Expected sessions or `--older-than`, not both')
  const { openReplm } = await import('../../index.ts')
  await using replm = await openReplm(storeOptions(store))
  const { sessions } = replm
  let removed: readonly string[]
  if (olderThan === undefined) {
    removed = [...new Set(await Promise.all(words.map((word) => idOf(replm, word))))]
    for (const id of removed) await sessions.remove(id)
  } else {
    removed = await sessions.prune({ unusedForMs: olderThan })
  }
  if (json === true) terminal.write(`${JSON.stringify({ removed })}\n`)
  else terminal.write(`${counted(removed.length, 'session')} removed\n`)
  return 0
}
