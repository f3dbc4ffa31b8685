/** A job in; the same on its way to its end, out. */
import { type CommonOptions, type Stage, storeOptions } from '../stage.ts'
import { jobIdOf } from './find.ts'
import { openJobStore } from './store.ts'

/** `replm jobs cancel ID`. */
export async function cancelJob(word: string, { json, store }: CommonOptions, { terminal }: Stage): Promise<number> {
  await using replm = await openJobStore(storeOptions(store))
  const job = await replm.jobs.cancel(await jobIdOf(replm, word))
  if (json === true) terminal.write(`${JSON.stringify(job)}\n`)
  else terminal.write(`${job.id} ${job.status}${job.status === 'running' ? ', and ends when what it has under way has let go' : ''}\n`)
  return 0
}
