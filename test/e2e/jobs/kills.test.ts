/** Workers in processes of their own, killed and stopped on their way; a server counts what is asked. */
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type BatchJobResult, type CellJobResult, type Job, openReplm, type Replm } from '../../../src/index.ts'
import { fileBeside } from '../../../src/host/dispatch/answerStore.ts'
import { type Command, start } from '../../cli/command.ts'
import { temporaryStore, type TemporaryStore } from '../../host/journal/temporaryStore.ts'
import type { ModelServer } from '../../servers/modelServer.ts'
import { openOpenAiServer } from '../../servers/openai.ts'
import { untilStopped } from '../../stopped.ts'

let store: TemporaryStore
let server: ModelServer
let release: () => void
/** Killed at the end of a test, whatever becomes of it. */
let workers: Command[]

beforeEach(async () => {
  store = temporaryStore()
  workers = []
  const { promise, resolve } = Promise.withResolvers<void>()
  release = resolve
  server = await openOpenAiServer(async ({ prompt }) => {
    if (prompt.startsWith('hold')) await promise
    return `answer to ${prompt}`
  })
  vi.stubEnv('REPLM_BASE_URL', `${server.url}/v1`)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  release()
  for (const worker of workers) worker[Symbol.dispose]()
  await Promise.all(workers.map((worker) => worker.end()))
  await server.close()
  store[Symbol.dispose]()
})

/** The command itself, in a process of its own. */
function startWorker(): Command {
  const worker = start(['jobs', 'worker', '-m', 'compatible/counted', '--store', store.file], { env: { REPLM_BASE_URL: `${server.url}/v1` } })
  workers.push(worker)
  return worker
}

async function kill(worker: Command): Promise<void> {
  worker.child.kill('SIGKILL')
  await worker.end()
}

/** Who is stopped in the middle of a commit holds the file's lock: nobody can write until it goes on. */
async function stopOutsideOfCommits({ child }: Command): Promise<void> {
  const isFree = (file: string): boolean => {
    using database = new DatabaseSync(file, { timeout: 500 })
    try {
      database.exec('BEGIN IMMEDIATE; ROLLBACK')
      return true
    } catch {
      return false
    }
  }
  for (;;) {
    child.kill('SIGSTOP')
    await untilStopped(child.pid ?? 0)
    if ([store.file, fileBeside(store.file, 'jobs')].every(isFree)) return
    child.kill('SIGCONT')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function open(): Promise<Replm> {
  return openReplm({ model: 'compatible/counted', store: store.file })
}

function askedOf(prompt: string): number {
  return server.requests.filter((request) => request.prompt === prompt).length
}

function resultOf<T>(job: Job): T {
  expect(job).toMatchObject({ status: 'completed' })
  return (job as Extract<Job, { status: 'completed' }>).result as T
}

/** Questions of one program under way at once. */
const inFlight = 8

it('a job whose worker is killed four times on its way is done by the others, loses nothing that was acknowledged, and asks nothing of that again', { timeout: 120_000 }, async () => {
  const questions = 240
  const cell = `
    let next = 0
    const answers = []
    await Promise.all(Array.from({ length: ${inFlight} }, async () => {
      while (next < ${questions}) {
        const index = next++
        answers[index] = await llmQuery('question ' + index)
        console.log(String(index))
      }
    }))
    answers`
  await using replm = await open()
  const { id } = await replm.jobs.submit({ cell }, { work: false, maxAttempts: 10 })
  const acknowledged = new Set<string>()
  const following = (async () => {
    for await (const { type, data } of replm.jobs.events(id)) if (type === 'console.printed') acknowledged.add(`question ${String(data['text'])}`)
  })()
  const kills = 4
  /** What was known to have been answered at each kill, and how many requests there had been. */
  const known: { readonly prompts: ReadonlySet<string>; readonly requests: number }[] = []
  for (let round = 1; round <= kills; round++) {
    const worker = startWorker()
    await server.until(() => new Set(server.requests.map(({ prompt }) => prompt)).size >= (questions * round) / (kills + 1))
    await kill(worker)
    known.push({ prompts: new Set(acknowledged), requests: server.requests.length })
  }
  startWorker()
  const { value, usage, logs } = resultOf<CellJobResult>(await replm.jobs.wait(id))
  await following
  expect(value).toEqual(Array.from({ length: questions }, (_, index) => `answer to question ${index}`))
  expect(new Set(logs.map(({ text }) => text)).size).toBe(questions)
  expect(usage).toMatchObject({ queries: questions, bought: questions })
  for (const { prompts, requests } of known) expect(server.requests.slice(requests).filter(({ prompt }) => prompts.has(prompt))).toEqual([])
  // Per kill what was under way, and one group of answers.
  expect(server.requests.length).toBeLessThanOrEqual(questions + kills * 2 * inFlight)
  const events = await Array.fromAsync(replm.jobs.events(id))
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
})

it('a program that asks a person is answered over a kill and a restart of everything, and buys nothing again', { timeout: 60_000 }, async () => {
  const cell = `const before = await llmBatchQuery(['a', 'b']); const said = await awaitInput({ title: 'Right?', data: before }); ({ said, after: await llmQuery('c'), hold: await llmQuery('hold') })`
  let id = ''
  {
    const first = startWorker()
    await using replm = await open()
    ;({ id } = await replm.jobs.submit({ cell }, { work: false }))
    expect(await replm.jobs.wait(id)).toMatchObject({ status: 'awaiting_input', inputRequest: { title: 'Right?', data: ['answer to a', 'answer to b'] } })
    await kill(first)
  }
  // Nothing runs now.
  {
    await using replm = await open()
    await replm.jobs.input(id, { action: 'edit', data: ['mine'] })
  }
  const second = startWorker()
  await server.until(() => askedOf('hold') === 1)
  await kill(second)
  release()
  startWorker()
  await using replm = await open()
  expect(resultOf<CellJobResult>(await replm.jobs.wait(id)).value).toEqual({ said: { action: 'edit', data: ['mine'] }, after: 'answer to c', hold: 'answer to hold' })
  expect(['a', 'b', 'c', 'hold'].map(askedOf)).toEqual([1, 1, 1, 2])
})

it('a batch whose worker is killed is gone on with, and asks only what was not answered', { timeout: 60_000 }, async () => {
  const batch = Array.from({ length: 60 }, (_, index) => ({ customId: `line ${index}`, prompt: index < 50 ? `q ${index}` : `hold ${index}` }))
  await using replm = await open()
  const { id } = await replm.jobs.submit({ batch }, { work: false })
  const first = startWorker()
  await expect.poll(async () => (await replm.jobs.get(id)).requestCounts.succeeded, { timeout: 30_000 }).toBe(50)
  await kill(first)
  expect(await Array.fromAsync(replm.jobs.results(id))).toHaveLength(50)
  release()
  startWorker()
  const { value } = resultOf<BatchJobResult>(await replm.jobs.wait(id))
  expect(value.map((line) => [line.customId, line.ok && line.text])).toEqual(batch.map(({ customId, prompt }) => [customId, `answer to ${prompt}`]))
  for (const { prompt } of batch) expect(askedOf(prompt), prompt).toBe(prompt.startsWith('hold') ? 2 : 1)
})

it.skipIf(!existsSync('/proc/self/task'))('a worker that stood still past its lease is refused when it goes on, and lets go of what it has under way', { timeout: 90_000 }, async () => {
  await using replm = await open()
  const { id } = await replm.jobs.submit({ cell: `const first = await llmQuery('first'); [first, await llmQuery('hold')]` }, { work: false })
  const stopped = startWorker()
  await server.until(() => askedOf('hold') === 1)
  await stopOutsideOfCommits(stopped)
  startWorker()
  await server.until(() => askedOf('hold') === 2)
  expect(server.left).toEqual([])
  stopped.child.kill('SIGCONT')
  // The call of the one that was replaced, and of no other.
  await server.until(() => server.left.length === 1)
  release()
  expect(resultOf<CellJobResult>(await replm.jobs.wait(id)).value).toEqual(['answer to first', 'answer to hold'])
  expect([askedOf('first'), askedOf('hold'), server.left.length]).toEqual([1, 2, 1])
  const events = await Array.fromAsync(replm.jobs.events(id))
  expect(events.filter(({ type }) => type === 'job.completed')).toHaveLength(1)
})

it('a worker that is asked to leave gives its jobs back, for the next one, and a job canceled from another process lets go of its call', { timeout: 60_000 }, async () => {
  await using replm = await open()
  const { id } = await replm.jobs.submit({ cell: `await llmQuery('hold')` }, { work: false })
  const first = startWorker()
  await server.until(() => askedOf('hold') === 1)
  first.child.kill('SIGINT')
  expect((await first.end()).code).toBe(130)
  expect(await replm.jobs.get(id)).toMatchObject({ status: 'queued' })
  startWorker()
  await server.until(() => askedOf('hold') === 2)
  await replm.jobs.cancel(id)
  await server.until(() => server.left.length === 2)
  expect(await replm.jobs.wait(id)).toMatchObject({ status: 'canceled' })
})
