/** Opening a store of a million answers and finding a session in it, beside the same in a store of one answer. */
import { fillStore, openInFile, temporaryFile } from '../journals.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { inTurns, timed } from '../series.ts'

export const name = 'journal-open'
export const goal: Goal = { figure: 'median', atMost: 50, unit: 'ms' }

const answers = 1_000_000

export async function run(): Promise<Measurement> {
  using great = temporaryFile()
  using small = temporaryFile()
  const samples = await inTurns({ rounds: 15, subject: opened(great.file, await fillStore(great.file, answers)), baseline: opened(small.file, await fillStore(small.file, 1)) })
  return {
    subject: { what: `a store of ${answers} answers opened, thread and all, and a session found`, samples: samples.subject },
    baseline: { what: 'the same with one answer', samples: samples.baseline },
  }
}

function opened(file: string, id: string): () => Promise<number> {
  return async () => {
    let close: (() => PromiseLike<void>) | undefined
    const ms = await timed(async () => {
      const journal = await openInFile(file)
      close = () => journal[Symbol.asyncDispose]()
      await journal.find(id)
    })
    await close?.()
    return ms
  }
}
