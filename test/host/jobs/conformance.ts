/** A way to open an engine of jobs in; the tests that every engine passes, in one process, out. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ReplmError } from '../../../src/errors.ts'
import type { JobEngine, JobHandler, JobStop, JobTask } from '../../../src/host/jobs/engine.ts'
import type { InputRequest, JobEvent } from '../../../src/types.ts'
import { openEngineAt, type EngineFactory, type JobPlace } from './engineFactory.ts'
import { eventsOf, statusesOf, typesOf } from './eventLog.ts'

const completed = { type: 'completed', result: undefined } as const

const request: InputRequest = { key: 'first', title: 'Go on?', description: 'It costs something', data: { amount: 1 }, actions: ['approve', 'edit'] }

/** Asks once, and gives what was answered. */
const ask: JobHandler = async ({ answers }) => {
  const answer = answers.get(request.key)
  return answer === undefined ? { type: 'awaitingInput', request } : { type: 'completed', result: answer }
}

/** Ends only when it is told to. */
const hang: JobHandler = ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))

/** A handler that says when it has begun. */
function announced(handler: JobHandler): { readonly handler: JobHandler; readonly begun: Promise<JobTask> } {
  const { promise: begun, resolve } = Promise.withResolvers<JobTask>()
  return {
    begun,
    handler: (task) => {
      resolve(task)
      return handler(task)
    },
  }
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
}

export function describeEngine({ name, openPlace, isShared }: EngineFactory): void {
  let place: JobPlace
  let engine: JobEngine
  beforeEach(async () => {
    place = openPlace()
    engine = await openEngineAt(place)
    await engine.list() // ready: some tests go by the clock
  })
  afterEach(async () => {
    await engine.close()
    place[Symbol.dispose]()
  })

  describe(`${name}: submitting`, () => {
    test('a job that was submitted is queued, and found with what it was submitted with', async () => {
      const before = Date.now()
      const input = { text: 'a\0b\ud83d', deep: [1, null, { __proto__: null, a: true }], big: 1e300 }
      const job = await engine.submit('kind', input, { priority: 7 })
      expect(job).toEqual({
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/) as string,
        kind: 'kind', status: 'queued', priority: 7, attempts: 0, session: null,
        progress: { fraction: null, step: null, done: null, total: null },
        requestCounts: { processing: 0, succeeded: 0, errored: 0, canceled: 0 },
        createdMs: expect.any(Number) as number, startedMs: null, endedMs: null, cancelRequestedMs: null,
      })
      expect(job.createdMs).toBeGreaterThanOrEqual(before)
      expect(await engine.get(job.id)).toEqual(job)
      expect(await engine.input(job.id)).toEqual(input)
      expect(await typesOf(engine, job.id)).toEqual(['job.queued'])
    })

    test.each([undefined, null, '', 0, false, [], {}])('the input %j comes back as it was', async (input) => {
      expect(await engine.input((await engine.submit('kind', input)).id)).toEqual(input)
    })

    test('an input of many megabytes comes back whole', async () => {
      const input = Array.from({ length: 10_000 }, (_, index) => ({ customId: `${index}`, prompt: 'é漢😀a'.repeat(100) }))
      const { id } = await engine.submit('batch', input)
      expect(await engine.input(id)).toEqual(input)
      await using _worker = engine.work({ handlers: { batch: async (task) => ({ type: 'completed', result: task.input }) } })
      expect(await engine.wait(id)).toMatchObject({ status: 'completed', result: input })
    })

    test('what is no JSON, and what is too big, is refused at once', async () => {
      const circle: unknown[] = []
      circle.push(circle)
      for (const input of [circle, 1n, () => 1, Symbol('s')]) expect(await failure(engine.submit('kind', input))).toBeInstanceOf(TypeError)
      expect(await failure(engine.submit('kind', 'x'.repeat(64 * 1024 * 1024)))).toMatchObject({ name: 'RangeError', message: expect.stringContaining('Expected `input` to be at most') as string })
      expect((await engine.list()).jobs).toEqual([])
    })

    test.each([
      ['', {}, TypeError, '`kind`'],
      ['k', { priority: 0.5 }, RangeError, '`priority`'],
      ['k', { maxAttempts: 0 }, RangeError, '`maxAttempts`'],
      ['k', { ttlMs: -1 }, RangeError, '`ttlMs`'],
      ['k', { deadlineMs: NaN }, RangeError, '`deadlineMs`'],
      ['k', { notBeforeMs: -1 }, RangeError, '`notBeforeMs`'],
      ['k', { idempotencyKey: '' }, TypeError, '`idempotencyKey`'],
      ['k', { group: '' }, TypeError, '`group`'],
      ['k', { session: '' }, TypeError, '`session`'],
    ] as const)('kind %j with %j is refused', async (kind, options, type, words) => {
      const thrown = await failure(engine.submit(kind, 1, options))
      expect(thrown).toBeInstanceOf(type)
      expect((thrown as Error).message).toContain(`Expected ${words}`)
    })

    test('the same idempotency key gives the same job, also for many at once and with members in another order', async () => {
      const jobs = await Promise.all(Array.from({ length: 20 }, (_, index) => engine.submit('kind', index % 2 === 0 ? { a: 1, b: [2] } : { b: [2], a: 1 }, { idempotencyKey: 'once' })))
      expect(new Set(jobs.map(({ id }) => id)).size).toBe(1)
      expect((await engine.list()).jobs).toHaveLength(1)
      expect(await typesOf(engine, jobs[0]?.id ?? '')).toEqual(['job.queued'])
    })

    test('an idempotency key that belongs to another kind or input is a conflict, and to another key another job', async () => {
      const { id } = await engine.submit('kind', { a: 1 }, { idempotencyKey: 'once' })
      expect(await failure(engine.submit('other', { a: 1 }, { idempotencyKey: 'once' }))).toMatchObject({ code: 'JOB_STATE', message: expect.stringContaining(id) as string })
      expect(await failure(engine.submit('kind', { a: 2 }, { idempotencyKey: 'once' }))).toMatchObject({ code: 'JOB_STATE', message: expect.stringContaining('input') as string })
      expect((await engine.submit('kind', { a: 1 }, { idempotencyKey: 'twice' })).id).not.toBe(id)
    })

    test('an idempotency key gives the job in every status it comes to', async () => {
      const { id } = await engine.submit('kind', 1, { idempotencyKey: 'once' })
      await using _worker = engine.work({ handlers: { kind: async () => ({ type: 'completed', result: 'done' }) } })
      await engine.wait(id)
      expect(await engine.submit('kind', 1, { idempotencyKey: 'once' })).toMatchObject({ id, status: 'completed', result: 'done' })
    })
  })

  describe(`${name}: asking`, () => {
    test('what is not there is NOT_FOUND, but undefined for get', async () => {
      expect(await engine.get('none')).toBeUndefined()
      const asked = [engine.input('none'), engine.wait('none'), engine.cancel('none'), engine.resumeWithInput('none', 'key', { action: 'approve', data: 1 }), engine.events('none')[Symbol.asyncIterator]().next()]
      for (const one of await Promise.all(asked.map(failure))) expect(one).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('"none"') as string })
    })

    test.each([undefined, null, 1, {}])('an id %j is a TypeError', async (id) => {
      const asked = [engine.get(id as never), engine.input(id as never), engine.wait(id as never), engine.cancel(id as never), engine.resumeWithInput(id as never, 'key', { action: 'a', data: 1 })]
      for (const one of await Promise.all(asked.map(failure))) expect(one).toMatchObject({ name: 'TypeError', message: expect.stringContaining('Expected `id`') as string })
    })

    test('a list has the newest first, and only what was asked for', async () => {
      const [a, b, c] = [await engine.submit('one', 1), await engine.submit('two', 2), await engine.submit('one', 3)]
      await engine.cancel(c.id)
      const ids = async (options: object): Promise<readonly string[]> => (await engine.list(options)).jobs.map(({ id }) => id)
      expect(await ids({})).toEqual([c.id, b.id, a.id])
      expect(await ids({ kind: 'one' })).toEqual([c.id, a.id])
      expect(await ids({ status: 'queued' })).toEqual([b.id, a.id])
      expect(await ids({ status: ['queued', 'canceled'], kind: 'one' })).toEqual([c.id, a.id])
      expect(await ids({ status: [] })).toEqual([])
      expect(await ids({ kind: `x' OR 1=1 --` })).toEqual([])
    })

    test('pages follow each other, whatever is submitted meanwhile', async () => {
      const ids: string[] = []
      for (let index = 0; index < 10; index++) ids.unshift((await engine.submit('kind', index)).id)
      const seen: string[] = []
      let cursor: string | null = null
      do {
        const page = await engine.list({ limit: 3, ...(cursor === null ? {} : { cursor }) })
        seen.push(...page.jobs.map(({ id }) => id))
        cursor = page.cursor
        await engine.submit('kind', 'later')
      } while (cursor !== null)
      expect(seen).toEqual(ids)
      expect((await engine.list({ limit: 3 })).jobs).toHaveLength(3)
    })

    test.each([{ cursor: 'none' }, { cursor: '' }, { cursor: 'before-' }, { cursor: 'before-zzzzzzzzzzz' }, { limit: 0 }, { limit: 1_001 }, { status: 'ended' }])('a list of %j is refused', async (options) => {
      expect(await failure(engine.list(options as object))).toBeInstanceOf(RangeError)
    })

    test('a list holds neither results nor what a person is to look at', async () => {
      await using _worker = engine.work({ handlers: { ask, big: async () => ({ type: 'completed', result: 'x'.repeat(1_000) }) } })
      const [big, asking] = [await engine.submit('big', 1), await engine.submit('ask', 1)]
      await Promise.all([engine.wait(big.id), engine.wait(asking.id)])
      const { jobs } = await engine.list()
      expect(jobs.map(({ id }) => id)).toEqual([asking.id, big.id])
      expect(jobs[1]).not.toHaveProperty('result')
      expect(jobs[0]).toMatchObject({ status: 'awaiting_input', inputRequest: { key: 'first', title: 'Go on?', actions: ['approve', 'edit'] } })
      expect(JSON.stringify(jobs)).not.toContain('amount')
    })

    test('a wait gives the job as it is when its time is up, and rejects with the reason of its signal', async () => {
      const { id } = await engine.submit('kind', 1)
      expect(await engine.wait(id, { timeoutMs: 0 })).toMatchObject({ id, status: 'queued' })
      expect(await engine.wait(id, { timeoutMs: 20 })).toMatchObject({ id, status: 'queued' })
      const reason = new Error('enough')
      expect(await failure(engine.wait(id, { signal: AbortSignal.abort(reason) }))).toBe(reason)
      const controller = new AbortController()
      const waited = failure(engine.wait(id, { signal: controller.signal }))
      setImmediate(() => controller.abort(reason))
      expect(await waited).toBe(reason)
    })

    test('a wait returns for a job that waits for a person, unless it is to wait until the end', async () => {
      const { id } = await engine.submit('ask', 1)
      await using _worker = engine.work({ handlers: { ask } })
      expect(await engine.wait(id)).toMatchObject({ status: 'awaiting_input', inputRequest: request })
      const untilOver = engine.wait(id, { untilOver: true })
      await engine.resumeWithInput(id, 'first', { action: 'approve', data: 2 })
      expect(await untilOver).toMatchObject({ status: 'completed', result: { action: 'approve', data: 2 } })
    })
  })

  describe(`${name}: doing`, () => {
    test('a handler gets the input, and its result is kept', async () => {
      const { id } = await engine.submit('double', { n: 21 })
      await using _worker = engine.work({ handlers: { double: async ({ input, id, kind, epoch, session, answers }) => ({ type: 'completed', result: { twice: (input as { n: number }).n * 2, id, kind, epoch, session, answers: answers.size } }) } })
      const job = await engine.wait(id)
      expect(job).toMatchObject({ status: 'completed', attempts: 1, result: { twice: 42, id, kind: 'double', epoch: 1, session: null, answers: 0 } })
      expect(job.startedMs).toBeGreaterThanOrEqual(job.createdMs)
      expect(job.endedMs).toBeGreaterThanOrEqual(job.startedMs ?? Infinity)
      expect(await engine.get(id)).toEqual(job)
      expect(await typesOf(engine, id)).toEqual(['job.queued', 'job.started', 'job.completed'])
    })

    test('an engine that is idle takes what is submitted later, and only what it has handlers for', async () => {
      await using _worker = engine.work({ handlers: { kind: async () => completed } })
      const other = await engine.submit('other', 1)
      const first = await engine.submit('kind', 1)
      expect(await engine.wait(first.id)).toMatchObject({ status: 'completed', result: undefined })
      const second = await engine.submit('kind', 1)
      expect(await engine.wait(second.id)).toMatchObject({ status: 'completed' })
      expect(await engine.get(other.id)).toMatchObject({ status: 'queued' })
      expect(await engine.get((await engine.submit('constructor', 1)).id)).toMatchObject({ status: 'queued' })
    })

    test('what a handler throws is kept with its code, and of an unknown error no stack', async () => {
      const errors: Readonly<Record<string, unknown>> = {
        budget: new ReplmError('BUDGET', 'Spent'),
        cell: ReplmError.ofCell('CELL', 'x is not defined', { line: 3, column: 7, stack: 'at main:3:7', logs: [], usage: { queries: 0, bought: 0, replayed: 0, inputTokens: 0, outputTokens: 0, usd: 0, unknownUsd: 0 }, ran: true }),
        plain: new Error('Broken'),
        text: 'Just text',
        nothing: undefined,
      }
      await using _worker = engine.work({
        handlers: {
          kind: ({ input }) => {
            throw errors[input as string]
          },
        },
      })
      const errorOf = async (input: string): Promise<unknown> => {
        const job = await engine.wait((await engine.submit('kind', input)).id)
        return job.status === 'failed' ? job.error : job.status
      }
      expect(await errorOf('budget')).toEqual({ code: 'BUDGET', message: 'Spent' })
      expect(await errorOf('cell')).toEqual({ code: 'CELL', message: 'x is not defined', line: 3, column: 7, stack: 'at main:3:7' })
      expect(await errorOf('plain')).toEqual({ code: 'CELL', message: 'Broken' })
      expect(await errorOf('text')).toEqual({ code: 'CELL', message: 'Just text' })
      expect(await errorOf('nothing')).toMatchObject({ code: 'CELL' })
    })

    test('a result that is no JSON, or is too big, fails the job and says so', async () => {
      await using _worker = engine.work({
        handlers: { circle: async () => ({ type: 'completed', result: 1n }), big: async () => ({ type: 'completed', result: 'x'.repeat(64 * 1024 * 1024) }), none: (async () => undefined) as unknown as JobHandler },
      })
      const ends = await Promise.all(['circle', 'big', 'none'].map(async (kind) => engine.wait((await engine.submit(kind, 1)).id)))
      expect(ends).toMatchObject([
        { status: 'failed', error: { message: expect.stringContaining('Expected `result` to be a JSON value') as string } },
        { status: 'failed', error: { code: 'OUTPUT', message: expect.stringContaining('more than can be kept') as string } },
        { status: 'failed' },
      ])
    })

    test('a higher priority goes first, and of equal ones the oldest, whatever their kind', async () => {
      const order: unknown[] = []
      for (const [kind, input, priority] of [['a', 'low', -1], ['a', 'first', 0], ['b', 'second', 0], ['a', 'third', 0], ['b', 'high', 5]] as const) await engine.submit(kind, input, { priority })
      const last = await engine.submit('a', 'last', { priority: -2 })
      const handler: JobHandler = async ({ input }) => {
        order.push(input)
        return completed
      }
      await using _worker = engine.work({ concurrency: 1, handlers: { a: handler, b: handler } })
      await engine.wait(last.id)
      expect(order).toEqual(['high', 'first', 'second', 'third', 'low', 'last'])
    })

    test('no more jobs are at work at the same time than there are places', async () => {
      let now = 0
      let most = 0
      const handler: JobHandler = async () => {
        most = Math.max(most, ++now)
        for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
        now -= 1
        return completed
      }
      const jobs = await Promise.all(Array.from({ length: 50 }, () => engine.submit('kind', 1)))
      await using worker = engine.work({ concurrency: 3, handlers: { kind: handler } })
      await Promise.all(jobs.map(({ id }) => engine.wait(id)))
      expect(most).toBe(3)
      expect(worker.running).toBe(0)
    })

    test('two workers on one place do every job once', async () => {
      const done: unknown[] = []
      const other = isShared ? await openEngineAt(place) : engine
      const handlers: Record<string, JobHandler> = {
        kind: async ({ input }) => {
          done.push(input)
          return completed
        },
      }
      const jobs = await Promise.all(Array.from({ length: 200 }, (_, index) => engine.submit('kind', index)))
      const workers = [engine.work({ handlers }), other.work({ handlers })]
      await Promise.all(jobs.map(({ id }) => engine.wait(id)))
      expect(done.toSorted((one, two) => Number(one) - Number(two))).toEqual(jobs.map((_, index) => index))
      for (const worker of workers) await worker[Symbol.asyncDispose]()
      if (other !== engine) await other.close()
    })

    test('a session that was set is with the job, and with the next who takes it', async () => {
      const { id } = await engine.submit('kind', 1)
      const first = announced(async (task) => {
        await task.setSession('session 1')
        return hang(task)
      })
      const worker = engine.work({ handlers: { kind: first.handler } })
      const { session } = await first.begun
      expect(session).toBeNull()
      for await (const event of engine.events(id)) if (event.type === 'job.started') break
      await expect.poll(async () => (await engine.get(id))?.session).toBe('session 1')
      await worker[Symbol.asyncDispose]()
      await using _other = engine.work({ handlers: { kind: async (task) => ({ type: 'completed', result: task.session }) } })
      expect(await engine.wait(id)).toMatchObject({ status: 'completed', result: 'session 1', session: 'session 1', attempts: 2 })
    })

    test('jobs of a group are done by its workers only, while its engine lives', async () => {
      const done: string[] = []
      const handlersOf = (who: string): Record<string, JobHandler> => ({
        kind: async () => {
          done.push(who)
          return completed
        },
      })
      await using _general = engine.work({ handlers: handlersOf('general') })
      const { id } = await engine.submit('kind', 1, { group: 'own' })
      await engine.wait((await engine.submit('kind', 1)).id)
      expect(await engine.get(id)).toMatchObject({ status: 'queued' })
      await using _own = engine.work({ handlers: handlersOf('own'), groups: ['own'] })
      await engine.wait(id)
      expect(done).toEqual(['general', 'own'])
    })

    test('a worker that is disposed tells what it has at work, which goes back to be done by the next', async () => {
      const { id } = await engine.submit('kind', 1)
      const { handler, begun } = announced(hang)
      const worker = engine.work({ handlers: { kind: handler } })
      const { signal } = await begun
      await worker[Symbol.asyncDispose]()
      expect(signal.reason).toEqual({ type: 'closing' } satisfies JobStop)
      expect(worker.running).toBe(0)
      expect(await engine.get(id)).toMatchObject({ status: 'queued', attempts: 1 })
      await using _other = engine.work({ handlers: { kind: async () => completed } })
      expect(await engine.wait(id)).toMatchObject({ status: 'completed', attempts: 2 })
      expect(await typesOf(engine, id)).toEqual(['job.queued', 'job.started', 'job.interrupted', 'job.started', 'job.completed'])
    })

    test('a worker that is disposed before it has claimed anything takes nothing with it, however much others write meanwhile', async () => {
      const { id } = await engine.submit('kind', 1)
      let isDone = false
      const busy = (async () => {
        while (!isDone) await engine.submit('other', 1)
      })()
      for (let time = 0; time < 5; time++) await engine.work({ handlers: { kind: hang } })[Symbol.asyncDispose]()
      isDone = true
      await busy
      expect(await engine.get(id)).toMatchObject({ status: 'queued' })
      statusesOf(await eventsOf(engine, id))
    })

    test('being given back is no death of a worker: a job is not counted out by it', async () => {
      const { id } = await engine.submit('kind', 1, { maxAttempts: 1 })
      for (let time = 0; time < 3; time++) {
        const { handler, begun } = announced(hang)
        const worker = engine.work({ handlers: { kind: handler } })
        await begun
        await worker[Symbol.asyncDispose]()
      }
      expect(await engine.get(id)).toMatchObject({ status: 'queued', attempts: 3 })
    })

    test('a handler that ends well although it was told that its worker closes has done its job', async () => {
      const { id } = await engine.submit('kind', 1)
      const { handler, begun } = announced(async ({ signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
        return { type: 'completed', result: 'just in time' }
      })
      const worker = engine.work({ handlers: { kind: handler } })
      await begun
      await worker[Symbol.asyncDispose]()
      expect(await engine.get(id)).toMatchObject({ status: 'completed', result: 'just in time' })
    })

    test('a handler that does not let go when its worker closes is left behind, and what it writes is refused', { timeout: 20_000 }, async () => {
      const { id } = await engine.submit('kind', 1)
      const { handler, begun } = announced(() => new Promise(() => undefined))
      const worker = engine.work({ handlers: { kind: handler } })
      const task = await begun
      await worker[Symbol.asyncDispose]()
      expect(await engine.get(id)).toMatchObject({ status: 'queued' })
      expect(await failure(task.setSession('late'))).toMatchObject({ code: 'IN_USE' })
      expect(task.signal.aborted).toBe(true)
    })

    test('an engine that is closed gives back what it has at work, and takes nothing more', async () => {
      await engine.submit('kind', 1)
      const { handler, begun } = announced(hang)
      engine.work({ handlers: { kind: handler } })
      const { signal } = await begun
      const waited = failure(engine.wait((await engine.submit('other', 1)).id))
      await engine.close()
      await engine.close()
      expect(signal.reason).toEqual({ type: 'closing' })
      expect(await waited).toMatchObject({ code: 'DISPOSED' })
      expect(await failure(engine.submit('kind', 1))).toMatchObject({ code: 'DISPOSED' })
      expect(() => engine.work({ handlers: {} })).toThrow(expect.objectContaining({ code: 'DISPOSED' }) as Error)
    })

    test.each([{ concurrency: 0 }, { concurrency: 1.5 }, { handlers: { kind: 1 } }, { groups: [''] }, { handlers: null }, { canUse: true }])('a worker of %j is refused', (options) => {
      expect(() => engine.work({ handlers: {}, ...options } as never)).toThrow(/^Expected /)
    })
  })

  describe(`${name}: sessions`, () => {
    test('jobs of one session are done one after another, in the order in which they were submitted, and are queued until then', async () => {
      const begun: unknown[] = []
      const { promise: mayEnd, resolve: letEnd } = Promise.withResolvers<void>()
      const kind: JobHandler = async ({ input }) => {
        begun.push(input)
        if (input === 'first') await mayEnd
        return completed
      }
      const [first, second, third] = [await engine.submit('kind', 'first', { session: 's' }), await engine.submit('kind', 'second', { session: 's' }), await engine.submit('kind', 'third', { session: 's', priority: 9 })]
      await using _worker = engine.work({ handlers: { kind } })
      // Neither another session nor a job without one waits for them.
      for (const { id } of [await engine.submit('kind', 'beside', { session: 't' }), await engine.submit('kind', 'alone')]) expect(await engine.wait(id)).toMatchObject({ status: 'completed' })
      expect(await Promise.all([first, second, third].map(({ id }) => engine.get(id)))).toMatchObject([{ status: 'running', session: 's' }, { status: 'queued', session: 's', attempts: 0 }, { status: 'queued', session: 's', attempts: 0 }])
      letEnd()
      await engine.wait(third.id)
      expect(begun).toEqual(['first', 'beside', 'alone', 'second', 'third'])
      expect(await engine.get(second.id)).toMatchObject({ status: 'completed' })
    })

    test('a job that asks a person keeps its turn, until it has gone on with the answer or nobody wants that any more', async () => {
      await using _worker = engine.work({ handlers: { ask, plain: async () => completed } })
      for (const end of ['answered', 'canceled']) {
        const asking = await engine.submit('ask', 1, { session: end })
        const after = await engine.submit('plain', 1, { session: end })
        await engine.wait(asking.id)
        await engine.wait((await engine.submit('plain', 1)).id)
        expect(await engine.get(after.id)).toMatchObject({ status: 'queued' })
        await (end === 'answered' ? engine.resumeWithInput(asking.id, request.key, { action: 'approve', data: 1 }) : engine.cancel(asking.id))
        expect(await engine.wait(after.id)).toMatchObject({ status: 'completed' })
        expect(await engine.get(asking.id)).toMatchObject({ status: end === 'answered' ? 'completed' : 'canceled' })
      }
    })

    test('a job that fails, is canceled before its turn, or is given back by its worker, lets the others have theirs in their order', async () => {
      const done: unknown[] = []
      const { handler, begun } = announced(hang)
      const [given, canceled, failing, last] = [await engine.submit('kind', 'given', { session: 's' }), await engine.submit('kind', 'canceled', { session: 's' }), await engine.submit('kind', 'failing', { session: 's' }), await engine.submit('kind', 'last', { session: 's' })]
      const worker = engine.work({ handlers: { kind: handler } })
      await begun
      expect(await engine.cancel(canceled.id)).toMatchObject({ status: 'canceled' })
      await worker[Symbol.asyncDispose]()
      const kind: JobHandler = async ({ input }) => {
        done.push(input)
        if (input === 'failing') throw new Error('no')
        return completed
      }
      await using _other = engine.work({ handlers: { kind } })
      await engine.wait(last.id)
      expect(done).toEqual(['given', 'failing', 'last'])
      expect(await engine.get(given.id)).toMatchObject({ status: 'completed', attempts: 2 })
      expect(await engine.get(failing.id)).toMatchObject({ status: 'failed' })
    })

    test('a job that is held until its time holds up nobody, and then waits for who came before it', async () => {
      const { handler, begun } = announced(hang)
      const held = await engine.submit('kind', 1, { session: 's', notBeforeMs: Date.now() + 100 })
      const first = await engine.submit('hang', 1, { session: 's' })
      await using _worker = engine.work({ handlers: { hang: handler, kind: async () => completed } })
      await begun
      for await (const { type } of engine.events(held.id)) if (type === 'job.queued') break
      await engine.wait((await engine.submit('kind', 1)).id)
      expect(await engine.get(held.id)).toMatchObject({ status: 'queued' })
      await engine.cancel(first.id)
      expect(await engine.wait(held.id)).toMatchObject({ status: 'completed' })
    })

    test('jobs for a session that a worker cannot use are left to others, and done when it can', async () => {
      let isFree = false
      await using _worker = engine.work({ handlers: { kind: async () => completed }, canUse: async (session) => session === 'ours' || isFree })
      const theirs = await engine.submit('kind', 1, { session: 'theirs' })
      for (const { id } of [await engine.submit('kind', 1, { session: 'ours' }), await engine.submit('kind', 1)]) expect(await engine.wait(id)).toMatchObject({ status: 'completed' })
      expect(await engine.get(theirs.id)).toMatchObject({ status: 'queued', attempts: 0 })
      isFree = true
      expect(await engine.wait(theirs.id)).toMatchObject({ status: 'completed', attempts: 1 })
    })

    test('a job that was begun before goes on, whoever has its session: it is the job’s', async () => {
      const { handler, begun } = announced(hang)
      const { id } = await engine.submit('kind', 1, { session: 's' })
      const worker = engine.work({ handlers: { kind: handler } })
      await begun
      await worker[Symbol.asyncDispose]()
      await using _other = engine.work({ handlers: { kind: async () => completed }, canUse: async () => false })
      expect(await engine.wait(id)).toMatchObject({ status: 'completed', attempts: 2 })
    })
  })

  describe(`${name}: time`, () => {
    test('a job that is not to begin yet is held until its time has come', async () => {
      const atMs = Date.now() + 300
      const { id, status } = await engine.submit('kind', 1, { notBeforeMs: atMs })
      expect(status).toBe('pending')
      await using _worker = engine.work({ handlers: { kind: async () => completed } })
      const job = await engine.wait(id)
      expect(job.startedMs).toBeGreaterThanOrEqual(atMs)
      expect(await typesOf(engine, id)).toEqual(['job.held', 'job.queued', 'job.started', 'job.completed'])
    })

    test('a job that nobody has begun by its deadline fails with TIMEOUT, also when nobody works', async () => {
      const ids = [await engine.submit('kind', 1, { deadlineMs: Date.now() + 50 }), await engine.submit('kind', 1, { deadlineMs: Date.now() + 50, notBeforeMs: Date.now() + 60_000 })]
      for (const { id } of ids) expect(await engine.wait(id)).toMatchObject({ status: 'failed', attempts: 0, error: { code: 'TIMEOUT' } })
    })

    test('a job at work past its deadline is told so, and fails with TIMEOUT whatever its handler makes of it', async () => {
      const reasons: unknown[] = []
      const patient: JobHandler = async ({ signal, input }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
        reasons.push(signal.reason)
        if (input === 'throws') throw signal.reason
        return completed
      }
      await using _worker = engine.work({ handlers: { kind: patient } })
      for (const input of ['throws', 'returns']) {
        const { id } = await engine.submit('kind', input, { deadlineMs: Date.now() + 1_000 })
        expect(await engine.wait(id)).toMatchObject({ status: 'failed', error: { code: 'TIMEOUT', message: expect.stringContaining('deadline') as string } })
        statusesOf(await eventsOf(engine, id))
      }
      expect(reasons).toEqual([{ type: 'expired' }, { type: 'expired' }])
    })

    test('a job that waits for a person fails at its deadline as well', async () => {
      const { id } = await engine.submit('ask', 1, { deadlineMs: Date.now() + 1_000 })
      await using _worker = engine.work({ handlers: { ask } })
      expect(await engine.wait(id)).toMatchObject({ status: 'awaiting_input' })
      expect(await engine.wait(id, { untilOver: true })).toMatchObject({ status: 'failed', error: { code: 'TIMEOUT' } })
      expect(await failure(engine.resumeWithInput(id, 'first', { action: 'approve', data: 1 }))).toMatchObject({ code: 'JOB_STATE' })
    })

    test('a job that is over is kept for its time and then gone, and its idempotency key is free', async () => {
      const { id } = await engine.submit('kind', 1, { ttlMs: 500, idempotencyKey: 'once' })
      await using _worker = engine.work({ handlers: { kind: async () => completed } })
      expect(await engine.wait(id)).toMatchObject({ status: 'completed' })
      await expect.poll(() => engine.get(id)).toBeUndefined()
      expect((await engine.list()).jobs).toEqual([])
      expect(await failure(engine.input(id))).toMatchObject({ code: 'NOT_FOUND' })
      expect((await engine.submit('kind', 2, { idempotencyKey: 'once' })).id).not.toBe(id)
    })
  })

  describe(`${name}: canceling`, () => {
    test('a job that nobody works on is canceled at once, in whatever status it waits', async () => {
      const [queued, pending, asking] = [await engine.submit('none', 1), await engine.submit('none', 1, { notBeforeMs: Date.now() + 60_000 }), await engine.submit('ask', 1)]
      await using _worker = engine.work({ handlers: { ask } })
      await engine.wait(asking.id)
      for (const { id } of [queued, pending, asking]) {
        const job = await engine.cancel(id)
        expect(job).toMatchObject({ status: 'canceled', cancelRequestedMs: expect.any(Number) as number, endedMs: expect.any(Number) as number })
        expect(await engine.cancel(id)).toEqual(job)
        statusesOf(await eventsOf(engine, id))
      }
      expect(await failure(engine.resumeWithInput(asking.id, 'first', { action: 'approve', data: 1 }))).toMatchObject({ code: 'JOB_STATE' })
    })

    test('a job at work is marked, told, and canceled when it has let go; done again, canceling changes nothing', async () => {
      const { id } = await engine.submit('kind', 1)
      const { promise: mayEnd, resolve: letEnd } = Promise.withResolvers<void>()
      const { handler, begun } = announced(async ({ signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
        await mayEnd
        throw signal.reason
      })
      await using _worker = engine.work({ handlers: { kind: handler } })
      const { signal } = await begun
      const marked = await engine.cancel(id)
      expect(marked).toMatchObject({ status: 'running', cancelRequestedMs: expect.any(Number) as number })
      expect(await engine.cancel(id)).toEqual(marked)
      await expect.poll(() => signal.aborted).toBe(true)
      expect(signal.reason).toEqual({ type: 'canceled' })
      letEnd()
      expect(await engine.wait(id)).toMatchObject({ status: 'canceled', cancelRequestedMs: marked.cancelRequestedMs })
      expect(await typesOf(engine, id)).toEqual(['job.queued', 'job.started', 'job.cancelRequested', 'job.canceled'])
    })

    test('a job that is done before it hears of its cancel keeps its result, and one that is over stays as it is', async () => {
      const { id } = await engine.submit('kind', 1)
      const { handler, begun } = announced(async ({ signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
        return { type: 'completed', result: 'bought' }
      })
      await using _worker = engine.work({ handlers: { kind: handler } })
      await begun
      await engine.cancel(id)
      const job = await engine.wait(id)
      expect(job).toMatchObject({ status: 'completed', result: 'bought' })
      expect(await engine.cancel(id)).toEqual(job)
    })

    test('a job that is canceled does not come to ask a person, nor to be begun again', async () => {
      const { id } = await engine.submit('ask', 1)
      const { handler, begun } = announced(async ({ signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
        return { type: 'awaitingInput', request }
      })
      await using _worker = engine.work({ handlers: { ask: handler } })
      await begun
      await engine.cancel(id)
      expect(await engine.wait(id)).toMatchObject({ status: 'canceled' })
    })
  })

  describe(`${name}: people`, () => {
    test('a job that asks frees its place, and goes on with the answer', async () => {
      const [asking, other] = [await engine.submit('ask', 1), await engine.submit('plain', 1)]
      await using _worker = engine.work({ concurrency: 1, handlers: { ask, plain: async () => completed } })
      expect(await engine.wait(asking.id)).toMatchObject({ status: 'awaiting_input', inputRequest: request })
      expect(await engine.wait(other.id)).toMatchObject({ status: 'completed' })
      expect(await engine.resumeWithInput(asking.id, 'first', { action: 'edit', data: { amount: 2 } })).toMatchObject({ status: 'queued' })
      expect(await engine.wait(asking.id)).toMatchObject({ status: 'completed', attempts: 2, result: { action: 'edit', data: { amount: 2 } } })
      expect(await typesOf(engine, asking.id)).toEqual(['job.queued', 'job.started', 'job.inputRequested', 'job.inputReceived', 'job.started', 'job.completed'])
      const requested = (await eventsOf(engine, asking.id)).find(({ type }) => type === 'job.inputRequested')
      expect(requested?.data).toMatchObject({ key: 'first', title: 'Go on?', description: 'It costs something', actions: ['approve', 'edit'] })
    })

    test('of two answers at once the first counts, and the second is a conflict', async () => {
      const { id } = await engine.submit('ask', 1)
      await using _worker = engine.work({ handlers: { ask } })
      await engine.wait(id)
      const answers = await Promise.allSettled([1, 2, 3].map((data) => engine.resumeWithInput(id, 'first', { action: 'approve', data })))
      expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
      for (const answer of answers) if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'JOB_STATE', message: expect.stringContaining('already') as string })
      expect(await engine.wait(id)).toMatchObject({ result: { action: 'approve', data: 1 } })
      expect(await failure(engine.resumeWithInput(id, 'first', { action: 'approve', data: 4 }))).toMatchObject({ code: 'JOB_STATE' })
    })

    test('an answer to another question, by an action that was not offered, or to a job that does not ask, is refused and changes nothing', async () => {
      const { id } = await engine.submit('ask', 1)
      expect(await failure(engine.resumeWithInput(id, 'first', { action: 'approve', data: 1 }))).toMatchObject({ code: 'JOB_STATE', message: expect.stringContaining('queued') as string })
      await using _worker = engine.work({ handlers: { ask } })
      const asked = await engine.wait(id)
      expect(await failure(engine.resumeWithInput(id, 'second', { action: 'approve', data: 1 }))).toMatchObject({ code: 'JOB_STATE', message: expect.stringContaining('"first"') as string })
      expect(await failure(engine.resumeWithInput(id, 'first', { action: 'cancel', data: 1 }))).toMatchObject({ code: 'JOB_STATE', message: expect.stringContaining('"approve", "edit"') as string })
      expect(await failure(engine.resumeWithInput(id, 'first', { action: 'approve', data: 1n }))).toBeInstanceOf(TypeError)
      expect(await engine.get(id)).toEqual(asked)
    })

    test('an answer without data is one to what was asked about', async () => {
      const { id } = await engine.submit('ask', 1)
      await using _worker = engine.work({ handlers: { ask } })
      await engine.wait(id)
      await engine.resumeWithInput(id, 'first', { action: 'approve', data: undefined })
      expect(await engine.wait(id)).toMatchObject({ result: { action: 'approve', data: { amount: 1 } } })
    })

    test('a job asks as often as it likes, each time by another key; the same key again fails it', async () => {
      await using _worker = engine.work({
        handlers: {
          twice: async ({ answers }) => (answers.size < 2 ? { type: 'awaitingInput', request: { ...request, key: `question ${answers.size}` } } : { type: 'completed', result: [...answers] }),
          again: async () => ({ type: 'awaitingInput', request }),
        },
      })
      const { id } = await engine.submit('twice', 1)
      for (const [index, data] of ['a', 'b'].entries()) {
        expect(await engine.wait(id)).toMatchObject({ inputRequest: { key: `question ${index}` } })
        await engine.resumeWithInput(id, `question ${index}`, { action: 'approve', data })
      }
      expect(await engine.wait(id)).toMatchObject({ result: [['question 0', { action: 'approve', data: 'a' }], ['question 1', { action: 'approve', data: 'b' }]] })
      const again = await engine.submit('again', 1)
      await engine.wait(again.id)
      await engine.resumeWithInput(again.id, 'first', { action: 'approve', data: 1 })
      expect(await engine.wait(again.id)).toMatchObject({ status: 'failed', error: { code: 'JOB_STATE', message: expect.stringContaining('"first"') as string } })
    })

    test('what is too big to be asked, and an asking without actions, fails the job', async () => {
      await using _worker = engine.work({
        handlers: {
          words: async () => ({ type: 'awaitingInput', request: { ...request, title: 'x'.repeat(100_000) } }),
          data: async () => ({ type: 'awaitingInput', request: { ...request, data: 'x'.repeat(17 * 1024 * 1024) } }),
          none: async () => ({ type: 'awaitingInput', request: { ...request, actions: [] } }),
        },
      })
      const ends = await Promise.all(['words', 'data', 'none'].map(async (kind) => engine.wait((await engine.submit(kind, 1)).id)))
      expect(ends).toMatchObject([{ error: { code: 'OUTPUT' } }, { error: { code: 'OUTPUT' } }, { error: { message: expect.stringContaining('`actions`') as string } }])
    })
  })

  describe(`${name}: events`, () => {
    test('events are given from the number on that was asked for, as they come, to as many as ask, until the job is over', async () => {
      const { id } = await engine.submit('kind', 1)
      const live = [Array.fromAsync(engine.events(id)), Array.fromAsync(engine.events(id, { after: 1 }))]
      const { promise: mayEnd, resolve: letEnd } = Promise.withResolvers<void>()
      await using _worker = engine.work({
        handlers: {
          kind: async (task) => {
            task.tell('console.printed', { text: 'one\ud83d\0' })
            await mayEnd
            task.tell('console.printed', { text: 'two' })
            return completed
          },
        },
      })
      for await (const event of engine.events(id)) if (event.type === 'console.printed') break
      letEnd()
      const [all = [], rest = []] = await Promise.all(live)
      expect(all.map(({ type }) => type)).toEqual(['job.queued', 'job.started', 'console.printed', 'console.printed', 'job.completed'])
      expect(all.map(({ data }) => data['text']).filter((text) => text !== undefined)).toEqual(['one\ud83d\0', 'two'])
      expect(rest).toEqual(all.slice(1))
      expect(await eventsOf(engine, id)).toEqual(all)
      expect(await Array.fromAsync(engine.events(id, { after: 99 }))).toEqual([])
      statusesOf(all)
    })

    test('a handler knows how much of each kind the ones before it have told', async () => {
      const { id } = await engine.submit('kind', 1)
      const first = announced(async (task) => {
        for (const text of ['one', 'two']) task.tell('console.printed', { text })
        return hang(task)
      })
      const worker = engine.work({ handlers: { kind: first.handler } })
      expect((await first.begun).told).toEqual(new Map())
      await worker[Symbol.asyncDispose]()
      await using _other = engine.work({ handlers: { kind: async ({ told }) => ({ type: 'completed', result: [...told] }) } })
      expect(await engine.wait(id)).toMatchObject({ result: expect.arrayContaining([['console.printed', 2], ['job.started', 1], ['job.interrupted', 1]]) as unknown[] })
    })

    test('following ends with the reason of its signal, and by leaving the loop', async () => {
      const { id } = await engine.submit('kind', 1)
      const reason = new Error('enough')
      const controller = new AbortController()
      const seen: JobEvent[] = []
      const followed = failure(
        (async () => {
          for await (const event of engine.events(id, { signal: controller.signal })) {
            seen.push(event)
            setImmediate(() => controller.abort(reason))
          }
        })(),
      )
      expect(await followed).toBe(reason)
      expect(seen).toHaveLength(1)
    })

    test('progress in short order is one, its parts are kept, and the last before the end is never lost', async () => {
      const { id } = await engine.submit('kind', 1)
      await using _worker = engine.work({
        handlers: {
          kind: async (task) => {
            task.progress({ step: 'reading', total: 20_000 })
            for (let done = 1; done <= 20_000; done++) {
              task.progress({ done, fraction: done / 20_000 })
              task.requestCounts({ processing: 20_000 - done, succeeded: done, errored: 0, canceled: 0 })
              if (done % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve))
            }
            return completed
          },
        },
      })
      const job = await engine.wait(id)
      expect(job.progress).toEqual({ fraction: 1, step: 'reading', done: 20_000, total: 20_000 })
      expect(job.requestCounts).toEqual({ processing: 0, succeeded: 20_000, errored: 0, canceled: 0 })
      const events = await eventsOf(engine, id)
      const progress = events.filter(({ type }) => type === 'job.progressed')
      const seconds = ((job.endedMs ?? 0) - (job.startedMs ?? 0)) / 1_000
      expect(progress.length).toBeLessThanOrEqual(3 + 4 * seconds)
      expect(progress.at(-1)?.data).toEqual({ ...job.progress, requestCounts: job.requestCounts })
      statusesOf(events)
    })

    test('progress is there for others while the job is at work', async () => {
      const { id } = await engine.submit('kind', 1)
      const { handler, begun } = announced(hang)
      await using _worker = engine.work({ handlers: { kind: handler } })
      const task = await begun
      for (const fraction of [0.25, 0.5]) {
        task.progress({ fraction, step: 'x'.repeat(5_000) })
        for await (const event of engine.events(id)) if (event.data['fraction'] === fraction) break
      }
      expect((await engine.get(id))?.progress).toEqual({ fraction: 0.5, step: 'x'.repeat(1_000), done: null, total: null })
      task.progress({ fraction: NaN, done: Infinity })
      await engine.cancel(id)
      expect((await engine.wait(id)).progress).toEqual({ fraction: null, step: 'x'.repeat(1_000), done: null, total: null })
    })

    test('a job that is completed has come to its end, whatever was said of how far it is', async () => {
      const jobs = await Promise.all(['half', 'unsaid', 'failing'].map((kind) => engine.submit(kind, 1)))
      await using _worker = engine.work({
        handlers: {
          half: async (task) => {
            task.progress({ fraction: 0.5, step: 'reading' })
            return completed
          },
          unsaid: async () => completed,
          failing: async (task) => {
            task.progress({ fraction: 0.5 })
            throw new Error('no')
          },
        },
      })
      const [half, unsaid, failing] = await Promise.all(jobs.map(async ({ id }) => (await engine.wait(id)).progress))
      expect(half).toEqual({ fraction: 1, step: 'reading', done: null, total: null })
      expect(unsaid).toEqual({ fraction: 1, step: null, done: null, total: null })
      expect(failing).toMatchObject({ fraction: 0.5 })
      expect((await engine.list()).jobs.map(({ progress }) => progress.fraction)).toEqual([0.5, 1, 1])
    })

    test('a handler that tells without end fills no disk: what is beyond the bound is dropped, which is told once', async () => {
      const { id } = await engine.submit('kind', 1)
      await using _worker = engine.work({
        handlers: {
          kind: async (task) => {
            for (let line = 0; line < 200_000; line++) {
              task.tell('console.printed', { text: `line ${line}` })
              if (line % 5_000 === 0) await new Promise((resolve) => setImmediate(resolve))
            }
            return completed
          },
        },
      })
      await engine.wait(id)
      const events = await eventsOf(engine, id)
      const printed = events.filter(({ type }) => type === 'console.printed')
      expect(printed).toHaveLength(10_000)
      expect(printed.map(({ data }) => data['text'])).toEqual(printed.map((_, line) => `line ${line}`))
      expect(events.filter(({ type }) => type === 'events.dropped')).toMatchObject([{ data: { kept: 10_000 } }])
      expect(statusesOf(events)).toEqual(['queued', 'running', 'completed'])
    })

    test('big events are kept up to a bound of all together, and one that is too big for itself without its data', async () => {
      const { id } = await engine.submit('kind', 1)
      await using _worker = engine.work({
        handlers: {
          kind: async (task) => {
            task.tell('big.told', { text: 'x'.repeat(2_000_000) })
            for (let index = 0; index < 40; index++) task.tell('some.told', { text: 'x'.repeat(900_000) })
            expect(() => task.tell('bad.told', { big: 1n })).toThrow(TypeError)
            return completed
          },
        },
      })
      expect(await engine.wait(id)).toMatchObject({ status: 'completed' })
      const events = await eventsOf(engine, id)
      expect(events.find(({ type }) => type === 'big.told')?.data).toEqual({ omittedCharacters: 2_000_011 })
      expect(events.filter(({ type }) => type === 'some.told')).toHaveLength(18)
      expect(events.filter(({ type }) => type === 'events.dropped')).toHaveLength(1)
    })
  })

  describe.runIf(isShared)(`${name}: the next engine`, () => {
    test('all that was acknowledged is there for the next engine', async () => {
      const worker = engine.work({ handlers: { ask, done: async () => ({ type: 'completed', result: [1] }) } })
      const [done, asking, queued] = [await engine.submit('done', 1), await engine.submit('ask', 2), await engine.submit('later', { a: 3 })]
      await Promise.all([engine.wait(done.id), engine.wait(asking.id)])
      await worker[Symbol.asyncDispose]()
      const before = await Promise.all([done, asking, queued].map(({ id }) => engine.get(id)))
      const events = await eventsOf(engine, asking.id)
      await engine.close()
      engine = await openEngineAt(place)
      expect(await Promise.all([done, asking, queued].map(({ id }) => engine.get(id)))).toEqual(before)
      expect(await eventsOf(engine, asking.id)).toEqual(events)
      expect(await engine.input(queued.id)).toEqual({ a: 3 })
      await engine.resumeWithInput(asking.id, 'first', { action: 'approve', data: 1 })
      await using _worker = engine.work({ handlers: { ask } })
      expect(await engine.wait(asking.id)).toMatchObject({ status: 'completed', result: { action: 'approve', data: 1 } })
    })

    test('what one engine does, another one that waits for it or follows it hears', async () => {
      await using other = await openEngineAt(place)
      const { id } = await engine.submit('kind', 1)
      const [waited, followed] = [other.wait(id), Array.fromAsync(other.events(id))]
      await using _worker = engine.work({
        handlers: {
          kind: async (task) => {
            task.tell('console.printed', { text: 'hello' })
            return { type: 'completed', result: 'there' }
          },
        },
      })
      expect(await waited).toMatchObject({ status: 'completed', result: 'there' })
      expect((await followed).map(({ type }) => type)).toEqual(['job.queued', 'job.started', 'console.printed', 'job.completed'])
    })

    test('an engine that is idle does what another one submits, and hears when that cancels it', async () => {
      await using other = await openEngineAt(place)
      const { handler, begun } = announced(hang)
      await using _worker = engine.work({ handlers: { kind: handler } })
      const { id } = await other.submit('kind', 1)
      const { signal } = await begun
      await other.cancel(id)
      expect(await other.wait(id)).toMatchObject({ status: 'canceled' })
      expect(signal.reason).toEqual({ type: 'canceled' })
    })

    test('the group of an engine that has gone is everyone\'s', async () => {
      const other = await openEngineAt(place)
      await using _worker = engine.work({ handlers: { kind: async () => completed } })
      const { id } = await other.submit('kind', 1, { group: 'of the other' })
      await engine.wait((await engine.submit('kind', 1)).id)
      expect(await engine.get(id)).toMatchObject({ status: 'queued' })
      await other.close()
      expect(await engine.wait(id)).toMatchObject({ status: 'completed' })
    })
  })
}
