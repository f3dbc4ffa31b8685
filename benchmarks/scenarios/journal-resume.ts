/** Claiming a session of 10,000 answers and reading its tape, what it bought and its answers, beside the same in memory. */
import type { Journal } from '../../src/host/journal/journal.ts'
import { fillStore, newSession, openInFile, openInMemory, temporaryFile, writeAnswers } from '../journals.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { inTurns, timed } from '../series.ts'

export const name = 'journal-resume'
export const goal: Goal = { figure: 'median', atMost: 150, unit: 'ms' }

const answers = 10_000

export async function run(): Promise<Measurement> {
  using temporary = temporaryFile()
  const id = await fillStore(temporary.file, answers)
  await using file = await openInFile(temporary.file)
  await using memory = await openInMemory()
  const claim = await memory.create(newSession())
  await writeAnswers(memory, claim, { from: 1, count: answers, inFlight: 1 })
  await memory.release(claim)
  const samples = await inTurns({ rounds: 15, subject: () => resume(file, id), baseline: () => resume(memory, claim.session.id) })
  return {
    subject: { what: `a session of ${answers} answers claimed and read from a file`, samples: samples.subject },
    baseline: { what: 'the same from memory', samples: samples.baseline },
  }
}

async function resume(journal: Journal, id: string): Promise<number> {
  let release: (() => Promise<void>) | undefined
  const ms = await timed(async () => {
    const claim = await journal.claim(id)
    release = () => journal.release(claim)
    let read = 0
    for await (const page of journal.tape(id)) read += page.length
    const keys = await journal.bought(id, { cell: 'main', generation: 1 })
    const texts = await journal.answers(
      id,
      keys.map(({ answer }) => answer),
    )
    if (read !== answers || texts.length !== answers) throw new Error(`Read ${read} entries and ${texts.length} answers of ${answers}`)
  })
  await release?.()
  return ms
}
