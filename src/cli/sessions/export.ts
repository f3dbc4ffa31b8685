/** A session in; all that is kept of it, as lines of JSON, out. */
import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { ReplmError } from '../../errors.ts'
import { type CommonOptions, storeOptions, type Stage } from '../stage.ts'
import { idOf } from './find.ts'

export interface ExportOptions extends CommonOptions {
  /** @default standard output */
  readonly out?: string
}

/** `replm sessions export ID`. */
export async function exportSession(word: string, { store, out }: ExportOptions, { terminal }: Stage): Promise<number> {
  const { openReplm } = await import('../../index.ts')
  await using replm = await openReplm(storeOptions(store))
  const lines = replm.sessions.export(await idOf(replm, word))
  if (out === undefined) {
    let isUnread = false
    terminal.onOutputGone(() => (isUnread = true))
    for await (const line of lines) {
      await terminal.pour(`${line}\n`)
      if (isUnread) break
    }
    return 0
  }
  // Answers are in it: for its owner only, as the store is.
  const file = createWriteStream(out, { mode: 0o600 })
  try {
    for await (const line of lines) if (!file.write(`${line}\n`)) await once(file, 'drain')
    file.end()
    await finished(file)
  } catch (cause) {
    throw new ReplmError('CONFIG', `The session could not be written to ${out}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
  terminal.tell(`Written to ${out}\n`)
  return 0
}
