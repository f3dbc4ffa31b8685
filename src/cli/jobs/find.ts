/** What a person calls a job in; its id out. */
import { ReplmError } from '../../errors.ts'
import type { ListedJob, Replm } from '../../index.ts'
import { showControls } from '../terminal.ts'

/** Fewest characters of an id that name a job. */
const leastPrefix = 4

/** Jobs that are named where several begin alike. */
const maxNear = 3

/** A job's id, by itself or by its beginning. Rejects with NOT_FOUND, naming those that are near. */
export async function jobIdOf({ jobs }: Replm, word: string): Promise<string> {
  if (word.length >= 36) return (await jobs.get(word)).id
  const found: string[] = []
  if (/^[0-9a-f-]+$/.test(word) && word.length >= leastPrefix) for await (const { id } of allJobs(jobs)) if (id.startsWith(word)) found.push(id)
  const [id] = found
  if (id !== undefined && found.length === 1) return id
  if (id !== undefined) throw new ReplmError('NOT_FOUND', `${word} is the beginning of ${found.length} jobs: ${found.slice(0, maxNear).join(', ')}${found.length > maxNear ? ', …' : ''}. Write more of the id`)
  throw new ReplmError('NOT_FOUND', `There is no job ${showControls(JSON.stringify(word))} in this store; \`replm jobs list\` shows those that there are`)
}

/** The newest first. */
export async function* allJobs(jobs: Replm['jobs']): AsyncGenerator<ListedJob, void, undefined> {
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await jobs.list({ limit: 1_000, ...(cursor === undefined ? {} : { cursor }) })
    yield* page.jobs
    ;({ cursor } = page)
  }
}
