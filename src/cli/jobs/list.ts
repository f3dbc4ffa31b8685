/** A store in; its jobs, the newest first, out. */
import type { JobStatus } from '../../index.ts'
import { type CommonOptions, type Stage, storeOptions } from '../stage.ts'
import { table } from '../table.ts'
import { shortIds } from '../sessions/find.ts'
import { ageText } from '../sessions/words.ts'
import { openJobStore } from './store.ts'
import { noteOf, oneLine, progressText } from './words.ts'

export interface ListOptions extends CommonOptions {
  readonly status?: readonly JobStatus[]
  readonly limit?: number
  readonly cursor?: string
}

/** `replm jobs list`. */
export async function listJobs({ json, store, status, limit, cursor }: ListOptions, { terminal }: Stage): Promise<number> {
  await using replm = await openJobStore(storeOptions(store))
  const page = await replm.jobs.list({ ...(status === undefined ? {} : { status }), ...(limit === undefined ? {} : { limit }), ...(cursor === undefined ? {} : { cursor }) })
  if (json === true) {
    terminal.write(`${JSON.stringify(page)}\n`)
    return 0
  }
  const { jobs } = page
  if (jobs.length === 0) {
    terminal.tell(status === undefined ? 'There are no jobs in this store yet: `replm jobs submit SCRIPT` makes one\n' : 'No job is in this state\n')
    return 0
  }
  const short = shortIds(jobs.map(({ id }) => id))
  const now = Date.now()
  terminal.write(
    table([
      ['ID', 'KIND', 'STATUS', 'MADE', 'PROGRESS', 'NOTE'],
      ...jobs.map((job) => [short(job.id), oneLine(job.kind, 20), job.status, ageText(job.createdMs, now), progressText(job), noteOf(job)]),
    ]),
  )
  const waiting = jobs.find((job) => job.status === 'awaiting_input')
  if (waiting !== undefined) terminal.tell(`\nWhat a job asks, and its answer: replm jobs input ${short(waiting.id)}\n`)
  if (page.cursor !== null) terminal.tell(`\nThere are more: --cursor ${page.cursor}\n`)
  return 0
}
