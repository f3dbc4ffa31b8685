import { afterEach, describe, expect, it, vi } from 'vitest'
import { openReplm, type SessionEvent } from '../../src/index.ts'
import type { ModelServer, Reaction } from '../servers/modelServer.ts'
import { openOpenAiServer } from '../servers/openai.ts'

const count = 2_000
const concurrency = 48
const maxAttempts = 4

/** What a prompt is in for, by its number: the same on every path. `attempt` counts from 1. */
function reactTo(prompt: string, attempt: number): Reaction {
  const number = Number(prompt.slice(1))
  const fault = number % 20
  if (fault === 3 && attempt === 1) return { status: 429, body: { error: { message: 'slow down' } }, headers: { 'retry-after-ms': '20' } }
  if (fault === 7 && attempt === 1) return { status: 500, body: { error: { message: 'oops' } } }
  if (fault === 11 && attempt === 1) return 'RESET'
  if (fault === 13 && attempt === 1) return { status: 200, body: '<html>garbage</html>' }
  if (number % 400 === 17 && attempt === 1) return 'SILENCE'
  if (number % 250 === 19) return { status: 503, body: { error: { message: 'always down' } }, headers: { 'retry-after-ms': '5' } }
  if (number % 250 === 39) return { status: 400, body: { error: { message: 'bad question' } } }
  return `answer to ${prompt}`
}

function expectedSlot(index: number): unknown[] {
  if (index % 250 === 19) return [false, 'PROVIDER', maxAttempts]
  if (index % 250 === 39) return [false, 'PROVIDER', 1]
  const isFaulty = [3, 7, 11, 13].includes(index % 20) || index % 400 === 17
  return [true, `answer to q${index}`, isFaulty ? 2 : 1]
}

let server: ModelServer | undefined
afterEach(async () => {
  await server?.close()
  vi.unstubAllEnvs()
})

describe.each(['async', 'pool'] as const)('2,000 prompts to a server in trouble, by the path %s', (dispatch) => {
  it('all get their slot, in order, and none is asked more often than its retries allow', async () => {
    const asked = new Map<string, number>()
    server = await openOpenAiServer(({ prompt }) => {
      const attempt = (asked.get(prompt) ?? 0) + 1
      asked.set(prompt, attempt)
      return reactTo(prompt, attempt)
    })
    vi.stubEnv('REPLM_BASE_URL', `${server.url}/v1`)
    await using replm = await openReplm({ model: 'compatible/model-a', dispatch, concurrency, maxAttempts, timeoutMs: 1_500, store: ':memory:' })
    await using session = await replm.openSession()
    const { value, usage } = await session.run(
      `const slots = await llmBatchQuery(Array.from({ length: ${count} }, (_, i) => 'q' + i), { settle: true }); slots.map((slot) => [slot.ok, slot.ok ? slot.text : slot.error.code, slot.attempts])`,
    )
    expect(value).toEqual(Array.from({ length: count }, (_, index) => expectedSlot(index)))
    expect(Math.max(...asked.values())).toBe(maxAttempts)
    expect(server.maxOpen).toBeLessThanOrEqual(concurrency)
    expect(usage.queries).toBe(count)
  }, 60_000)

  it('an abort in the middle closes the sockets', async () => {
    server = await openOpenAiServer(({ prompt }) => (Number(prompt.slice(1)) < 20 ? 'fine' : 'SILENCE'))
    vi.stubEnv('REPLM_BASE_URL', `${server.url}/v1`)
    await using replm = await openReplm({ model: 'compatible/model-a', dispatch, concurrency, store: ':memory:' })
    await using session = await replm.openSession()
    const controller = new AbortController()
    const run = session.start(`await llmBatchQuery(Array.from({ length: 200 }, (_, i) => 'q' + i))`, { signal: controller.signal })
    let done = 0
    for await (const event of run.events as AsyncIterable<SessionEvent>) {
      if (event.type !== 'batch.progressed' || (done = event.done) < 20 || controller.signal.aborted) continue
      const { requests } = server
      await server.until(() => requests.length === 20 + concurrency)
      controller.abort(new Error('enough'))
    }
    await expect(run.result).rejects.toThrow('enough')
    expect(done).toBeGreaterThanOrEqual(20)
    const { left } = server
    await server.until(() => left.length === concurrency)
    expect(server.requests.length).toBe(20 + concurrency)
    expect((await session.run('1 + 1')).value).toBe(2)
  }, 30_000)
})
