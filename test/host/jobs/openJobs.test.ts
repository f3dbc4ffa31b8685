/** `replm.jobs` with everything behind it: real sandboxes, a real store, and a provider that knows what it was asked. */
import { DatabaseSync } from 'node:sqlite'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, type BatchJobResult, type BatchLine, type CellJobResult, defineProvider, type Job, type JobInput, type JobWork, openReplm, type Replm, type ReplmError, type ReplmOptions } from '../../../src/index.ts'
import { temporaryStore, type TemporaryStore } from '../journal/temporaryStore.ts'

/** What was asked, what was let go of; prompts that begin with 'hold' wait for {@link release}. */
let asked: string[]
let aborted: string[]
let release: () => void
let held: Promise<void>
let watchers: (() => void)[]
let store: TemporaryStore

beforeEach(() => {
  asked = []
  aborted = []
  watchers = []
  const gate = Promise.withResolvers<void>()
  release = gate.resolve
  held = gate.promise
  store = temporaryStore()
})
afterEach(() => {
  release()
  store[Symbol.dispose]()
})

const counting = defineProvider({
  name: 'counting',
  pricing: 'free',
  query: async ({ prompt }, { signal }) => {
    asked.push(prompt)
    for (const watch of watchers) watch()
    if (prompt.startsWith('hold')) {
      const { promise, reject } = Promise.withResolvers<never>()
      signal.addEventListener('abort', () => {
        aborted.push(prompt)
        for (const watch of watchers) watch()
        reject(signal.reason as Error)
      })
      await Promise.race([held, promise])
    }
    if (prompt.startsWith('bad')) throw new Error('it cannot say')
    return { text: `answer to ${prompt}`, usage: { inputTokens: 2, outputTokens: 3 } }
  },
})

function open(options: ReplmOptions = {}): Promise<Replm> {
  return openReplm({ providers: [counting], model: 'counting/x', store: store.file, ...options })
}

/** Where what is waited for is another thread's or process's to say. */
const patience = { timeout: 20_000 }

function until(condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (condition()) resolve()
    }
    watchers.push(look)
    look()
  })
}

function times(prompt: string): number {
  return asked.filter((one) => one === prompt).length
}

async function failure(promise: Promise<unknown>): Promise<ReplmError> {
  return promise.then(
    () => Promise.reject(new Error('It was expected to reject')),
    (thrown: unknown) => thrown as ReplmError,
  )
}

function resultOf<T>(job: Job): T {
  expect(job).toMatchObject({ status: 'completed' })
  return (job as Extract<Job, { status: 'completed' }>).result as T
}

describe('a job', () => {
  it('is there at once, is done here, moves, and has its value, what it printed and what it cost', async () => {
    await using replm = await open()
    const cell = `console.log('first'); await progress(0.5, 'half'); const all = await llmBatchQuery(['a', 'b']); ({ all, n: args.n, when: new Date(0), lost: 1n })`
    const job = await replm.jobs.submit({ cell, args: { n: 7 } })
    expect(job).toMatchObject({ kind: 'cell', status: 'queued' })
    const over = await replm.jobs.wait(job.id)
    const { value, text, logs, usage } = resultOf<CellJobResult>(over)
    expect(value).toEqual({ all: ['answer to a', 'answer to b'], n: 7, when: '1970-01-01T00:00:00.000Z', lost: null })
    expect(text).toContain('lost: 1n')
    expect(logs).toEqual([{ stream: 'stdout', level: 'log', text: 'first' }])
    expect(usage).toEqual({ queries: 2, bought: 2, replayed: 0, inputTokens: 4, outputTokens: 6, usd: 0, unknownUsd: 0 })
    expect(over).toMatchObject({ progress: { fraction: 1, step: 'half', done: 2, total: 2 }, requestCounts: { processing: 0, succeeded: 2, errored: 0, canceled: 0 }, session: job.id, attempts: 1 })
    const events = await Array.fromAsync(replm.jobs.events(job.id))
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['job.queued', 'job.started', 'cell.started', 'console.printed', 'cell.completed', 'job.completed']))
    expect(events.find(({ type }) => type === 'console.printed')?.data).toEqual({ stream: 'stdout', level: 'log', text: 'first' })
  })

  it('takes its script by its text as it is submitted, and its documents by what they are called then', async () => {
    await using replm = await open()
    const script = join(store.folder, 'count.ts')
    writeFileSync(script, `const names: string[] = docs.map((doc) => doc.name)\nfinal([names, await docs[0]!.slice(), await docs[1]!.slice()])`)
    writeFileSync(join(store.folder, 'one.txt'), 'one')
    const work: JobWork = { script, context: { first: join(store.folder, '*.txt'), second: { name: 'second', text: 'two' } } }
    const job = await replm.jobs.submit(work, { work: false })
    writeFileSync(script, 'throw 1')
    await using _worker = replm.jobs.work()
    expect(resultOf<CellJobResult>(await replm.jobs.wait(job.id)).value).toEqual([[expect.stringContaining('one.txt'), 'second'], 'one', 'two'])
  })

  it('fails with the code, the place and the stack of its program', async () => {
    await using replm = await open()
    const script = join(store.folder, 'wrong.js')
    writeFileSync(script, `const a = 1\n  null.x`)
    const job = await replm.jobs.wait((await replm.jobs.submit({ script })).id)
    expect(job).toMatchObject({ status: 'failed', error: { code: 'CELL', message: expect.stringContaining('null'), line: 2, column: 8, stack: expect.stringContaining('wrong.js:2:8') } })
    expect(JSON.stringify(job)).not.toContain('node:')
    const noProgram = await replm.jobs.wait((await replm.jobs.submit({ cell: '1 +' })).id)
    expect(noProgram).toMatchObject({ status: 'failed', error: { code: 'SYNTAX', line: 1 } })
    const tooMuch = await replm.jobs.wait((await replm.jobs.submit({ cell: `await llmBatchQuery(['a', 'b', 'c'])`, budget: { queries: 2 } })).id)
    expect(tooMuch).toMatchObject({ status: 'failed', error: { code: 'BUDGET' } })
    const endless = await replm.jobs.wait((await replm.jobs.submit({ cell: 'for (;;);', limits: { cpuMs: 50 } })).id)
    expect(endless).toMatchObject({ status: 'failed', error: { code: 'CPU' } })
  })

  it('lets go at once of what it has under way when it is canceled, and is canceled', async () => {
    await using replm = await open()
    const job = await replm.jobs.submit({ cell: `await llmBatchQuery(['hold 1', 'hold 2'])` })
    await until(() => times('hold 2') === 1)
    await replm.jobs.cancel(job.id)
    expect(await replm.jobs.wait(job.id)).toMatchObject({ status: 'canceled', cancelRequestedMs: expect.any(Number) })
    expect(aborted.toSorted()).toEqual(['hold 1', 'hold 2'])
    expect(await replm.jobs.cancel(job.id)).toMatchObject({ status: 'canceled' })
  })

  it('goes on in another process when the one that did it has ended, and nothing that was answered is asked again', async () => {
    const cell = `const first = await llmQuery('first'); const all = await Promise.all([llmQuery('second'), llmQuery('hold')]); [first, ...all]`
    let id = ''
    {
      await using replm = await open()
      ;({ id } = await replm.jobs.submit({ cell }))
      await until(() => times('second') === 1 && times('hold') === 1)
      await expect.poll(async () => (await replm.sessions.get(id)).answers, patience).toBe(2)
    }
    expect(aborted).toEqual(['hold'])
    release()
    await using replm = await open()
    expect(await replm.jobs.get(id)).toMatchObject({ status: 'queued' })
    await using _worker = replm.jobs.work()
    const { value, usage } = resultOf<CellJobResult>(await replm.jobs.wait(id))
    expect(value).toEqual(['answer to first', 'answer to second', 'answer to hold'])
    expect([times('first'), times('second'), times('hold')]).toEqual([1, 1, 2])
    expect(usage).toMatchObject({ queries: 3, bought: 3 })
  })

  it('whose program had ended when its worker died is completed with the same result, and nobody is asked anything', async () => {
    const cell = `const answer = await llmQuery('once'); const said = await awaitInput({ title: 'Right?' }); console.log('seen'); ({ answer, said, random: Math.random() })`
    let before: CellJobResult | undefined
    let id = ''
    {
      await using replm = await open()
      ;({ id } = await replm.jobs.submit({ cell }))
      await replm.jobs.wait(id)
      await replm.jobs.input(id, { action: 'approve', data: 1 })
      before = resultOf(await replm.jobs.wait(id))
    }
    // As a worker leaves it that dies between the end of the cell and the end of the job.
    const database = new DatabaseSync(join(store.folder, 'replm-jobs.db'))
    database.exec(`UPDATE jobs SET status = 'queued', ended_ms = NULL, remove_ms = NULL, worker = NULL; DELETE FROM results; DELETE FROM requests`)
    database.close()
    await using replm = await open()
    await using _worker = replm.jobs.work()
    const after = resultOf<CellJobResult>(await replm.jobs.wait(id))
    expect(after).toEqual(before)
    expect(times('once')).toBe(1)
  })

  it('that had failed when its worker died fails with the same place', async () => {
    let id = ''
    let error: unknown
    {
      await using replm = await open()
      ;({ id } = await replm.jobs.submit({ cell: `await llmQuery('once')\nthrow new RangeError('far')` }))
      const job = await replm.jobs.wait(id)
      error = job.status === 'failed' ? job.error : undefined
      expect(error).toMatchObject({ code: 'CELL', line: 2 })
    }
    const database = new DatabaseSync(join(store.folder, 'replm-jobs.db'))
    database.exec(`UPDATE jobs SET status = 'queued', ended_ms = NULL, remove_ms = NULL, worker = NULL, error = NULL`)
    database.close()
    await using replm = await open()
    await using _worker = replm.jobs.work()
    expect(await replm.jobs.wait(id)).toMatchObject({ status: 'failed', error })
    expect(times('once')).toBe(1)
  })

  it('is done where it was submitted, by nobody else, unless it was to be done elsewhere', async () => {
    await using elsewhere = await open()
    await using _worker = elsewhere.jobs.work()
    await using here = await open()
    const own = await here.jobs.submit({ prompt: 'hold' })
    await until(() => times('hold') === 1)
    expect(await here.jobs.get(own.id)).toMatchObject({ status: 'running' })
    release()
    await here.jobs.wait(own.id)
    const { id } = await here.jobs.submit({ prompt: 'for anybody' }, { work: false })
    expect(resultOf<Answer>(await here.jobs.wait(id)).text).toBe('answer to for anybody')
    expect(times('hold')).toBe(1)
  })

  it('with an idempotency key is the same however often it is submitted, and another one is refused', async () => {
    await using replm = await open()
    const work: JobWork = { cell: '1', context: { note: { name: 'note', text: 'x' } } }
    const [first, second] = await Promise.all([replm.jobs.submit(work, { idempotencyKey: 'k' }), replm.jobs.submit(work, { idempotencyKey: 'k' })])
    expect(second.id).toBe(first.id)
    expect(await failure(replm.jobs.submit({ ...work, cell: '2' }, { idempotencyKey: 'k' }))).toMatchObject({ code: 'JOB_STATE' })
  })

  it('keeps its session for as long as it is not over, and the session goes with it', async () => {
    await using replm = await open()
    const { id } = await replm.jobs.submit({ cell: `await awaitInput({ title: 'Keep?' })` }, { ttlMs: 1 })
    await replm.jobs.wait(id)
    expect(await failure(replm.sessions.remove(id))).toMatchObject({ code: 'IN_USE' })
    expect(await replm.sessions.prune({ unusedForMs: -1 })).toEqual([])
    expect(await replm.sessions.prune({ unusedForMs: -1, onlyUnnamed: true })).toEqual([])
    await replm.jobs.input(id, { action: 'approve' })
    await expect.poll(async () => (await failure(replm.jobs.get(id))).code, patience).toBe('NOT_FOUND')
    await using _worker = replm.jobs.work()
    await expect.poll(async () => (await replm.sessions.list()).length, patience).toBe(0)
  })
})

describe('a job that asks a person', () => {
  const cell = `const draft = await llmQuery('draft'); const first = await awaitInput({ title: 'Send?', description: 'A draft', data: { draft } }); const second = await awaitInput({ title: 'Sure?', actions: ['yes', 'no'] }); ({ first, second, end: await llmQuery('end') })`

  it('frees its place, goes on when it is answered, in another process as well, and buys nothing again', async () => {
    let id = ''
    {
      await using replm = await open()
      ;({ id } = await replm.jobs.submit({ cell }))
      expect(await replm.jobs.wait(id)).toMatchObject({ status: 'awaiting_input', inputRequest: { title: 'Send?', description: 'A draft', data: { draft: 'answer to draft' }, actions: ['approve', 'edit', 'cancel'] } })
      expect((await replm.sessions.get(id)).owner).toBeNull()
    }
    {
      await using replm = await open()
      const { inputRequest } = (await replm.jobs.get(id)) as Extract<Job, { status: 'awaiting_input' }>
      await replm.jobs.input(id, { action: 'edit', data: { draft: 'mine' } })
      await using _worker = replm.jobs.work()
      const next = (await replm.jobs.wait(id)) as Extract<Job, { status: 'awaiting_input' }>
      expect(next.inputRequest).toMatchObject({ title: 'Sure?', data: null })
      expect(next.inputRequest.key).not.toBe(inputRequest.key)
      expect(await failure(replm.jobs.input(id, { action: 'yes', key: inputRequest.key }))).toMatchObject({ code: 'JOB_STATE' })
      expect(await failure(replm.jobs.input(id, { action: 'approve' }))).toMatchObject({ code: 'JOB_STATE', message: expect.stringContaining('"yes", "no"') })
    }
    await using replm = await open()
    await replm.jobs.input(id, { action: 'yes' })
    await using _worker = replm.jobs.work()
    const over = await replm.jobs.wait(id)
    const types = (await Array.fromAsync(replm.jobs.events(id))).map(({ type }) => type)
    expect(types.filter((type) => type === 'cell.completed' || type.startsWith('job.input'))).toEqual(['job.inputRequested', 'job.inputReceived', 'job.inputRequested', 'job.inputReceived', 'cell.completed'])
    expect(resultOf<CellJobResult>(over).value).toEqual({ first: { action: 'edit', data: { draft: 'mine' } }, second: { action: 'yes', data: null }, end: 'answer to end' })
    expect([times('draft'), times('end')]).toEqual([1, 1])
  })

  it('takes one answer: of two at once the second is a conflict', async () => {
    await using replm = await open()
    const { id } = await replm.jobs.submit({ cell: `await awaitInput({ title: 'One?' })` })
    await replm.jobs.wait(id)
    const answers = await Promise.allSettled([replm.jobs.input(id, { action: 'approve' }), replm.jobs.input(id, { action: 'cancel' })])
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'JOB_STATE' } })
    expect(await failure(replm.jobs.input(id, { action: 'approve' }))).toMatchObject({ code: 'JOB_STATE' })
  })

  it('two questions at once are answered one after the other', async () => {
    await using replm = await open()
    const { id } = await replm.jobs.submit({ cell: `(await Promise.all(['a', 'b'].map((title) => awaitInput({ title, data: title })))).map(({ action, data }) => action + data)` })
    for (const title of ['a', 'b']) {
      expect(await replm.jobs.wait(id)).toMatchObject({ status: 'awaiting_input', inputRequest: { title } })
      await replm.jobs.input(id, { action: title === 'a' ? 'approve' : 'cancel' })
    }
    expect(resultOf<CellJobResult>(await replm.jobs.wait(id)).value).toEqual(['approvea', 'cancelb'])
  })

  it('can be canceled while it waits', async () => {
    await using replm = await open()
    const { id } = await replm.jobs.submit({ cell: `await awaitInput({ title: 'One?' })` })
    await replm.jobs.wait(id)
    expect(await replm.jobs.cancel(id)).toMatchObject({ status: 'canceled' })
    expect(await failure(replm.jobs.input(id, { action: 'approve' }))).toMatchObject({ code: 'JOB_STATE' })
  })
})

describe('a batch', () => {
  it('has a line for each question, in their order, whatever became of it', async () => {
    await using replm = await open()
    const batch = [{ customId: 'one', prompt: 'same' }, { customId: 'two', prompt: 'bad' }, { customId: 'three', prompt: 'same' }]
    const { id } = await replm.jobs.submit({ batch })
    const job = await replm.jobs.wait(id)
    const { value, usage } = resultOf<BatchJobResult>(job)
    expect(value).toMatchObject([
      { customId: 'one', ok: true, text: 'answer to same' },
      { customId: 'two', ok: false, error: { code: 'PROVIDER', message: 'it cannot say' } },
      { customId: 'three', ok: true, text: 'answer to same' },
    ])
    expect(usage).toMatchObject({ queries: 3, bought: 2 })
    expect(job).toMatchObject({ progress: { fraction: 1, done: 3, total: 3 }, requestCounts: { processing: 0, succeeded: 2, errored: 1, canceled: 0 } })
    expect(await Array.fromAsync(replm.jobs.results(id))).toEqual(value)
    // Two of the same are two samples.
    expect(times('same')).toBe(2)
  })

  it('keeps what was answered when it is canceled', async () => {
    await using replm = await open()
    const { id } = await replm.jobs.submit({ batch: [{ customId: 'a', prompt: 'hold' }, { customId: 'b', prompt: 'quick' }, { customId: 'c', prompt: 'quick' }] })
    await expect.poll(async () => (await replm.jobs.get(id)).requestCounts.succeeded, patience).toBe(2)
    await replm.jobs.cancel(id)
    expect(await replm.jobs.wait(id)).toMatchObject({ status: 'canceled' })
    expect(aborted).toEqual(['hold'])
    expect(await Array.fromAsync(replm.jobs.results(id))).toMatchObject([{ customId: 'b', ok: true, text: 'answer to quick' }, { customId: 'c', ok: true, text: 'answer to quick' }])
  })

  it('is gone on with elsewhere, and asks only what has no answer', async () => {
    const batch = Array.from({ length: 30 }, (_, index) => ({ customId: String(index), prompt: index % 10 === 9 ? `hold ${index}` : `q ${index}` }))
    let id = ''
    {
      await using replm = await open()
      ;({ id } = await replm.jobs.submit({ batch }))
      await expect.poll(async () => (await replm.jobs.get(id)).requestCounts.succeeded, patience).toBe(27)
    }
    release()
    await using replm = await open()
    await using _worker = replm.jobs.work()
    const { value } = resultOf<BatchJobResult>(await replm.jobs.wait(id))
    expect(value.map((line: BatchLine) => line.ok && line.text)).toEqual(batch.map(({ prompt }) => `answer to ${prompt}`))
    for (const { prompt } of batch) expect(times(prompt), prompt).toBe(prompt.startsWith('hold') ? 2 : 1)
  })

  it('holds to its budget', async () => {
    await using replm = await open()
    const { id } = await replm.jobs.submit({ batch: ['a', 'b', 'c'].map((prompt) => ({ customId: prompt, prompt })), budget: { queries: 2 } })
    const { value } = resultOf<BatchJobResult>(await replm.jobs.wait(id))
    expect(value.filter(({ ok }) => ok)).toHaveLength(2)
    expect(value.find(({ ok }) => !ok)).toMatchObject({ error: { code: 'BUDGET' } })
  })
})

describe('a long question', () => {
  it('gives its answer where that is quick, and no job', async () => {
    await using replm = await open()
    expect(await replm.query('quick', { timeoutMs: 10_000, onTimeout: 'job' })).toMatchObject({ text: 'answer to quick' })
    expect((await replm.jobs.list()).jobs).toEqual([])
  })

  it('gives a job where it is not, in which the same call goes on', async () => {
    await using replm = await open()
    const job = await replm.query('hold', { timeoutMs: 20, onTimeout: 'job' })
    if (!('status' in job)) throw new Error('It was expected to be a job')
    release()
    expect(resultOf<Answer>(await replm.jobs.wait(job.id)).text).toBe('answer to hold')
    expect(times('hold')).toBe(1)
  })

  it('that became a job is ended with it, also before anybody has begun the job', async () => {
    await using replm = await open({ concurrency: 1_000 })
    // All places for questions are taken.
    await Promise.all(Array.from({ length: 256 }, (_, index) => replm.jobs.submit({ prompt: `hold ${index}` })))
    await until(() => asked.length === 256)
    const job = await replm.query('hold', { timeoutMs: 20, onTimeout: 'job' })
    if (!('status' in job)) throw new Error('It was expected to be a job')
    expect(await replm.jobs.cancel(job.id)).toMatchObject({ status: 'canceled' })
    await until(() => aborted.includes('hold'))
    expect(aborted).toEqual(['hold'])
  })

  it('does not wait for a place that programs have', async () => {
    await using replm = await open()
    await Promise.all(Array.from({ length: 5 }, () => replm.jobs.submit({ cell: `await llmQuery('hold')` })))
    const { id } = await replm.query('quick', { background: true })
    expect(resultOf<Answer>(await replm.jobs.wait(id)).text).toBe('answer to quick')
    await until(() => times('hold') === 4)
    expect((await replm.jobs.list({ status: 'queued' })).jobs).toHaveLength(1)
  })

  it('that became a job ends with the job, and not with the signal of whoever asked', async () => {
    await using replm = await open()
    const controller = new AbortController()
    const job = await replm.query('hold', { timeoutMs: 20, onTimeout: 'job', signal: controller.signal })
    if (!('status' in job)) throw new Error('It was expected to be a job')
    await expect.poll(async () => (await replm.jobs.get(job.id)).status, patience).toBe('running')
    controller.abort()
    expect(aborted).toEqual([])
    await replm.jobs.cancel(job.id)
    expect(await replm.jobs.wait(job.id)).toMatchObject({ status: 'canceled' })
    expect(aborted).toEqual(['hold'])
  })

  it('that fails in its job fails the job with its code', async () => {
    await using replm = await open()
    const job = await replm.query('bad', { background: true })
    expect(await replm.jobs.wait(job.id)).toMatchObject({ status: 'failed', error: { code: 'PROVIDER', message: 'it cannot say' }, requestCounts: { errored: 1 } })
  })

  it('is asked again by another process when the one that asked has ended', async () => {
    let id = ''
    {
      await using replm = await open()
      const job = await replm.query('hold', { timeoutMs: 20, onTimeout: 'job' })
      if ('status' in job) ({ id } = job)
    }
    release()
    await using replm = await open()
    await using _worker = replm.jobs.work()
    expect(resultOf<Answer>(await replm.jobs.wait(id)).text).toBe('answer to hold')
    expect(times('hold')).toBe(2)
  })

  it('to a model that is marked slow is a job by itself: waited for, or given at once', async () => {
    await using replm = await open({ slowModels: ['counting/big-*'] })
    const answering = replm.query('hold', { model: 'counting/big-1' })
    await until(() => times('hold') === 1)
    expect((await replm.jobs.list()).jobs).toMatchObject([{ kind: 'query', status: 'running' }])
    release()
    expect(await answering).toMatchObject({ text: 'answer to hold', attempts: 1 })
    expect(await replm.query('now', { model: 'counting/big-1', timeoutMs: 60_000, onTimeout: 'job' })).toMatchObject({ kind: 'query' })
    expect(await replm.query('here', { model: 'counting/big-1', background: false })).toMatchObject({ text: 'answer to here' })
    expect(await failure(replm.query('bad', { model: 'counting/big-1' }))).toMatchObject({ code: 'PROVIDER', message: 'it cannot say' })
    // The others are asked here and now.
    await replm.query('plain', { model: 'counting/small' })
    expect((await replm.jobs.list()).jobs).toHaveLength(3)
  })

  it('whose caller does not wait any more is ended', async () => {
    await using replm = await open({ slowModels: ['counting/*'] })
    const controller = new AbortController()
    const answering = replm.query('hold', { signal: controller.signal })
    await until(() => times('hold') === 1)
    controller.abort(new Error('enough'))
    expect(await failure(answering)).toMatchObject({ message: 'enough' })
    await until(() => aborted.length === 1)
  })
})

describe('what is no work is refused, and nothing is submitted', () => {
  let inMemory: Promise<Replm> | undefined
  afterAll(async () => (await inMemory)?.[Symbol.asyncDispose]())

  it.each<[string, unknown, RegExp | string]>([
    ['nothing', undefined, /Expected `work` to be/],
    ['an array', [], /Expected `work` to be/],
    ['no kind', {}, /one of `script`/],
    ['two kinds', { cell: '1', prompt: 'x' }, /`cell` and `prompt`/],
    ['a script that is none', { script: 7 }, /`script` to be a string/],
    ['a script that is not there', { script: '/nowhere/at/all.js' }, 'NOT_FOUND'],
    ['a folder as a script', { script: '/' }, 'NOT_FOUND'],
    ['a cell that is none', { cell: 7 }, /`cell` to be a string/],
    ['a misspelt option', { cell: '1', contxt: [] }, /got `contxt`/],
    ['documents that are not there', { cell: '1', context: ['/nowhere/at/all.txt'] }, 'NOT_FOUND'],
    ['arguments that are no JSON', { cell: '1', args: { f: () => 1 } }, /JSON value/],
    ['a limit that is none', { cell: '1', limits: { cpuMs: -1 } }, /limits.cpuMs/],
    ['a budget that is none', { cell: '1', budget: { usd: 'much' } }, /budget.usd/],
    ['a model that is none', { cell: '1', model: 'x' }, /provider\/model/],
    ['a model of no provider', { cell: '1', model: 'nowhere/x' }, 'CONFIG'],
    ['models that are none', { cell: '1', models: 'x' }, /models/],
    ['a prompt that is none', { prompt: 7 }, /`prompt` to be a string/],
    ['a signal', { prompt: 'x', signal: new AbortController().signal }, /no `signal`/],
    ['a misspelt option of a question', { prompt: 'x', maxToken: 1 }, /maxToken/],
    ['a batch that is none', { batch: 'x' }, /`batch` to be an array/],
    ['an empty batch', { batch: [] }, /a question at least/],
    ['a line that is none', { batch: [7] }, /batch\[0]/],
    ['a line without a name', { batch: [{ prompt: 'x' }] }, /batch\[0].customId/],
    ['a name that is too long', { batch: [{ customId: 'x'.repeat(513), prompt: 'x' }] }, /512/],
    ['a name twice', { batch: [{ customId: 'a', prompt: 'x' }, { customId: 'a', prompt: 'y' }] }, /"a" again in `batch\[1]`/],
    ['a line without a prompt', { batch: [{ customId: 'a' }] }, /batch\[0].prompt/],
  ])('%s', async (_, work, why) => {
    const replm = await (inMemory ??= open({ store: ':memory:' }))
    const error = await failure(replm.jobs.submit(work as JobWork))
    if (typeof why === 'string') expect(error).toMatchObject({ code: why })
    else expect(error).toMatchObject({ name: expect.stringMatching(/TypeError|RangeError/), message: expect.stringMatching(why) })
    expect((await replm.jobs.list()).jobs).toEqual([])
  })

  it('options, ids and answers that are none', async () => {
    await using replm = await open({ store: ':memory:' })
    const { jobs } = replm
    for (const options of [{ prioritee: 1 }, { priority: 'high' }, { work: 1 }, { ttlMs: -1 }, { idempotencyKey: '' }, { maxAttempts: 0 }, { group: 'x' }]) {
      expect(await failure(jobs.submit({ cell: '1' }, options as object)), JSON.stringify(options)).toMatchObject({ name: expect.stringMatching(/TypeError|RangeError/) })
    }
    for (const method of [() => jobs.get('none'), () => jobs.wait('none'), () => jobs.cancel('none'), () => jobs.input('none', { action: 'x' }), () => Array.fromAsync(jobs.events('none')), () => Array.fromAsync(jobs.results('none'))]) {
      expect(await failure(method())).toMatchObject({ code: 'NOT_FOUND' })
    }
    expect(await failure(jobs.get(7 as unknown as string))).toMatchObject({ name: 'TypeError' })
    const { id } = await jobs.submit({ cell: `await awaitInput({ title: 'x' })` })
    await jobs.wait(id)
    expect(await failure(jobs.input(id, { action: 'approve', data: () => 1 }))).toMatchObject({ name: 'TypeError' })
    expect(await failure(jobs.input(id, { action: 7 as unknown as string }))).toMatchObject({ name: 'TypeError' })
    expect(await failure(jobs.input(id, { action: 'edit', date: 1 } as unknown as JobInput))).toMatchObject({ name: 'TypeError', message: expect.stringContaining('`date`') })
    for (const none of [undefined, null, 'approve']) expect(await failure(jobs.input(id, none as unknown as JobInput))).toMatchObject({ name: 'TypeError', message: expect.stringContaining('{action, data?, key?}') })
    expect(await jobs.get(id)).toMatchObject({ status: 'awaiting_input' })
    expect(await failure(Array.fromAsync(jobs.results(id)))).toMatchObject({ code: 'JOB_STATE' })
    expect(() => jobs.work({ concurrency: 0 })).toThrow(RangeError)
    expect(() => jobs.work({ concurency: 1 } as object)).toThrow(/concurency/)
    expect(await failure(replm.query('x', { onTimeout: 'job' }) as Promise<unknown>)).toMatchObject({ message: expect.stringContaining('`timeoutMs`') })
    expect(await failure(replm.query('x', { background: 'yes' as unknown as true }))).toMatchObject({ name: 'TypeError' })
  })
})
