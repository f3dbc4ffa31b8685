/** Answers that are kept, in a real file. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ReplmError } from '../../../../src/errors.ts'
import { fileBeside, openAnswerStore, type AnswerStore, type AnswerStoreOptions } from '../../../../src/host/dispatch/answerStore.ts'
import { withCache } from '../../../../src/host/dispatch/layers/cache.ts'
import type { Answer, Dispatch, FinishReason, Query } from '../../../../src/types.ts'

const never = new AbortController().signal
const query = (more: Partial<Query> = {}): Query => ({ provider: 'p', model: 'm', prompt: 'x', timeoutMs: 1_000, timeoutIsFinal: false, temperature: 0, ...more })

describe('answers', () => {
  let folder: string
  let file: string
  let asked: string[]
  let finishReason: FinishReason
  const opened: AnswerStore[] = []
  const next: Dispatch = ({ prompt }) => {
    asked.push(prompt)
    if (prompt === 'bad') return Promise.reject(new ReplmError('PROVIDER', 'down'))
    return Promise.resolve({ text: `${prompt} ${asked.length}`, usage: { inputTokens: 1, outputTokens: 2, usd: 3 }, finishReason, queueMs: 4, llmMs: 5, attempts: 6, path: 'async' })
  }
  const open = (options: Partial<AnswerStoreOptions> = {}, endpoint = ''): ((more?: Partial<Query>) => Promise<Answer>) => {
    const store = openAnswerStore({ file, ...options })
    opened.push(store)
    const dispatch = withCache(next, { store, endpointOf: () => endpoint })
    return (more) => dispatch(query(more), { signal: never })
  }
  const close = (): void => opened.splice(0).forEach((store) => store.close())

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'replm-answers-'))
    file = join(folder, 'data', 'replm-answers.db')
    asked = []
    finishReason = 'stop'
  })
  afterEach(() => {
    close()
    rmSync(folder, { recursive: true })
  })

  it('are given again, at no cost, in this process and in the next', async () => {
    const ask = open()
    expect(await ask()).toMatchObject({ text: 'x 1', attempts: 6 })
    const free = { text: 'x 1', finishReason: 'stop', usage: { inputTokens: 0, outputTokens: 0, usd: 0 }, queueMs: 0, llmMs: 0, attempts: 0 }
    expect(await ask()).toEqual(free)
    await setImmediate()
    expect(await ask()).toEqual(free)
    close()
    expect(await open()()).toEqual(free)
    expect(asked).toHaveLength(1)
  })

  it.each<[string, Partial<Query>, number]>([
    ['without a temperature are samples', { temperature: undefined as never }, 2],
    ['at another temperature are samples', { temperature: 0.1 }, 2],
    ['at any temperature are kept when asked', { temperature: 1, cache: true }, 1],
    ['are not kept against a wish', { cache: false }, 2],
  ])('%s', async (_what, more, times) => {
    const ask = open()
    await ask(more)
    await ask(more)
    expect(asked).toHaveLength(times)
  })

  it('of another model, server or bound are others', async () => {
    const ask = open()
    await ask()
    await ask({ model: 'other' })
    await ask({ maxTokens: 5 })
    await ask({ stop: ['a'] })
    await open({}, 'http://127.0.0.1:1')()
    expect(asked).toHaveLength(5)
    // What does not change the answer does not change the key.
    await ask({ timeoutMs: 7, timeoutIsFinal: true, dedupe: false })
    expect(asked).toHaveLength(5)
  })

  it('that are failures or refusals are not kept', async () => {
    const ask = open()
    await expect(ask({ prompt: 'bad' })).rejects.toMatchObject({ code: 'PROVIDER' })
    await expect(ask({ prompt: 'bad' })).rejects.toMatchObject({ code: 'PROVIDER' })
    finishReason = 'refusal'
    await ask()
    await ask()
    expect(asked).toHaveLength(4)
  })

  it('hold for their time', async () => {
    let now = 0
    const ask = open({ ttlMs: 1_000, now: () => now })
    await ask()
    await setImmediate()
    now = 999
    await ask()
    expect(asked).toHaveLength(1)
    now = 1_000
    await ask()
    expect(asked).toHaveLength(2)
  })

  it('give way, the oldest first, when there are too many', async () => {
    let now = 0
    const ask = open({ maxUnits: 1_000, now: () => now })
    const prompts = Array.from({ length: 12 }, (_, index) => `${index} `.padEnd(97, '.'))
    for (const prompt of prompts) {
      now += 1
      await ask({ prompt })
      await setImmediate()
    }
    asked.length = 0
    for (const prompt of prompts.toReversed()) await ask({ prompt })
    expect(asked.length).toBeGreaterThanOrEqual(2)
    expect(asked.length).toBeLessThan(8)
    expect(prompts.slice(0, asked.length).toReversed()).toEqual(asked)
  })

  it('lie in files that only their owner can read, made at the first use', async () => {
    const ask = open()
    expect(readdirSync(folder)).toEqual([])
    await ask()
    await setImmediate()
    for (const name of readdirSync(join(folder, 'data'))) expect(statSync(join(folder, 'data', name)).mode & 0o777, name).toBe(0o600)
  })

  it('are remembered in memory where the file is none of ours, which stays as it is', async () => {
    file = join(folder, 'text')
    writeFileSync(file, 'not a database, but long enough to be taken for one'.repeat(50))
    const ask = open()
    await ask()
    await setImmediate()
    expect(await ask()).toMatchObject({ text: 'x 1', attempts: 0 })
  })

  it('lie beside the store', () => {
    expect([fileBeside(':memory:'), fileBeside(join(folder, 'my.db'))]).toEqual([':memory:', join(folder, 'my-answers.db')])
  })

  it('of a stream are one piece', async () => {
    const store = openAnswerStore({ file: ':memory:' })
    opened.push(store)
    const dispatch = withCache(next, { store, endpointOf: () => '' })
    await dispatch(query(), { signal: never })
    const pieces: string[] = []
    await dispatch(query(), { signal: never, onText: (text) => pieces.push(text) })
    expect(pieces).toEqual(['x 1'])
  })
})
