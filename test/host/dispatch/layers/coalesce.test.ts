/** Equal questions under way at once. */
import { beforeEach, describe, expect, it } from 'vitest'
import { Budget } from '../../../../src/host/dispatch/budget.ts'
import { withBudget } from '../../../../src/host/dispatch/layers/budget.ts'
import { withCoalescing } from '../../../../src/host/dispatch/layers/coalesce.ts'
import type { Answer, Dispatch, DispatchOptions, Query } from '../../../../src/types.ts'

interface Asked {
  readonly query: Query
  readonly options: DispatchOptions
  readonly answer: (text: string) => void
  readonly fail: (thrown: unknown) => void
}

const usage = { inputTokens: 10, outputTokens: 5, usd: 1 }
const never = new AbortController().signal
const query = (more: Partial<Query> = {}): Query => ({ provider: 'p', model: 'm', prompt: 'x', timeoutMs: 1_000, timeoutIsFinal: false, temperature: 0, ...more })

describe('equal questions', () => {
  let asked: Asked[]
  let next: Dispatch
  let dispatch: Dispatch

  beforeEach(() => {
    asked = []
    next = (query, options) =>
      new Promise((resolve, reject) => {
        options.onSend?.(1)
        options.signal.addEventListener('abort', () => reject(options.signal.reason))
        asked.push({ query, options, fail: reject, answer: (text) => resolve({ text, usage, finishReason: 'stop', queueMs: 1, llmMs: 2, attempts: 1 }) })
      })
    dispatch = withCoalescing(next, { endpointOf: () => '' })
  })

  it('are asked once, and the answer costs the first alone', async () => {
    const all = [1, 2, 3].map(() => dispatch(query(), { signal: never }))
    expect(asked).toHaveLength(1)
    asked[0]?.answer('a')
    const answers = await Promise.all(all)
    expect(answers.map(({ text }) => text)).toEqual(['a', 'a', 'a'])
    expect(answers.map((answer) => answer.usage)).toEqual([usage, { inputTokens: 0, outputTokens: 0, usd: 0 }, { inputTokens: 0, outputTokens: 0, usd: 0 }])
    expect(answers.map(({ attempts }) => attempts)).toEqual([1, 0, 0])
  })

  it('are asked again once the answer is there', async () => {
    const first = dispatch(query(), { signal: never })
    asked[0]?.answer('a')
    await first
    void dispatch(query(), { signal: never })
    expect(asked).toHaveLength(2)
  })

  it.each<[string, Partial<Query>, Partial<Query>, number]>([
    ['without a temperature are samples', { temperature: undefined as never }, { temperature: undefined as never }, 2],
    ['at another temperature are samples', { temperature: 0.7 }, { temperature: 0.7 }, 2],
    ['are shared at any temperature when asked', { temperature: 1, dedupe: true }, { temperature: 1, dedupe: true }, 1],
    ['are not shared against a wish', { dedupe: false }, { dedupe: false }, 2],
    ['one of which does not want it', {}, { dedupe: false }, 2],
    ['differ by model', {}, { model: 'other' }, 2],
    ['differ by system', {}, { system: '' }, 2],
    ['differ by schema', { schema: { type: 'object' } }, { schema: { type: 'array' } }, 2],
    ['differ by deadline', {}, { timeoutMs: 5 }, 2],
  ])('%s', (_what, one, other, times) => {
    for (const more of [one, other]) dispatch(query(more), { signal: never }).catch(() => {})
    expect(asked).toHaveLength(times)
  })

  it('fail together', async () => {
    const all = Promise.allSettled([1, 2].map(() => dispatch(query(), { signal: never })))
    const thrown = new Error('down')
    asked[0]?.fail(thrown)
    expect(await all).toEqual([{ status: 'rejected', reason: thrown }, { status: 'rejected', reason: thrown }])
  })

  it('go on for the others when one leaves, and end when all have', async () => {
    const controllers = [1, 2].map(() => new AbortController())
    const all = controllers.map(({ signal }) => dispatch(query(), { signal }))
    controllers[0]?.abort('first')
    await expect(all[0]).rejects.toBe('first')
    expect(asked[0]?.options.signal.aborted).toBe(false)
    const late = dispatch(query(), { signal: never })
    asked[0]?.answer('a')
    expect((await Promise.all([all[1], late])).map((answer) => answer?.text)).toEqual(['a', 'a'])

    const others = controllers.map(() => new AbortController())
    const left = Promise.allSettled(others.map(({ signal }) => dispatch(query({ prompt: 'y' }), { signal })))
    for (const [index, controller] of others.entries()) controller.abort(index)
    expect(await left).toEqual([{ status: 'rejected', reason: 0 }, { status: 'rejected', reason: 1 }])
    expect(asked[1]?.options.signal.aborted).toBe(true)
    // Whoever comes now is not bound to what has ended.
    void dispatch(query({ prompt: 'y' }), { signal: never })
    expect(asked).toHaveLength(3)
  })

  it('are paid for by the next one when the first leaves: a budget misses nothing', async () => {
    const budgets = [1, 2].map(() => new Budget({ limits: { usd: Infinity, queries: Infinity, tokens: Infinity }, of: 'a test' }))
    const asks = budgets.map((budget) => withBudget(dispatch, { budget, pricing: () => ({ kind: 'unpriced' }) }))
    const controller = new AbortController()
    const first = asks[0]?.(query(), { signal: controller.signal }) as Promise<Answer>
    const second = asks[1]?.(query(), { signal: never }) as Promise<Answer>
    await Promise.resolve()
    controller.abort('gone')
    await expect(first).rejects.toBe('gone')
    asked[0]?.answer('a')
    expect((await second).usage).toEqual(usage)
    expect(budgets.map((budget) => budget.state().spent.tokens)).toEqual([0, 15])
    expect(budgets.map((budget) => budget.state().reserved)).toEqual([{ usd: 0, queries: 0, tokens: 0 }, { usd: 0, queries: 0, tokens: 0 }])
  })

  it('in pieces share the pieces, those before as well', async () => {
    const got: string[][] = [[], []]
    const ask = (index: number): Promise<Answer> => dispatch(query(), { signal: never, onText: (text) => got[index]?.push(text) })
    const first = ask(0)
    asked[0]?.options.onText?.('a')
    const second = ask(1)
    asked[0]?.options.onText?.('b')
    asked[0]?.answer('ab')
    await Promise.all([first, second])
    expect(got).toEqual([['a', 'b'], ['a', 'b']])
    expect(asked).toHaveLength(1)
  })
})
