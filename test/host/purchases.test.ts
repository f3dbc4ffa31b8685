import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { defineProvider, openReplm, type Replm, ReplmError } from '../../src/index.ts'
import { temporaryStore, type TemporaryStore } from './journal/temporaryStore.ts'

const asked: string[] = []

/** Gives another answer each time. */
const counted = defineProvider({
  name: 'counted',
  pricing: 'free',
  query: ({ prompt, model, temperature }) => {
    const number = asked.push([prompt, model, ...(temperature === undefined ? [] : [temperature])].join(' '))
    if (prompt.startsWith('fail')) throw new ReplmError('PROVIDER', `failure ${number}`)
    return { text: `${prompt} #${number}`, usage: { inputTokens: 2, outputTokens: 3 } }
  },
})

let store: TemporaryStore
let replm: Replm
let scripts = 0
beforeAll(async () => {
  store = temporaryStore()
  replm = await openReplm({ providers: [counted], model: 'counted/a', models: ['counted/*'], store: store.file })
})
afterAll(async () => {
  await replm[Symbol.asyncDispose]()
  store[Symbol.dispose]()
})
beforeEach(() => {
  asked.length = 0
  scripts += 1
})

/** Runs the script in its session, which is opened for it and closed afterwards. */
async function rerun(script: string, options: { readonly fresh?: boolean; readonly budget?: { readonly queries: number } } = {}) {
  await using session = await replm.openSession({ name: `script ${scripts}`, ...options })
  return await session.run(script, { name: 'main' })
}

async function failure(promise: Promise<unknown>): Promise<ReplmError> {
  return (await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )) as ReplmError
}

describe('a script that runs again in its session', () => {
  it('buys nothing, and gives the same', async () => {
    const script = `const all = await llmBatchQuery(['a', 'b', 'c']); [...all, await llmQuery('after ' + all[1])]`
    const first = await rerun(script)
    expect(first.usage).toMatchObject({ queries: 4, bought: 4, replayed: 0, inputTokens: 8, outputTokens: 12, usd: 0, unknownUsd: 0 })
    const second = await rerun(script)
    expect(second.value).toEqual(first.value)
    expect(second.usage).toMatchObject({ queries: 4, bought: 0, replayed: 4, inputTokens: 0, outputTokens: 0, usd: 0, unknownUsd: 0 })
    expect(asked).toHaveLength(4)
  })

  it('and was edited buys only what is new, wherever it stands', async () => {
    const { value } = await rerun(`[await llmQuery('a'), await llmQuery('b')]`)
    const [a, b] = value as string[]
    const edited = await rerun(`const fresh = await llmQuery('new'); [await llmQuery('b'), fresh, ...(await llmBatchQuery(['a', 'newer']))]`)
    expect(edited.value).toEqual([b, 'new #3', a, 'newer #4'])
    expect(edited.usage).toMatchObject({ queries: 4, bought: 2, replayed: 2 })
  })

  it('gives the n-th use of equal questions the n-th answer: ten are ten samples, and the same ten again', async () => {
    const script = `const ten = await llmBatchQuery(Array(9).fill('same')); [...ten, await llmQuery('same')]`
    const first = await rerun(script)
    expect(new Set(first.value as string[]).size).toBe(10)
    expect((await rerun(script)).value).toEqual(first.value)
    const twelve = await rerun(`await llmBatchQuery(Array(12).fill('same'))`)
    expect(twelve.value).toEqual([...(first.value as string[]), 'same #11', 'same #12'])
    expect((await rerun(`[await llmQuery('same'), await llmQuery('same')]`)).value).toEqual((first.value as string[]).slice(0, 2))
    expect(asked).toHaveLength(12)
  })

  it('asks another model, or the same at another temperature, anew', async () => {
    await rerun(`[await llmQuery('q'), await llmQuery('q', { temperature: 1 })]`)
    const { value } = await rerun(`[await llmQuery('q', { model: 'counted/b' }), await llmQuery('q', { temperature: 1 }), await llmQuery('q', { temperature: 0.5 }), await llmQuery('q', { model: 'counted/a' })]`)
    expect(value).toEqual(['q #3', 'q #2', 'q #4', 'q #1'])
    expect(asked).toEqual(['q a', 'q a 1', 'q b', 'q a 0.5'])
  })

  it('takes an answer for equal questions, whatever time limit and settling it is asked with', async () => {
    await rerun(`[await llmQuery('q'), (await llmBatchQuery(['p'], { settle: true }))[0].text]`)
    const { usage } = await rerun(`await llmBatchQuery(['q', 'p'], { timeoutMs: 5000, concurrency: 1, settle: true })`)
    expect(usage).toMatchObject({ bought: 0, replayed: 2 })
  })

  it('with `fresh` buys everything again, and from then on that is what it has', async () => {
    const script = `await llmBatchQuery(['a', 'b'])`
    const first = await rerun(script)
    const second = await rerun(script, { fresh: true })
    expect(second.usage).toMatchObject({ bought: 2, replayed: 0 })
    expect(second.value).not.toEqual(first.value)
    expect((await rerun(script)).value).toEqual(second.value)
  })

  it('asks again what had failed, and only that', async () => {
    const script = `(await llmBatchQuery(['a', 'fail b', 'c'], { settle: true })).map((slot) => slot.ok ? slot.text : slot.error.message)`
    expect((await rerun(script)).value).toEqual(['a #1', 'failure 2', 'c #3'])
    const again = await rerun(script)
    expect(again.value).toEqual(['a #1', 'failure 4', 'c #3'])
    expect(again.usage).toMatchObject({ queries: 3, bought: 0, replayed: 2 })
  })

  it('went over its budget, goes on with a higher one and buys only the rest', async () => {
    const script = `const texts = []; for (let i = 0; i < 6; i++) texts.push(await llmQuery('q' + i)); texts`
    expect(await failure(rerun(script, { budget: { queries: 4 } }))).toMatchObject({ code: 'BUDGET', usage: { bought: 4, replayed: 0 } })
    // What is bought counts over all its runs.
    expect(await failure(rerun(script, { budget: { queries: 4 } }))).toMatchObject({ code: 'BUDGET', usage: { bought: 0, replayed: 4 } })
    const { value, usage } = await rerun(script, { budget: { queries: 6 } })
    expect(value).toEqual(['q0 #1', 'q1 #2', 'q2 #3', 'q3 #4', 'q4 #5', 'q5 #6'])
    expect(usage).toMatchObject({ queries: 6, bought: 2, replayed: 4 })
    expect(asked).toHaveLength(6)
  })

  it('does so in the same session, too, and beside questions of other cells', async () => {
    await using session = await replm.openSession()
    const first = await session.run(`[await llmQuery('a'), await llmQuery('b')]`, { name: 'main' })
    expect((await session.run(`[await llmQuery('a')]`, { name: 'other' })).value).toEqual(['a #3'])
    const again = await session.run(`[await llmQuery('a'), await llmQuery('b'), await llmQuery('a')]`, { name: 'main' })
    expect(again.value).toEqual([...(first.value as string[]), 'a #4'])
    expect(again.usage).toMatchObject({ queries: 3, bought: 1, replayed: 2 })
    expect(session.usage).toMatchObject({ queries: 6, bought: 4, replayed: 2 })
  })

  it('takes answers that were streamed whole, and streams those that were not', async () => {
    await rerun(`let text = ''; for await (const piece of llmStream('s')) text += piece; [text, await llmQuery('w')]`)
    const { value, usage } = await rerun(`let text = ''; for await (const piece of llmStream('w')) text += piece; [await llmQuery('s'), text]`)
    expect(value).toEqual(['s #1', 'w #2'])
    expect(usage).toMatchObject({ bought: 0, replayed: 2 })
  })
})

it('a session that is looked at without being opened says what was bought in it', async () => {
  await rerun(`await llmBatchQuery(['a', 'b', 'c'])`)
  const all = await replm.sessions.list()
  expect(all.find(({ name }) => name === `script ${scripts}`)).toMatchObject({ answers: 3, queries: 3, unknownUsd: 0, owner: null })
})
