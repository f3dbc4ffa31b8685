/** A number of kills and a seed in; jobs of 2,000 questions, done in sessions by three worker processes that were killed so often on the way, and whatever must hold of them checked, out. */
import { expect } from 'vitest'
import { type CellJobResult, openReplm } from '../../../src/index.ts'
import { type Command, start } from '../../cli/command.ts'
import { statusesOf } from '../../host/jobs/eventLog.ts'
import { temporaryStore } from '../../host/journal/temporaryStore.ts'
import { openOpenAiServer } from '../../servers/openai.ts'
import { createRandom } from '../replay/model.ts'

const questions = 2_000
const inFlight = 8
const workers = 3
const placesEach = 2

/** Its answers come in any order, and what it asks next depends on when they came. */
const cellOf = (job: number): string => `
  let next = 0
  const answers = new Array(${questions})
  await Promise.all(Array.from({ length: ${inFlight} }, async () => {
    while (next < ${questions}) {
      const index = next++
      answers[index] = await llmQuery('job ${job} question ' + index)
      console.log('job ${job} question ' + index)
    }
  }))
  answers`

const answerTo = (prompt: string): string => `the answer to ${prompt}`

export async function killJobs({ kills, seed }: { readonly kills: number; readonly seed: number }): Promise<void> {
  const random = createRandom(seed)
  using store = temporaryStore()
  /** Told by an event of its job: it must never be asked again. */
  const acknowledged = new Set<string>()
  const askedAgain: string[] = []
  const asked = new Set<string>()
  let arrived = 0
  let onArrival = (): void => undefined
  await using server = await openOpenAiServer(async ({ prompt }) => {
    arrived += 1
    if (acknowledged.has(prompt)) askedAgain.push(prompt)
    asked.add(prompt)
    onArrival()
    for (let turns = random(6); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
    return answerTo(prompt)
  })

  function startWorker(): Command {
    return start(['jobs', 'worker', '-m', 'compatible/counted', '--concurrency', `${placesEach}`, '--store', store.file], { env: { REPLM_BASE_URL: `${server.url}/v1` } })
  }

  // As many as it takes for there to be something left to kill.
  const count = Math.max(2, Math.ceil(kills / 10))
  const total = count * questions
  await using replm = await openReplm({ model: 'compatible/counted', store: store.file })
  const jobs = await Promise.all(Array.from({ length: count }, (_, job) => replm.jobs.submit({ cell: cellOf(job), limits: { cpuMs: 600_000 } }, { work: false, maxAttempts: kills + 1 })))
  const logs = jobs.map(async ({ id }) => {
    const events = []
    for await (const event of replm.jobs.events(id)) {
      events.push(event)
      if (event.type === 'console.printed') acknowledged.add(String(event.data['text']))
    }
    return events
  })
  const allDone = Promise.all(logs)
  const running = Array.from({ length: workers }, startWorker)
  try {
    for (let kill = 0; kill < kills; kill++) {
      const left = total - asked.size
      const after = arrived + 1 + random(Math.max(1, Math.ceil((1.5 * left) / (kills - kill + 1))))
      const { promise: reached, resolve } = Promise.withResolvers<void>()
      onArrival = () => {
        if (arrived >= after) resolve()
      }
      await Promise.race([reached, allDone])
      const victim = random(workers)
      running[victim]?.child.kill('SIGKILL')
      await running[victim]?.end()
      running[victim] = startWorker()
    }
    onArrival = () => undefined
    for (const [job, { id }] of jobs.entries()) {
      const done = await replm.jobs.wait(id)
      expect(done).toMatchObject({ status: 'completed' })
      const { value, usage } = (done as Extract<typeof done, { status: 'completed' }>).result as CellJobResult // as was just asked
      expect(value).toEqual(Array.from({ length: questions }, (_, index) => answerTo(`job ${job} question ${index}`)))
      expect(usage).toMatchObject({ queries: questions, bought: questions })
    }
  } finally {
    for (const worker of running) worker[Symbol.dispose]()
    await Promise.all(running.map((worker) => worker.end()))
  }

  const told = await allDone
  expect(askedAgain).toEqual([])
  expect([asked.size, acknowledged.size]).toEqual([total, total])
  // Per kill what was under way in the places of one worker, and one group of answers.
  expect(arrived - total).toBeLessThanOrEqual(kills * placesEach * 2 * inFlight)
  for (const events of told) {
    statusesOf(events)
    expect(events.filter(({ type }) => type === 'job.completed')).toHaveLength(1)
  }
}
