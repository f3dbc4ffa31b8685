/** A job in; what has happened to it, a line each, out. */
import { exitCodes } from '../../errors.ts'
import { onInterrupt } from '../interrupts.ts'
import { type CommonOptions, type Stage, storeOptions } from '../stage.ts'
import { jobIdOf } from './find.ts'
import { openJobStore } from './store.ts'

export interface EventsOptions extends CommonOptions {
  readonly after?: number
  readonly follow?: true
}

/** `replm jobs events ID`. */
export async function showEvents(word: string, { json, store, after, follow }: EventsOptions, { terminal }: Stage): Promise<number> {
  await using replm = await openJobStore(storeOptions(store))
  const id = await jobIdOf(replm, word)
  const leaving = new AbortController()
  const stopListening = onInterrupt(() => leaving.abort())
  terminal.onOutputGone(() => leaving.abort())
  try {
    for await (const event of replm.jobs.events(id, { follow: follow === true, signal: leaving.signal, ...(after === undefined ? {} : { after }) })) {
      const { seq, atMs, type, data } = event
      await terminal.pour(json === true ? `${JSON.stringify(event)}\n` : `${String(seq).padStart(4)}  ${new Date(atMs).toISOString()}  ${type}  ${JSON.stringify(data)}\n`)
    }
  } catch (thrown) {
    if (!leaving.signal.aborted) throw thrown
    return exitCodes.INTERRUPTED
  } finally {
    stopListening()
  }
  return 0
}
