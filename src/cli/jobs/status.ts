/** A job in; where it stands, out. */
import type { Job } from '../../index.ts'
import { type CommonOptions, type Stage, storeOptions } from '../stage.ts'
import { table } from '../table.ts'
import { showControls } from '../terminal.ts'
import { ageText } from '../sessions/words.ts'
import { jobIdOf } from './find.ts'
import { openJobStore } from './store.ts'
import { oneLine, progressText, waitsFor } from './words.ts'

/** `replm jobs status ID`. */
export async function showJob(word: string, { json, store }: CommonOptions, { terminal }: Stage): Promise<number> {
  await using replm = await openJobStore(storeOptions(store))
  const job = await replm.jobs.get(await jobIdOf(replm, word))
  if (json === true) terminal.write(`${JSON.stringify(job)}\n`)
  else terminal.write(table(factsOf(job)))
  if (json !== true && job.status === 'awaiting_input') terminal.tell(`\n${waitsFor(job)}\n`)
  return 0
}

function factsOf(job: Job): readonly (readonly string[])[] {
  const { id, kind, status, attempts, session, createdMs, startedMs, endedMs, cancelRequestedMs, requestCounts } = job
  const now = Date.now()
  const ago = (ms: number | null): string => (ms === null ? '' : ageText(ms, now) === 'now' ? 'just now' : `${ageText(ms, now)} ago`)
  const { processing, succeeded, errored, canceled } = requestCounts
  const facts: readonly (readonly [string, string])[] = [
    ['id', id],
    ['kind', oneLine(kind)],
    ['status', status === 'running' && cancelRequestedMs !== null ? 'running (is to end)' : status],
    ['progress', progressText(job, 100)],
    ['questions', processing + succeeded + errored + canceled === 0 ? '' : `${succeeded} answered, ${processing} under way, ${errored} failed, ${canceled} canceled`],
    ['made', ago(createdMs)],
    ['begun', startedMs === null ? '' : `${ago(startedMs)}${attempts > 1 ? `, ${attempts} times` : ''}`],
    ['ended', ago(endedMs)],
    ['session', session ?? ''],
    ['asks', job.status === 'awaiting_input' ? oneLine(job.inputRequest.title, 200) : ''],
    ['error', job.status === 'failed' ? `${job.error.code}: ${showControls(job.error.message).replaceAll(/\s+/g, ' ')}` : ''],
  ]
  return facts.filter(([, fact]) => fact !== '')
}
