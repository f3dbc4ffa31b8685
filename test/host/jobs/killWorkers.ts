/** A number of kills and a seed in; jobs of 2,000 steps whose workers, three processes, were killed so often on the way, and whatever must hold of them checked, out. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { JobEngine } from '../../../src/host/jobs/engine.ts'
import { createRandom } from '../../e2e/replay/model.ts'
import type { JobPlace } from './engineFactory.ts'
import { eventsOf, statusesOf } from './eventLog.ts'
import type { ProcessLine, StepsInput } from './fixtures/process.ts'
import { startJobProcess, type JobProcess } from './jobProcess.ts'
import { openStepServer } from './stepServer.ts'

const steps = 2_000
const inFlight = 8
const workers = 3
const placesEach = 2

export interface KillWorkersOptions {
  readonly kills: number
  readonly seed: number
  readonly place: JobPlace
  /** Looks on. */
  readonly engine: JobEngine
}

export async function killWorkers({ kills, seed, place, engine }: KillWorkersOptions): Promise<void> {
  const random = createRandom(seed)
  /** Said to have been done: it must never be asked again. */
  const acknowledged = new Set<string>()
  const askedAgain: string[] = []
  /** Claims of each job, as its workers told of them. */
  const epochs = new Map<string, number[]>()
  let onArrival = (): void => undefined
  await using server = await openStepServer({
    onArrival: (path) => {
      if (acknowledged.has(path)) askedAgain.push(path)
      onArrival()
    },
  })

  function hear(line: ProcessLine): void {
    if (line.type === 'recorded') acknowledged.add(`/${line.job}/${line.step}`)
    if (line.type === 'started') epochs.set(line.job, [...(epochs.get(line.job) ?? []), line.epoch])
  }

  function start(): JobProcess {
    const started = startJobProcess({ module: place.module, data: place.data }, hear)
    started.tell({ do: 'work', concurrency: placesEach })
    return started
  }

  const input: StepsInput = { url: server.url, folder: place.folder, steps, inFlight }
  // As many as it takes for there to be something left to kill.
  const count = Math.max(3, Math.ceil(kills / 8))
  const jobs = await Promise.all(Array.from({ length: count }, () => engine.submit('steps', input, { maxAttempts: kills + 1 })))
  const total = count * steps
  const running = Array.from({ length: workers }, start)
  try {
    for (let kill = 0; kill < kills; kill++) {
      const left = total - acknowledged.size
      const after = server.arrived + 1 + random(Math.max(1, Math.ceil((1.5 * left) / (kills - kill + 1))))
      const { promise: reached, resolve } = Promise.withResolvers<void>()
      onArrival = () => {
        if (server.arrived >= after) resolve()
      }
      // All may be done before.
      await Promise.race([reached, Promise.all(jobs.map(({ id }) => engine.wait(id)))])
      const victim = random(workers)
      await running[victim]?.signal('SIGKILL')
      await running[victim]?.ended
      running[victim] = start()
    }
    onArrival = () => undefined
    for (const { id } of jobs) expect(await engine.wait(id)).toMatchObject({ status: 'completed', result: steps, progress: { done: steps, total: steps, fraction: 1 } })
  } finally {
    for (const each of running) each[Symbol.dispose]()
    await Promise.all(running.map(({ ended }) => ended))
  }

  expect(askedAgain).toEqual([])
  // A kill between the recording of a step and the word of it leaves it recorded and unsaid: one for each kill, as a worker does both in one turn.
  expect(total - acknowledged.size).toBeLessThanOrEqual(kills)
  for (const { id } of jobs) expect(new Set(readFileSync(join(place.folder, id), 'utf8').split('\n').slice(0, -1)).size).toBe(steps)
  expect(server.asked.size).toBe(total)
  // Repeated is what was in flight, and what was answered but not recorded, in the places of one worker for each kill.
  expect(server.arrived - total).toBeLessThanOrEqual(kills * placesEach * 2 * inFlight)
  for (const { id } of jobs) {
    const events = await eventsOf(engine, id)
    statusesOf(events)
    expect(events.filter(({ type }) => type === 'job.completed')).toHaveLength(1)
    const job = await engine.get(id)
    const heard = epochs.get(id) ?? []
    // No two have ever had the same claim.
    expect(new Set(heard).size).toBe(heard.length)
    expect(events.filter(({ type }) => type === 'job.started')).toHaveLength(job?.attempts ?? 0)
  }
}
