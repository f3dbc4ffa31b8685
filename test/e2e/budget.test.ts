/** Budgets through all of replm, 512 questions at once, at a server that counts for itself what it is asked. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openReplm } from '../../src/index.ts'
import type { ModelServer } from '../servers/modelServer.ts'
import { openOpenAiServer } from '../servers/openai.ts'

const asked = 600
const concurrency = 512
const maxTokens = 50

/** 400 bytes each: 100 tokens of reserve. All different. */
const batch = `(await llmBatchQuery(Array.from({ length: ${asked} }, (_, i) => String(i).padEnd(400, 'x')), { settle: true, maxTokens: ${maxTokens} })).map((slot) => (slot.ok ? 'ok' : slot.error.code))`

let server: ModelServer | undefined
afterEach(async () => {
  await server?.close()
  vi.unstubAllEnvs()
})

function useServer(opened: ModelServer): void {
  server = opened
  vi.stubEnv('OPENAI_BASE_URL', `${opened.url}/v1`)
  vi.stubEnv('OPENAI_API_KEY', 'k')
}

function counted(slots: unknown): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const slot of slots as readonly string[]) counts[slot] = (counts[slot] ?? 0) + 1
  return counts
}

/** What a question costs whose usage is that, by the model's own price. */
async function costOf(usage: { readonly prompt_tokens: number; readonly completion_tokens: number }): Promise<number> {
  const probe = await openOpenAiServer(() => ({ answer: 'yes', usage }))
  try {
    vi.stubEnv('OPENAI_BASE_URL', `${probe.url}/v1`)
    vi.stubEnv('OPENAI_API_KEY', 'k')
    await using replm = await openReplm({ model: 'openai/gpt-4o-mini', store: ':memory:' })
    const { usage: spent } = await replm.query('how much?')
    expect(spent.usd).toBeGreaterThan(0)
    return spent.usd ?? 0
  } finally {
    await probe.close()
  }
}

describe.each(['async', 'pool', 'auto'] as const)('under 512 questions at once, by the path %s', (dispatch) => {
  it('a budget of 300 questions lets exactly 300 of 600 reach the server, also when every fifth attempt fails at first', async () => {
    const attempts = new Map<string, number>()
    useServer(
      await openOpenAiServer(({ prompt }) => {
        const attempt = (attempts.get(prompt) ?? 0) + 1
        attempts.set(prompt, attempt)
        return attempt === 1 && Number.parseInt(prompt) % 5 === 0 ? { status: 500, body: { error: { message: 'oops' } } } : 'fine'
      }),
    )
    await using replm = await openReplm({ model: 'openai/gpt-4o-mini', dispatch, concurrency, budget: { queries: 300 }, store: ':memory:' })
    await using session = await replm.openSession()
    const { value, usage } = await session.run(batch)
    expect(counted(value)).toEqual({ ok: 300, BUDGET: 300 })
    expect(attempts.size).toBe(300)
    expect(usage).toMatchObject({ queries: 600, bought: 300 })
    expect(replm.budget().spent.queries).toBe(300)
  }, 60_000)

  it('a budget in dollars is at no moment less than what is answered and what is open, by the server’s own count', async () => {
    const reserved = await costOf({ prompt_tokens: 100, completion_tokens: maxTokens })
    const [usage, limit] = [{ prompt_tokens: 100, completion_tokens: 20 }, 100 * reserved]
    const cost = await costOf(usage)
    let [open, answered, most] = [0, 0, 0]
    const full = Promise.withResolvers<void>()
    useServer(
      await openOpenAiServer(async () => {
        open += 1
        most = Math.max(most, answered * cost + open * reserved)
        // The first answers come when as many are open as there is money for.
        if (open === 100) full.resolve()
        await full.promise
        open -= 1
        answered += 1
        return { answer: 'yes', usage }
      }),
    )
    await using replm = await openReplm({ model: 'openai/gpt-4o-mini', dispatch, concurrency, budget: { usd: limit }, store: ':memory:' })
    await using session = await replm.openSession()
    const { value } = await session.run(batch)
    // All are answered whose reserve still fits beside what the others came to.
    const fit = Math.floor((limit - reserved) / cost + 1e-6) + 1
    expect(counted(value)).toEqual({ ok: fit, BUDGET: asked - fit })
    expect(answered).toBe(fit)
    expect(most).toBeLessThanOrEqual(limit * (1 + 1e-9))
    const { spent } = replm.budget()
    expect(spent.usd).toBeCloseTo(fit * cost, 12)
    expect(spent.usd).toBeLessThanOrEqual(limit)
  }, 60_000)
})
