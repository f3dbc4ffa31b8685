/** From a cancel, here or in another process, to the signal of the job at work; and from the death of a process to the job's next beginning in another one. */
import { startContestant } from '../contestant.ts'
import type { JobsOutcome, JobsSetup, JobsTask } from '../contestants/jobs.ts'
import { openJobs } from '../jobs.ts'
import type { JobHandler, JobTask } from '../../src/host/jobs/engine.ts'
import type { Extent, Report } from '../report.ts'
import { figuresOf } from '../series.ts'
import { tellStep } from '../step.ts'

export const name = 'jobs-cancel'
export const about = 'How soon does a job hear that it was canceled, and how soon is it begun again when its worker has died?'

export async function report({ extent }: { readonly extent: Extent }): Promise<Report> {
  const rounds = extent === 'quick' ? 10 : extent === 'full' ? 200 : 50
  const deaths = extent === 'quick' ? 3 : extent === 'full' ? 25 : 10
  await using jobs = await openJobs()
  const { engine, file } = jobs

  const inProcess: number[] = []
  {
    let begun: ((task: JobTask) => void) | undefined
    const hang: JobHandler = (task) => {
      begun?.(task)
      return new Promise((_, reject) => task.signal.addEventListener('abort', () => reject(task.signal.reason), { once: true }))
    }
    await using _worker = engine.work({ handlers: { hang } })
    for (let round = 0; round < rounds; round++) {
      tellStep(`in one process, ${round + 1} of ${rounds}`)
      const began = new Promise<JobTask>((resolve) => (begun = resolve))
      const { id } = await engine.submit('hang', null)
      const { signal } = await began
      const start = performance.now()
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
      await Promise.all([engine.cancel(id), aborted])
      inProcess.push(performance.now() - start)
      await engine.wait(id)
    }
  }

  const across: number[] = []
  {
    await using other = await startContestant<JobsSetup, JobsTask, JobsOutcome>('jobs', { file })
    await other.run({ type: 'work' })
    for (let round = 0; round < rounds; round++) {
      tellStep(`across processes, ${round + 1} of ${rounds}`)
      const { id } = await engine.submit('hang', null)
      await other.run({ type: 'begun', id })
      const start = performance.timeOrigin + performance.now()
      await engine.cancel(id)
      const { atMs } = await other.run({ type: 'aborted', id })
      across.push(atMs - start)
      await engine.wait(id)
    }
  }

  const takenOver: number[] = []
  for (let death = 0; death < deaths; death++) {
    tellStep(`death ${death + 1} of ${deaths}`)
    const victim = await startContestant<JobsSetup, JobsTask, JobsOutcome>('jobs', { file })
    await victim.run({ type: 'work' })
    const { id } = await engine.submit('hang', null)
    await victim.run({ type: 'begun', id })
    await using heir = await startContestant<JobsSetup, JobsTask, JobsOutcome>('jobs', { file })
    await heir.run({ type: 'work' })
    const start = performance.timeOrigin + performance.now()
    process.kill(victim.pid, 'SIGKILL')
    const { atMs } = await heir.run({ type: 'begun', id })
    takenOver.push(atMs - start)
    await engine.cancel(id)
    await engine.wait(id)
  }

  const [here, there, again] = [inProcess, across, takenOver].map(figuresOf)
  return {
    verdicts: [
      { what: 'cancel to the job’s signal, in one process, 95th percentile', figure: here?.p95 ?? null, unit: 'ms', atMost: 50 },
      { what: 'the same, from another process', figure: there?.p95 ?? null, unit: 'ms', atMost: 1_000 },
      { what: 'kill -9 of a worker to the job’s next beginning, the longest', figure: again?.most ?? null, unit: 'ms', atMost: 1_000 },
    ],
    charts: [],
    tables: [
      {
        title: 'Milliseconds',
        columns: ['', 'median', '95 %', 'most', 'times'],
        rows: ([['cancel in one process', here], ['cancel from another', there], ['begun again after kill -9', again]] as const).map(([what, figures]) => [what, figures?.median ?? null, figures?.p95 ?? null, figures?.most ?? null, figures?.count ?? null]),
      },
    ],
    notes: ['A cancel is durable before anybody hears of it. Other processes look every 50 ms whether anything has changed, and every 200 ms whether one of them has died.'],
  }
}
