/** A job in; its progress while it goes on, and its result, out. */
import { exitCodes } from '../../errors.ts'
import type { Job, Replm } from '../../index.ts'
import { onInterrupt } from '../interrupts.ts'
import { type CommonOptions, type Stage, storeOptions } from '../stage.ts'
import type { Terminal } from '../terminal.ts'
import { jobIdOf } from './find.ts'
import { jobExitCode, printOutcome } from './outcome.ts'
import { openJobStore } from './store.ts'
import { progressText } from './words.ts'

export interface WaitOptions extends CommonOptions {
  /** Milliseconds. @default for ever */
  readonly timeout?: number
}

/** `replm jobs wait ID`. */
export async function waitForJob(word: string, { json, store, timeout }: WaitOptions, { terminal }: Stage): Promise<number> {
  await using replm = await openJobStore(storeOptions(store))
  const id = await jobIdOf(replm, word)
  const leaving = new AbortController()
  const stopListening = onInterrupt(() => leaving.abort())
  const over = new AbortController()
  const showing = showProgress(replm, id, { terminal, signal: over.signal })
  let job: Job
  try {
    job = await replm.jobs.wait(id, { signal: leaving.signal, ...(timeout === undefined ? {} : { timeoutMs: timeout }) })
  } catch (thrown) {
    if (!leaving.signal.aborted) throw thrown
    terminal.tell(`The job goes on; \`replm jobs cancel ${id}\` ends it\n`)
    return exitCodes.INTERRUPTED
  } finally {
    over.abort()
    await showing
    stopListening()
  }
  if (json === true) terminal.write(`${JSON.stringify(job)}\n`)
  else printOutcome(job, terminal)
  return jobExitCode(job)
}

async function showProgress(replm: Replm, id: string, { terminal, signal }: { readonly terminal: Terminal; readonly signal: AbortSignal }): Promise<void> {
  if (!terminal.isTerminal('stderr')) return
  const draw = async (): Promise<void> => {
    const job = await replm.jobs.get(id)
    const text = progressText(job, 100)
    if (!signal.aborted) terminal.status(text === '' ? job.status : job.status === 'running' ? text : `${job.status} · ${text}`)
  }
  try {
    await draw()
    for await (const _ of replm.jobs.events(id, { signal })) await draw()
  } catch {
    // Whoever waits is told what is wrong; this line only passes the time.
  } finally {
    terminal.status('')
  }
}
