/** A batch of ten thousand questions as a job, answers after 50 ms, with jobs and journal in files, beside the same with both in memory; what is submitted is not counted. */
import type { Replm } from '../../src/index.ts'
import { loadBuilt } from '../built.ts'
import { reply } from '../instant.ts'
import { temporaryFile } from '../journals.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { inTurns } from '../series.ts'

export const name = 'jobs-batch'
export const goal: Goal = { figure: 'ratio', atMost: 1.02, unit: '×' }

const questions = 10_000
const batch = Array.from({ length: questions }, (_, index) => ({ customId: String(index), prompt: `p${index}` }))

export async function run(): Promise<Measurement> {
  const { openReplm, defineProvider } = await loadBuilt()
  using temporary = temporaryFile()
  const open = (store: string): Promise<Replm> => {
    const provider = defineProvider({
      name: 'slow',
      query: () => new Promise((resolve) => setTimeout(resolve, 50, { text: reply, usage: { inputTokens: 256, outputTokens: 25 } })),
    })
    return openReplm({ providers: [provider], model: 'slow/x', store, dispatch: 'async', concurrency: 64 })
  }
  await using file = await open(temporary.file)
  await using memory = await open(':memory:')
  const samples = await inTurns({ rounds: 3, subject: () => timeBatch(file), baseline: () => timeBatch(memory) })
  return {
    subject: { what: `${questions} questions as a job, 64 at a time, 50 ms each, in files`, samples: samples.subject },
    baseline: { what: 'the same in memory', samples: samples.baseline },
  }
}

async function timeBatch({ jobs }: Replm): Promise<number> {
  const { id } = await jobs.submit({ batch })
  const start = performance.now()
  const job = await jobs.wait(id)
  if (job.status !== 'completed' || job.requestCounts.succeeded !== questions) throw new Error(`The batch is ${job.status}`)
  return performance.now() - start
}
