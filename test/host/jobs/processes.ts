/** A way to open an engine of jobs in; the tests that every engine shared by processes passes, out. Linux only. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { JobEngine } from '../../../src/host/jobs/engine.ts'
import { openEngineAt, type EngineFactory, type JobPlace } from './engineFactory.ts'
import { eventsOf, statusesOf, typesOf } from './eventLog.ts'
import { startJobProcess, type JobProcess } from './jobProcess.ts'
import { killWorkers } from './killWorkers.ts'
import { openStepServer } from './stepServer.ts'

export function describeProcesses({ name, openPlace }: EngineFactory, options: { readonly kills: number; readonly seed: number }): void {
  let place: JobPlace
  let engine: JobEngine
  let processes: JobProcess[]
  beforeEach(async () => {
    place = openPlace()
    processes = []
    engine = await openEngineAt(place)
    await engine.list()
  })
  afterEach(async () => {
    for (const each of processes) each[Symbol.dispose]()
    await Promise.all(processes.map(({ ended }) => ended))
    await engine.close()
    place[Symbol.dispose]()
  })

  async function start(extra: object = {}): Promise<JobProcess> {
    const started = startJobProcess({ module: place.module, data: { ...place.data, ...extra } })
    processes.push(started)
    await started.said('ready')
    return started
  }

  async function failure(promise: Promise<unknown>): Promise<unknown> {
    return await promise.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
  }

  describe(`${name}, shared by processes`, { timeout: 120_000 }, () => {
    test('what two processes submit at once with one idempotency key is one job, and with other work a conflict', async () => {
      const [one, other] = await Promise.all([start(), start()])
      for (let round = 0; round < 10; round++) {
        const idempotencyKey = `key ${round}`
        const jobs = await Promise.all([one, other, one, other].map((each) => each.call('submit', 'kind', { round }, { idempotencyKey })))
        expect(new Set(jobs.map((job) => (job as { id: string }).id)).size).toBe(1)
        expect(await failure(other.call('submit', 'kind', { round: 'another' }, { idempotencyKey }))).toMatchObject({ code: 'JOB_STATE' })
      }
      expect((await engine.list()).jobs).toHaveLength(10)
    })

    test('of two answers from two processes at once one counts, and the other is a conflict', async () => {
      const [one, other] = await Promise.all([start(), start()])
      one.tell({ do: 'work' })
      for (let round = 0; round < 10; round++) {
        const { id } = await engine.submit('ask', null)
        await engine.wait(id)
        const answers = await Promise.allSettled([one, other].map((each, index) => each.call('resumeWithInput', id, 'first', { action: 'approve', data: index })))
        const [first] = answers.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []))
        expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
        for (const answer of answers) if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'JOB_STATE' })
        expect(await engine.wait(id)).toMatchObject({ status: 'completed', result: { action: 'approve', data: first } })
        expect(await typesOf(engine, id)).toEqual(['job.queued', 'job.started', 'job.inputRequested', 'job.inputReceived', 'job.started', 'job.completed'])
      }
    })

    test('a cancel from another process ends what the job has in flight, and then the job', async () => {
      await using server = await openStepServer({ isSilent: true })
      const worker = await start()
      worker.tell({ do: 'work' })
      const { id } = await engine.submit('hang', { url: server.url })
      await server.until(() => server.arrived === 1)
      const job = await engine.cancel(id)
      expect(job.cancelRequestedMs).not.toBeNull()
      await server.until(() => server.left.length === 1)
      expect(await engine.wait(id)).toMatchObject({ status: 'canceled' })
      expect(await worker.said('stopped')).toMatchObject({ job: id, why: 'canceled' })
    })

    test('a job waits for a person over the death of every process that knew of it', async () => {
      const first = await start()
      const { id } = (await first.call('submit', 'ask', { a: 1 })) as { id: string }
      first.tell({ do: 'work' })
      expect(await first.call('wait', id)).toMatchObject({ status: 'awaiting_input' })
      await first.signal('SIGKILL')
      await first.ended
      await engine.close()

      const second = await start()
      expect(await second.call('get', id)).toMatchObject({ status: 'awaiting_input', inputRequest: { key: 'first', title: 'Go on?', data: { amount: 1 }, actions: ['approve', 'edit', 'cancel'] } })
      await second.call('resumeWithInput', id, 'first', { action: 'edit', data: { amount: 2 } })
      await second.signal('SIGKILL')
      await second.ended

      const third = await start()
      third.tell({ do: 'work' })
      expect(await third.call('wait', id)).toMatchObject({ status: 'completed', attempts: 2, result: { action: 'edit', data: { amount: 2 } } })
      engine = await openEngineAt(place)
      statusesOf(await eventsOf(engine, id))
    })

    test('a worker that was stopped past its lease is replaced; continued, it is refused, told so, and lets go of what it has in flight', async () => {
      await using server = await openStepServer({ isSilent: true })
      const stale = await start({ leaseMs: 1_000 })
      stale.tell({ do: 'work' })
      const { id } = await engine.submit('hang', { url: server.url })
      await server.until(() => server.arrived === 1)
      await stopOutsideOfCommits(stale, engine)
      const other = await start({ leaseMs: 1_000 })
      other.tell({ do: 'work' })
      await server.until(() => server.arrived === 2)
      expect(await engine.get(id)).toMatchObject({ status: 'running', attempts: 2 })
      expect(server.left).toEqual([])
      await stale.signal('SIGCONT')
      expect(await stale.said('stopped')).toMatchObject({ job: id, epoch: 1, why: 'replaced' })
      expect(await stale.said('refused')).toMatchObject({ job: id, code: 'IN_USE' })
      await server.until(() => server.left.length === 1)
      const events = await eventsOf(engine, id)
      expect(events.find(({ type }) => type === 'job.interrupted')?.data).toMatchObject({ reason: 'leaseEnded' })
      expect(await engine.get(id)).toMatchObject({ status: 'running', attempts: 2, session: null })
      await engine.cancel(id)
      expect(await engine.wait(id)).toMatchObject({ status: 'canceled' })
      expect(await other.said('stopped')).toMatchObject({ job: id, epoch: 2, why: 'canceled' })
      statusesOf(await eventsOf(engine, id))
    })

    test('a worker whose process is busy for longer than its lease keeps what it has at work', async () => {
      await using server = await openStepServer({ isSilent: true })
      await using held = await openEngineAt(place, { leaseMs: 500 })
      const { id } = await engine.submit('kind', null)
      const { promise: begun, resolve } = Promise.withResolvers<void>()
      await using _worker = held.work({
        handlers: {
          kind: ({ signal }) => {
            resolve()
            return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
          },
        },
      })
      await begun
      const other = await start({ leaseMs: 500 })
      other.tell({ do: 'work' })
      const busyUntil = performance.now() + 3_000
      while (performance.now() < busyUntil); // this loop does nothing else
      const { id: hanging } = await engine.submit('hang', { url: server.url })
      await server.until(() => server.arrived === 1) // the other one looks and works
      expect(await engine.get(id)).toMatchObject({ status: 'running', attempts: 1 })
      await engine.cancel(hanging)
    })

    test('when all workers are killed, whoever comes next does the rest, and nothing acknowledged is lost', async () => {
      await using server = await openStepServer()
      const workers = await Promise.all([start(), start()])
      for (const worker of workers) worker.tell({ do: 'work' })
      const input = { url: server.url, folder: place.folder, steps: 200, inFlight: 4 }
      const jobs = await Promise.all([1, 2, 3].map(() => engine.submit('steps', input)))
      await server.until(() => server.arrived >= 150)
      for (const worker of workers) await worker.signal('SIGKILL')
      await Promise.all(workers.map(({ ended }) => ended))
      const recorded = workers.flatMap(({ lines }) => lines.flatMap((line) => (line.type === 'recorded' ? [`/${line.job}/${line.step}`] : [])))
      const before = new Map(server.asked)
      const next = await start()
      next.tell({ do: 'work' })
      for (const { id } of jobs) {
        expect(await engine.wait(id)).toMatchObject({ status: 'completed', result: 200 })
        statusesOf(await eventsOf(engine, id))
      }
      for (const path of recorded) expect([path, server.asked.get(path)]).toEqual([path, before.get(path)])
      expect(server.arrived).toBeLessThanOrEqual(3 * 200 + jobs.length * 2 * input.inFlight)
    })

    test('a job whose worker dies each time it is begun fails with CRASHED, and says so', async () => {
      const { id } = await engine.submit('die', null, { maxAttempts: 2 })
      for (let time = 1; time <= 2; time++) {
        const worker = await start()
        worker.tell({ do: 'work' })
        await worker.ended
      }
      expect(await engine.wait(id)).toMatchObject({ status: 'failed', attempts: 2, error: { code: 'CRASHED', message: expect.stringContaining('2 times') as string } })
      expect(await typesOf(engine, id)).toEqual(['job.queued', 'job.started', 'job.interrupted', 'job.started', 'job.failed'])
    })

    test('a job that was to be canceled when its worker died is canceled', async () => {
      await using server = await openStepServer({ isSilent: true })
      const worker = await start()
      worker.tell({ do: 'work' })
      const { id } = await engine.submit('hang', { url: server.url })
      await server.until(() => server.arrived === 1)
      await stopOutsideOfCommits(worker, engine)
      await engine.cancel(id)
      await worker.signal('SIGKILL')
      expect(await engine.wait(id)).toMatchObject({ status: 'canceled' })
    })

    test('the group of a process that died is everyone\'s', async () => {
      const [owner, other] = await Promise.all([start(), start()])
      other.tell({ do: 'work' })
      const { id } = (await owner.call('submit', 'ask', null, { group: 'own' })) as { id: string }
      await engine.wait((await engine.submit('ask', null)).id)
      expect(await engine.get(id)).toMatchObject({ status: 'queued' })
      await owner.signal('SIGKILL')
      expect(await other.call('wait', id)).toMatchObject({ status: 'awaiting_input' }) // nobody else looks
    })

    test('a process that closes gives back what it has at work before it ends', async () => {
      await using server = await openStepServer({ isSilent: true })
      const worker = await start()
      worker.tell({ do: 'work' })
      const { id } = await engine.submit('hang', { url: server.url }, { maxAttempts: 1 })
      await server.until(() => server.arrived === 1)
      worker.tell({ do: 'close' })
      await worker.ended
      expect(worker.lines.at(-1)).toEqual({ type: 'closed' })
      expect(await engine.get(id)).toMatchObject({ status: 'queued', attempts: 1 })
      expect(server.left).toHaveLength(1)
    })

    test(`${options.kills} kills among three workers lose nothing acknowledged and repeat no more than was in flight (KILL_SEED=${options.seed})`, { timeout: 600_000 }, async () => {
      await killWorkers({ ...options, place, engine })
    })
  })
}

/** Who is stopped in the middle of a commit holds the file's lock: nobody can write until it goes on. */
async function stopOutsideOfCommits(stopped: JobProcess, engine: JobEngine): Promise<void> {
  for (;;) {
    await stopped.signal('SIGSTOP')
    const written = engine.submit('nothing', null).then(() => true)
    const isFree = await Promise.race([written, new Promise<false>((resolve) => setTimeout(() => resolve(false), 2_000))])
    if (isFree) return
    await stopped.signal('SIGCONT')
    await written
  }
}
