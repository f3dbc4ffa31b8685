/** CPU that one answer costs to be written down for good, on all threads, with 16 calls in flight; beside a journal in memory. */
import type { Claim, Journal } from '../../src/host/journal/journal.ts'
import { newSession, openInFile, openInMemory, temporaryFile, writeAnswers } from '../journals.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { inTurns } from '../series.ts'

export const name = 'journal-answers'
export const goal: Goal = { figure: 'median', atMost: 100, unit: 'µs' }

const answers = 1_600
const inFlight = 16

export async function run(): Promise<Measurement> {
  using temporary = temporaryFile()
  await using file = await openInFile(temporary.file)
  await using memory = await openInMemory()
  const subject = await sampler(file)
  const baseline = await sampler(memory)
  const samples = await inTurns({ rounds: 15, warmUp: 3, subject, baseline })
  return {
    subject: { what: `CPU for one of ${answers} answers to a file, ${inFlight} calls in flight`, samples: samples.subject },
    baseline: { what: 'the same to a journal in memory', samples: samples.baseline },
  }
}

async function sampler(journal: Journal): Promise<() => Promise<number>> {
  const claim: Claim = await journal.create(newSession())
  let from = 1
  return async () => {
    const before = process.cpuUsage()
    await writeAnswers(journal, claim, { from, count: answers, inFlight })
    const { user, system } = process.cpuUsage(before)
    from += answers
    return (user + system) / answers
  }
}
