/** What a session says that it spent, against what was bought, whole way. */
import { afterEach, describe, expect, it } from 'vitest'
import { defineProvider, openReplm, type Replm, type SessionEvent } from '../../src/index.ts'
import { ReplmError } from '../../src/errors.ts'
import { Spending } from '../../src/host/spending.ts'

/** Costs 10 + 5 tokens and two cents a question. */
const paid = defineProvider({
  name: 'paid',
  query: ({ prompt }) => {
    if (prompt === 'refused') throw new ReplmError('REFUSED', 'No.')
    return Promise.resolve({ text: prompt.toUpperCase(), usage: { inputTokens: 10, outputTokens: 5, usd: 0.02 } })
  },
})

describe('an account', () => {
  it('counts each question, and as bought only what an attempt was made for', () => {
    const spending = new Spending()
    for (let count = 0; count < 3; count++) spending.asked()
    spending.answered({ usage: { inputTokens: 10, outputTokens: 5, usd: 1 }, attempts: 2 })
    const mark = spending.mark()
    spending.answered({ usage: { inputTokens: 0, outputTokens: 0, usd: 0 }, attempts: 0 })
    expect(spending.since()).toEqual({ queries: 3, bought: 1, replayed: 0, inputTokens: 10, outputTokens: 5, usd: 1, unknownUsd: 0 })
    expect(spending.since(mark)).toMatchObject({ queries: 0, bought: 0, inputTokens: 0, usd: 0 })
  })
})

describe('a session', () => {
  let replm: Replm
  afterEach(() => replm[Symbol.asyncDispose]())

  async function run(cell: string): Promise<{ readonly value: unknown; readonly usage: unknown; readonly events: readonly SessionEvent[] }> {
    await using session = await replm.openSession()
    const { result, events } = session.start(cell)
    const seen: SessionEvent[] = []
    const watching = (async () => {
      for await (const event of events) seen.push(event)
    })()
    const { value, usage } = await result
    await watching
    return { value, usage, events: seen }
  }

  it('asks three equal questions, buys one, and says so in its usage, its budget and its events', async () => {
    replm = await openReplm({ providers: [paid], model: 'paid/x', store: ':memory:' })
    const { value, usage, events } = await run(`await llmBatchQuery(['a', 'a', 'a'], { temperature: 0 }); await llmQuery('a', { temperature: 0 }); (await budget()).spent`)
    expect(usage).toEqual({ queries: 4, bought: 1, replayed: 0, inputTokens: 10, outputTokens: 5, usd: 0.02, unknownUsd: 0 })
    expect(value).toEqual({ queries: 1, tokens: 15, usd: 0.02 })
    expect(replm.budget().spent).toEqual({ queries: 1, tokens: 15, usd: 0.02 })
    const answered = events.filter((event) => event.type === 'query.answered')
    // What was shared, or kept, came on no path.
    expect(answered.map(({ attempts, path }) => [attempts, path]).toSorted()).toEqual([[0, undefined], [0, undefined], [0, undefined], [1, 'async']])
  })

  it('counts attempts that were cut off with all that was reserved for them, as unknown cost, until its budget is used up', async () => {
    let asked = 0
    const silent = defineProvider({
      name: 'silent',
      query: (_, { signal }) => {
        asked += 1
        return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
      },
    })
    replm = await openReplm({ providers: [silent], model: 'silent/x', store: ':memory:', budget: { tokens: 1_000 } })
    const { value } = await run(
      `const codes = []
       for (let index = 0; index < 20; index++) {
         try {
           await llmQuery('x'.repeat(400), { maxTokens: 100, timeoutMs: 5 })
         } catch (error) {
           codes.push(error.code)
         }
       }
       ;[codes.filter((code) => code === 'TIMEOUT').length, codes.filter((code) => code === 'BUDGET').length, (await budget()).spent]`,
    )
    expect(asked).toBe(5)
    expect(value).toEqual([5, 15, { queries: 5, tokens: 1_000, usd: null }])
  })

  it('asks anew what its schema was not met by, though a wrong reply was kept', async () => {
    const replies = ['{"n": "one"}', '{"n": "two"}', '{"n": 3}']
    let asked = 0
    const unsure = defineProvider({ name: 'unsure', query: () => Promise.resolve({ text: replies[asked++] ?? '', usage: { inputTokens: 1, outputTokens: 1 } }) })
    replm = await openReplm({ providers: [unsure], model: 'unsure/x', store: ':memory:' })
    const { value } = await run(
      `const options = { temperature: 0, schema: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] } }
       const first = await llmQuery('q', options).catch((error) => error.code)
       ;[first, await llmQuery('q', options)]`,
    )
    expect(value).toEqual(['PROVIDER', { n: 3 }])
  })

  it('counts a question that failed as asked, and not as bought', async () => {
    replm = await openReplm({ providers: [paid], model: 'paid/x', store: ':memory:' })
    const { usage } = await run(`await llmBatchQuery(['a', 'refused', 'b'], { settle: true }); 'done'`)
    expect(usage).toMatchObject({ queries: 3, bought: 2, inputTokens: 20, outputTokens: 10, usd: 0.04 })
  })

  it.each(['async', 'pool'] as const)('says of each answer that it came on the %s path', async (dispatch) => {
    replm = await openReplm({ dispatch, model: 'sim/echo', store: ':memory:' })
    const { events } = await run(`await llmBatchQuery(['a', 'b']); 'done'`)
    expect(events.flatMap((event) => (event.type === 'query.answered' ? [event.path] : []))).toEqual([dispatch, dispatch])
  })
})
