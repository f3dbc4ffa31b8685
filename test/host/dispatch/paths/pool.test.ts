/** Attempts in real worker threads, to a real server. */
import { MessagePort, type Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ReplmError } from '../../../../src/errors.ts'
import { createAsyncPath } from '../../../../src/host/dispatch/paths/async.ts'
import { createPoolPath } from '../../../../src/host/dispatch/paths/pool.ts'
import type { Path } from '../../../../src/host/dispatch/path.ts'
import { createRegistry } from '../../../../src/host/providers/registry.ts'
import type { Provider, ProviderAnswer } from '../../../../src/types.ts'
import { openOpenAiServer } from '../../../servers/openai.ts'

const opened: (() => Promise<void>)[] = []
const workers: Worker[] = []
const note = (worker: Worker): void => void workers.push(worker)
beforeEach(() => {
  workers.length = 0
  process.on('worker', note)
})
afterEach(async () => {
  process.off('worker', note)
  vi.restoreAllMocks()
  for (const close of opened.splice(0)) await close()
})

function openPool(env: Record<string, string>, { threads = 1, custom = [] }: { threads?: number; custom?: readonly Provider[] } = {}): Path {
  const registry = createRegistry({ custom, env })
  const path = createPoolPath({ registry, env, async: createAsyncPath(registry), threads })
  opened.push(() => path.close(), () => registry.close())
  return path
}

const ask = (path: Path, prompt: string, signal: AbortSignal = new AbortController().signal): Promise<ProviderAnswer> => path.route('compatible').ask('compatible', { model: 'm', prompt }, { signal })

it('what is asked in one tick crosses in one message, and every answer comes back as soon as it is there', async () => {
  await using server = await openOpenAiServer(({ prompt }) => (prompt === 'silent' ? 'SILENCE' : prompt))
  const path = openPool({ REPLM_BASE_URL: server.url })
  await path.prepare('compatible')
  const post = vi.spyOn(MessagePort.prototype, 'postMessage')
  const controller = new AbortController()
  const silent = ask(path, 'silent', controller.signal)
  silent.catch(() => {})
  const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => ask(path, String(index))))
  expect(answers.map(({ text }) => text)).toEqual(Array.from({ length: 100 }, (_, index) => String(index)))
  expect(post).toHaveBeenCalledTimes(1)
  controller.abort()
  await server.until(() => server.left.length === 1)
  expect(post).toHaveBeenCalledTimes(2)
})

it('the death of a thread fails what it had in flight so that it can be asked again, and the next attempt has a new thread', async () => {
  await using server = await openOpenAiServer(({ prompt }) => (prompt === 'silent' ? 'SILENCE' : prompt))
  const path = openPool({ REPLM_BASE_URL: server.url })
  expect(await ask(path, 'before')).toMatchObject({ text: 'before' })
  const silent = Promise.allSettled([ask(path, 'silent'), ask(path, 'silent')])
  await server.until(() => server.requests.length === 3)
  expect(workers).toHaveLength(1)
  await workers[0]?.terminate()
  for (const settled of await silent) {
    expect(settled).toMatchObject({ status: 'rejected', reason: { code: 'PROVIDER', retryable: true } })
    expect((settled as PromiseRejectedResult).reason).toBeInstanceOf(ReplmError)
  }
  expect(await ask(path, 'after')).toMatchObject({ text: 'after' })
  expect(workers.length).toBeGreaterThan(1)
})

it('several threads share what is asked', async () => {
  await using server = await openOpenAiServer()
  const path = openPool({ REPLM_BASE_URL: server.url }, { threads: 2 })
  await path.prepare('compatible')
  expect(workers).toHaveLength(2)
  const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(path, String(index))))
  expect(answers.map(({ text }) => text)).toEqual(Array.from({ length: 50 }, (_, index) => String(index)))
  expect(workers).toHaveLength(2)
})

it("a provider of the program's own is asked on the host's loop, without a thread", async () => {
  const own: Provider = { name: 'own', query: ({ prompt }) => Promise.resolve({ text: prompt, usage: { inputTokens: 1, outputTokens: 1 } }) }
  const path = openPool({}, { custom: [own] })
  await path.prepare('own')
  expect(await path.route('own').ask('own', { model: 'm', prompt: 'x' }, { signal: new AbortController().signal })).toMatchObject({ text: 'x' })
  expect(workers).toHaveLength(0)
})

it('the end of the path ends its threads and fails what they had in flight', async () => {
  await using server = await openOpenAiServer(() => 'SILENCE')
  const path = openPool({ REPLM_BASE_URL: server.url })
  const silent = Promise.allSettled([ask(path, 'silent')])
  await server.until(() => server.requests.length === 1)
  const exited = new Promise((resolve) => workers[0]?.once('exit', resolve))
  await path.close()
  expect(await silent).toMatchObject([{ status: 'rejected', reason: { code: 'PROVIDER' } }])
  await exited
})
