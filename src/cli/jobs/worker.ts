/** A store in; its jobs done, as many at once as it may, until somebody stops it. */
import { exitCodes } from '../../errors.ts'
import type { JobNews } from '../../index.ts'
import { onInterrupt } from '../interrupts.ts'
import { messageOf } from '../outcome.ts'
import { type ModelOptions, replmOptions, type Stage } from '../stage.ts'
import { showControls } from '../terminal.ts'
import { openJobStore } from './store.ts'

/** `replm jobs worker`. `--concurrency` is that of jobs. */
export async function workOnJobs({ concurrency, ...options }: ModelOptions, { terminal }: Stage): Promise<number> {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>()
  const stopListening = onInterrupt((press) => {
    // Asked twice: nothing is lost by it either, the next worker finds it all written down.
    if (press > 1) process.exit(exitCodes.INTERRUPTED)
    terminal.tell('Letting go: what is not done goes back, for the next worker; Ctrl-C again ends at once\n')
    stop()
  })
  await using replm = await openJobStore(replmOptions(options))
  await replm.jobs.list({ limit: 1 }) // what is wrong with the store is said before anybody believes that work is done
  terminal.tell('Doing the jobs of this store; Ctrl-C stops that\n')
  await using worker = replm.jobs.work({ onJob: (news) => terminal.tell(`${lineOf(news)}\n`), ...(concurrency === undefined ? {} : { concurrency }) })
  await stopped
  await worker[Symbol.asyncDispose]()
  stopListening()
  return exitCodes.INTERRUPTED
}

const verbs: Readonly<Record<JobNews['type'], string>> = Object.freeze({
  'job.started': 'begun', 'job.completed': 'completed', 'job.inputRequested': 'waits for a person', 'job.stopped': 'stopped', 'job.failed': 'failed',
})

function lineOf(news: JobNews): string {
  const line = `${news.id} ${showControls(news.kind)} ${verbs[news.type]}`
  return news.type === 'job.failed' ? `${line}: ${news.error.code} ${showControls(messageOf(news.error)).replaceAll(/\s+/g, ' ')}` : line
}
