/** Budgets around a Dispatch that the test answers. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { ReplmError } from '../../../../src/errors.ts'
import { Budget } from '../../../../src/host/dispatch/budget.ts'
import { replyTokens, withBudget } from '../../../../src/host/dispatch/layers/budget.ts'
import type { Pricing } from '../../../../src/host/dispatch/pricing.ts'
import type { Answer, BudgetLimits, Dispatch, Query } from '../../../../src/types.ts'

const unlimited: BudgetLimits = { usd: Infinity, queries: Infinity, tokens: Infinity }
const never = new AbortController().signal

/** 400 bytes: 100 tokens. */
const prompt = 'x'.repeat(400)
const query = (more: Partial<Query> = {}): Query => ({ provider: 'p', model: 'm', prompt, timeoutMs: 1, timeoutIsFinal: false, ...more })

const answerOf = (inputTokens: number, outputTokens: number, usd: number | null = 0): Answer => ({ text: 'ok', usage: { inputTokens, outputTokens, usd }, finishReason: 'stop', queueMs: 0, llmMs: 0, attempts: 1 })

interface Sent {
  readonly query: Query
  /** Ends its attempt without a word of what it cost; throws where there is no room for another one. */
  readonly lose: () => void
  readonly answer: (answer?: Answer) => void
  readonly fail: (thrown: unknown) => void
}

interface Stage {
  readonly dispatch: Dispatch
  readonly budget: Budget
  readonly sent: readonly Sent[]
}

/** A budget over a Dispatch whose questions wait for the test. */
function stage(limits: Partial<BudgetLimits>, { parent, pricing = { kind: 'priced', usdOf: ({ inputTokens, outputTokens }) => (inputTokens + outputTokens) / 1_000 } }: { parent?: Budget; pricing?: Pricing } = {}): Stage {
  const sent: Sent[] = []
  const budget = new Budget({ limits: { ...unlimited, ...limits }, of: 'this session', ...(parent === undefined ? {} : { parent }) })
  const next: Dispatch = (query, { onSend, onLost }) =>
    new Promise((resolve, reject) => {
      onSend?.(1)
      sent.push({ query, lose: () => onLost?.(), answer: (answer = answerOf(10, 5)) => resolve(answer), fail: reject })
    })
  return { dispatch: withBudget(next, { budget, pricing: () => pricing }), budget, sent }
}

async function errorOf(promise: Promise<unknown>): Promise<ReplmError> {
  try {
    await promise
  } catch (thrown) {
    if (thrown instanceof ReplmError) return thrown
    throw thrown
  }
  throw new Error('resolved')
}

/** Lets every promise that needs no timer go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('an attempt that was cut off', () => {
  it('counts with what was reserved for it, besides what the next one takes', async () => {
    const { dispatch, budget, sent } = stage({ usd: 10 })
    const told: unknown[] = []
    const asked = dispatch(query({ maxTokens: 100 }), { signal: never, onLost: (reserve) => told.push(reserve) })
    await settle()
    sent[0]?.lose()
    expect(budget.state()).toMatchObject({ spent: { usd: 0.2, queries: 0, tokens: 200 }, reserved: { usd: 0.2, tokens: 200 } })
    sent[0]?.answer(answerOf(100, 20, 0.12))
    await asked
    expect(budget.state()).toMatchObject({ spent: { usd: expect.closeTo(0.32), queries: 1, tokens: 320 }, reserved: { usd: 0, tokens: 0 } })
    expect(told).toEqual([{ tokens: 200, usd: 0.2 }])
  })

  it.each([{ usd: 0.3 }, { tokens: 300 }])('is the last one where there is no room for another in %j', async (limits) => {
    const { dispatch, budget, sent } = stage(limits)
    const asked = dispatch(query({ maxTokens: 100 }), { signal: never })
    asked.catch(() => {}) // looked at below
    await settle()
    expect(() => sent[0]?.lose()).toThrow(expect.objectContaining({ code: 'BUDGET' }))
    sent[0]?.fail(new ReplmError('BUDGET', 'No room.'))
    expect((await errorOf(asked)).code).toBe('BUDGET')
    expect(budget.state().spent).toMatchObject({ queries: 1, tokens: 200 })
    expect((await errorOf(dispatch(query({ maxTokens: 150 }), { signal: never }))).code).toBe('BUDGET')
  })
})

describe('replies without a bound of their own', () => {
  it('go one at a time where little is left, until one has shown how long they are; then as many as have room', async () => {
    const { dispatch, budget, sent } = stage({ tokens: 10_000 })
    const asked = Array.from({ length: 20 }, () => dispatch(query(), { signal: never }))
    await settle()
    expect(sent).toHaveLength(1)
    sent[0]?.answer(answerOf(100, 1_900))
    await settle()
    expect(sent).toHaveLength(1 + 4)
    expect(budget.state()).toMatchObject({ spent: { tokens: 2_000 }, reserved: { tokens: 8_000 } })
    for (let next = 1; next < sent.length; next++) {
      sent[next]?.answer(answerOf(100, 100))
      await settle()
    }
    await Promise.all(asked)
    expect(budget.state().spent).toMatchObject({ queries: 20, tokens: 2_000 + 19 * 200 })
  })

  it('are refused where not even the shortest one so far has room', async () => {
    const { dispatch, budget, sent } = stage({ tokens: 650 })
    for (let next = 0; next < 3; next++) {
      const asked = dispatch(query(), { signal: never })
      await settle()
      sent[next]?.answer(answerOf(100, 100))
      await asked
    }
    expect((await errorOf(dispatch(query(), { signal: never }))).code).toBe('BUDGET')
    expect(budget.state().spent.tokens).toBe(600)
  })

  it('are all sent at once where there is room for long ones, or no limit of what they cost', async () => {
    for (const limits of [{ tokens: 1_000_000 }, { queries: 30 }]) {
      const { dispatch, sent } = stage(limits)
      const asked = Array.from({ length: 20 }, () => dispatch(query(), { signal: never }))
      await settle()
      expect(sent).toHaveLength(20)
      for (const { answer } of sent) answer()
      await Promise.all(asked)
    }
  })
})

describe('a limit of queries', () => {
  it('lets exactly so many through of 512 asked at once, and refuses the others at once', async () => {
    const { dispatch, budget, sent } = stage({ queries: 100 })
    const asked = Array.from({ length: 512 }, () => dispatch(query(), { signal: never }))
    const refused = await Promise.all(asked.slice(100).map(errorOf))
    expect(new Set(refused.map((error) => error.code))).toEqual(new Set(['BUDGET']))
    expect(refused[0]?.message).toBe(
      'The budget of this session has no room for this question: of 100 queries (`budget.queries`) 0 are spent and 100 reserved, and it needs 1 or more. Raise `budget.queries` to go on',
    )
    expect(sent).toHaveLength(100)
    expect(budget.state()).toMatchObject({ limit: { queries: 100, usd: null }, reserved: { queries: 100 }, remaining: { queries: 0, tokens: null } })
    for (const { answer } of sent) answer()
    await Promise.all(asked.slice(0, 100))
    expect(budget.state()).toMatchObject({ spent: { queries: 100, tokens: 1_500 }, reserved: { usd: 0, queries: 0, tokens: 0 }, remaining: { queries: 0 } })
  })

  it('does not know what was spent in dollars once an answer had no price', async () => {
    const { dispatch, budget, sent } = stage({}, { pricing: { kind: 'unpriced' } })
    const asked = dispatch(query(), { signal: never })
    expect(budget.state().spent.usd).toBe(0)
    sent[0]?.answer(answerOf(10, 5, null))
    await asked
    expect(budget.state()).toMatchObject({ spent: { usd: null, queries: 1, tokens: 15 }, remaining: { usd: null } })
  })

  it('counts a question that failed after it was sent, and not one that never was', async () => {
    const { dispatch, budget, sent } = stage({ queries: 5 })
    const failing = errorOf(dispatch(query(), { signal: never }))
    sent[0]?.fail(new ReplmError('PROVIDER', 'down', { usage: { inputTokens: 7, outputTokens: 1 } }))
    await failing
    expect(budget.state().spent).toEqual({ usd: 0, queries: 1, tokens: 8 })
    const unsent = withBudget(() => Promise.reject(new ReplmError('CONFIG', 'none')), { budget, pricing: () => ({ kind: 'unpriced' }) })
    await errorOf(unsent(query(), { signal: never }))
    expect(budget.state()).toMatchObject({ spent: { queries: 1, tokens: 8 }, reserved: { queries: 0, tokens: 0 } })
  })

  it('of 0 refuses everything', async () => {
    const { dispatch, sent } = stage({ queries: 0 })
    expect(await errorOf(dispatch(query(), { signal: never }))).toMatchObject({ code: 'BUDGET' })
    expect(sent).toHaveLength(0)
  })
})

describe('a limit of tokens', () => {
  it("reserves a quarter of the bytes of prompt, system and schema, and maxTokens, and counts what was used", async () => {
    const { dispatch, budget, sent } = stage({ tokens: 10_000 })
    const asked = dispatch(query({ system: 'é'.repeat(20), maxTokens: 50, schema: { type: 'string' } }), { signal: never })
    expect(budget.state().reserved).toEqual({ usd: 0, queries: 1, tokens: 165 })
    sent[0]?.answer(answerOf(90, 3))
    await asked
    expect(budget.state()).toMatchObject({ spent: { tokens: 93 }, reserved: { tokens: 0 }, remaining: { tokens: 9_907 } })
  })

  it('is never crossed by what is spent and reserved together, under 512 questions at once, and all whose true cost fits are answered', async () => {
    const { dispatch, budget, sent } = stage({ tokens: 20_000 })
    const crossed: number[] = []
    const look = (): void => {
      const { spent, reserved } = budget.state()
      if (spent.tokens + reserved.tokens > 20_000) crossed.push(spent.tokens + reserved.tokens)
    }
    let answered = 0
    const asked = Promise.all(Array.from({ length: 512 }, () => dispatch(query({ maxTokens: 100 }), { signal: never }).then(() => (answered += 1))))
    expect(sent).toHaveLength(100)
    for (let index = 0; index < 512; index += 1) {
      look()
      await settle()
      sent[index]?.answer(answerOf(20, 15))
    }
    await asked
    expect(answered).toBe(512)
    expect(crossed).toEqual([])
    expect(budget.state().spent.tokens).toBe(512 * 35)
  })

  it('refuses what would not fit even if all that is in flight cost nothing, at once', async () => {
    const { dispatch, sent } = stage({ tokens: 1_000 })
    const first = dispatch(query({ maxTokens: 800 }), { signal: never })
    expect(await errorOf(dispatch(query({ maxTokens: 901 }), { signal: never }))).toMatchObject({ code: 'BUDGET', message: expect.stringContaining('1000 tokens (`budget.tokens`) 0 are spent and 900 reserved, and it needs 1001 or more') })
    sent[0]?.answer()
    await first
  })

  it('refuses what waited, once what was in flight has spent too much', async () => {
    const { dispatch, sent } = stage({ tokens: 1_000 })
    const first = dispatch(query({ maxTokens: 800 }), { signal: never })
    const second = errorOf(dispatch(query({ maxTokens: 800 }), { signal: never }))
    await settle()
    expect(sent).toHaveLength(1)
    sent[0]?.answer(answerOf(100, 500))
    await first
    expect((await second).message).toContain('600 are spent and 0 reserved, and it needs 900 or more')
  })

  it('lets a question without maxTokens through alone when its guessed reply has no room, but not beside others', async () => {
    const { dispatch, budget, sent } = stage({ tokens: 500 })
    const asked = [dispatch(query(), { signal: never }), dispatch(query(), { signal: never })]
    expect(replyTokens).toBeGreaterThan(500)
    expect(sent).toHaveLength(1)
    expect(budget.state().reserved.tokens).toBe(500)
    sent[0]?.answer(answerOf(100, 20))
    await asked[0]
    await settle()
    expect(sent).toHaveLength(2)
    expect(budget.state()).toMatchObject({ spent: { tokens: 120 }, reserved: { tokens: 380 } })
    sent[1]?.answer()
    await asked[1]
    expect(await errorOf(dispatch(query({ prompt: 'x'.repeat(2_000) }), { signal: never }))).toMatchObject({ code: 'BUDGET' })
  })

  it('serves those who wait in order, and a small question does not overtake a large one', async () => {
    const { dispatch, sent } = stage({ tokens: 1_000 })
    const asked = [400, 800, 50].map((maxTokens) => dispatch(query({ maxTokens }), { signal: never }))
    await settle()
    expect(sent.map(({ query }) => query.maxTokens)).toEqual([400])
    sent[0]?.answer(answerOf(0, 0))
    await settle()
    expect(sent.map(({ query }) => query.maxTokens)).toEqual([400, 800])
    sent[1]?.answer(answerOf(0, 0))
    await settle()
    sent[2]?.answer(answerOf(0, 0))
    await Promise.all(asked)
  })

  it('lets an abort out of the line with its reason, and those behind it go on', async () => {
    const { dispatch, budget, sent } = stage({ tokens: 1_000 })
    const controller = new AbortController()
    const first = dispatch(query({ maxTokens: 400 }), { signal: never })
    const large = dispatch(query({ maxTokens: 800 }), { signal: controller.signal })
    const small = dispatch(query({ maxTokens: 50 }), { signal: never })
    await settle()
    controller.abort('enough')
    await expect(large).rejects.toBe('enough')
    await settle()
    expect(sent.map(({ query }) => query.maxTokens)).toEqual([400, 50])
    for (const { answer } of sent) answer()
    await Promise.all([first, small])
    expect(budget.state().reserved).toEqual({ usd: 0, queries: 0, tokens: 0 })
  })
})

describe('a limit of dollars', () => {
  it('reserves the price of the estimate and counts the price of the answer', async () => {
    const { dispatch, budget, sent } = stage({ usd: 1 })
    const asked = dispatch(query({ maxTokens: 400 }), { signal: never })
    expect(budget.state().reserved.usd).toBe(0.5)
    sent[0]?.answer(answerOf(100, 10, 0.11))
    await asked
    expect(budget.state()).toMatchObject({ spent: { usd: 0.11 }, remaining: { usd: 0.89 } })
  })

  it('holds as many calls as it is worth, in spite of the rounding of fractions', async () => {
    const { dispatch, sent } = stage({ usd: 0.3 }, { pricing: { kind: 'priced', usdOf: () => 0.1 } })
    for (let index = 0; index < 3; index += 1) {
      const asked = dispatch(query({ maxTokens: 1 }), { signal: never })
      sent[index]?.answer(answerOf(1, 1, 0.1))
      await asked
    }
    expect(await errorOf(dispatch(query({ maxTokens: 1 }), { signal: never }))).toMatchObject({ code: 'BUDGET', message: expect.stringContaining('of $0.3 (`budget.usd`) $0.3 are spent and $0 reserved, and it needs $0.1 or more') })
  })

  it('refuses a model without a known price before its first call; without such a limit it may be asked', async () => {
    const limited = stage({ usd: 5 }, { pricing: { kind: 'unpriced' } })
    expect(await errorOf(limited.dispatch(query(), { signal: never }))).toMatchObject({ code: 'BUDGET', message: expect.stringContaining('The price of p/m is not known') })
    expect(limited.sent).toHaveLength(0)
    const free = stage({ tokens: 50_000 }, { pricing: { kind: 'unpriced' } })
    const asked = free.dispatch(query(), { signal: never })
    free.sent[0]?.answer(answerOf(1, 1, null))
    expect((await asked).usage.usd).toBe(null)
  })

  it('holds a model that states its own cost: refused once it is used up, or once an answer stated none', async () => {
    const { dispatch, sent } = stage({ usd: 1 }, { pricing: { kind: 'stated' } })
    const first = dispatch(query(), { signal: never })
    sent[0]?.answer(answerOf(1, 1, 1))
    await first
    expect(await errorOf(dispatch(query(), { signal: never }))).toMatchObject({ code: 'BUDGET', message: expect.stringContaining('$1 are spent') })

    const silent = stage({ usd: 1 }, { pricing: { kind: 'stated' } })
    const second = silent.dispatch(query(), { signal: never })
    silent.sent[0]?.answer(answerOf(1, 1, null))
    await second
    expect(await errorOf(silent.dispatch(query(), { signal: never }))).toMatchObject({ code: 'BUDGET', message: expect.stringContaining("`pricing: 'free'`") })
  })

  it('does not stop a free model when it is used up', async () => {
    const spent = { usd: 5, queries: 1, tokens: 1 }
    const budget = new Budget({ limits: { ...unlimited, usd: 1 }, of: 'this session', spent })
    const dispatch = withBudget(() => Promise.resolve(answerOf(1, 1, 0)), { budget, pricing: () => ({ kind: 'priced', usdOf: () => 0 }) })
    expect(await dispatch(query(), { signal: never })).toMatchObject({ text: 'ok' })
  })
})

describe('a budget within another', () => {
  it('counts in both, and the narrower of the two holds', async () => {
    const whole = new Budget({ limits: { ...unlimited, queries: 3 }, of: 'openReplm' })
    const one = stage({ queries: 2 }, { parent: whole })
    const two = stage({}, { parent: whole })
    const asked = [one, one, two].map(({ dispatch }) => dispatch(query(), { signal: never }))
    expect((await errorOf(one.dispatch(query(), { signal: never }))).message).toContain('The budget of this session')
    expect((await errorOf(two.dispatch(query(), { signal: never }))).message).toContain('The budget of openReplm')
    for (const { answer } of [...one.sent, ...two.sent]) answer()
    await Promise.all(asked)
    expect(one.budget.state()).toMatchObject({ limit: { queries: 2 }, spent: { queries: 2 }, remaining: { queries: 0 } })
    expect(two.budget.state()).toMatchObject({ limit: { queries: 3 }, spent: { queries: 1 }, remaining: { queries: 0 } })
    expect(whole.state().spent).toEqual({ usd: 0, queries: 3, tokens: 45 })
  })

  it('lets a question wait for what another session has in flight', async () => {
    const whole = new Budget({ limits: { ...unlimited, tokens: 1_000 }, of: 'openReplm' })
    const one = stage({}, { parent: whole })
    const two = stage({ tokens: 950 }, { parent: whole })
    const first = one.dispatch(query({ maxTokens: 800 }), { signal: never })
    const second = two.dispatch(query({ maxTokens: 800 }), { signal: never })
    await settle()
    expect(two.sent).toHaveLength(0)
    one.sent[0]?.answer(answerOf(10, 10))
    await first
    await settle()
    two.sent[0]?.answer()
    await second
    expect(whole.state()).toMatchObject({ spent: { tokens: 35 }, reserved: { tokens: 0 } })
  })

  it('keeps its own account when it goes on where another process stopped', () => {
    const budget = new Budget({ limits: { ...unlimited, tokens: 100 }, of: 'this session', spent: { usd: 0, queries: 4, tokens: 60 } })
    expect(budget.state()).toMatchObject({ spent: { queries: 4, tokens: 60 }, remaining: { tokens: 40 } })
  })
})

it('an answer that nobody was asked for costs nothing', async () => {
  const budget = new Budget({ limits: { ...unlimited, queries: 1 }, of: 'this session' })
  const cached = withBudget(() => Promise.resolve(answerOf(100, 100, 1)), { budget, pricing: () => ({ kind: 'unpriced' }) })
  await cached(query(), { signal: never })
  await cached(query(), { signal: never })
  expect(budget.state()).toMatchObject({ spent: { usd: 0, queries: 0, tokens: 0 }, remaining: { queries: 1 } })
})

it('an abort in flight counts the question, and one before it counts nothing', async () => {
  const { dispatch, budget, sent } = stage({ queries: 5 })
  const flying = dispatch(query(), { signal: never })
  sent[0]?.fail('aborted')
  await expect(flying).rejects.toBe('aborted')
  await expect(dispatch(query(), { signal: AbortSignal.abort('before') })).rejects.toBe('before')
  expect(budget.state()).toMatchObject({ spent: { queries: 1 }, reserved: { queries: 0 } })
})

it('the async context of whoever asks is still there after waiting in line', async () => {
  const storage = new AsyncLocalStorage<string>()
  const budget = new Budget({ limits: { ...unlimited, tokens: 150 }, of: 'this session' })
  const dispatch = withBudget(
    async ({ model }, { onSend }) => {
      onSend?.(1)
      await settle()
      return { ...answerOf(10, 1), text: `${model} ${storage.getStore()}` }
    },
    { budget, pricing: () => ({ kind: 'unpriced' }) },
  )
  const names = ['a', 'b', 'c']
  expect(await Promise.all(names.map((name) => storage.run(name, async () => (await dispatch(query({ model: name, maxTokens: 1 }), { signal: never })).text)))).toEqual(['a a', 'b b', 'c c'])
})
