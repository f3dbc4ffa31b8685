/** A number of kills and a seed in; jobs of 2,000 steps whose workers, three processes, were killed so often on the way, and whatever must hold of them checked, out. */
import { closeSync, openSync, readSync } from 'node:fs'
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
  const askedAgain: string[] = []
  /** Said to be recorded, and not in the file. */
  const unrecorded: ProcessLine[] = []
  /** Claims of each job, as its workers told of them. */
  const epochs = new Map<string, number[]>()
  // The files are the judge, not the words: a kill between the recording of a step and the word of it leaves a step that is done and was not said to be.
  using records = openRecords(place.folder)
  let onArrival = (): void => undefined
  await using server = await openStepServer({
    onArrival: (path) => {
      const [, job = '', step = ''] = path.split('/')
      if (records.of(job).has(step)) askedAgain.push(path)
      onArrival()
    },
  })

  function hear(line: ProcessLine): void {
    if (line.type === 'recorded' && !records.of(line.job).has(String(line.step))) unrecorded.push(line)
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
      const left = total - jobs.reduce((sum, { id }) => sum + records.of(id).size, 0)
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
  expect(unrecorded).toEqual([])
  // Every step, and each once.
  for (const { id } of jobs) expect(records.of(id)).toMatchObject({ size: steps, lines: steps })
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

interface Records extends Disposable {
  /** What a job's file has by now: steps, and lines. */
  readonly of: (job: string) => { readonly has: (step: string) => boolean; readonly size: number; readonly lines: number }
}

/** Files that only grow: each is read on from where it was read to. */
function openRecords(folder: string): Records {
  const files = new Map<string, { readonly descriptor: number; readonly steps: Set<string>; lines: number; at: number; rest: string }>()
  const buffer = Buffer.alloc(64 * 1024)
  return {
    of: (job) => {
      const file = files.get(job) ?? { descriptor: openSync(join(folder, job), 'a+'), steps: new Set(), lines: 0, at: 0, rest: '' }
      files.set(job, file)
      for (let read: number; (read = readSync(file.descriptor, buffer, 0, buffer.length, file.at)) > 0; file.at += read) {
        const lines = (file.rest + buffer.toString('latin1', 0, read)).split('\n')
        file.rest = lines.pop() ?? ''
        file.lines += lines.length
        for (const line of lines) file.steps.add(line)
      }
      const { steps, lines } = file
      return { has: (step) => steps.has(step), size: steps.size, lines }
    },
    [Symbol.dispose]: () => {
      for (const { descriptor } of files.values()) closeSync(descriptor)
    },
  }
}
