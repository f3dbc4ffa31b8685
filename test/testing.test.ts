import { expect, test } from 'vitest'
import { openReplm } from '../src/index.ts'
import { scripted } from '../src/testing.ts'

const { signal } = new AbortController()
const ask = (provider: ReturnType<typeof scripted>, prompt: string) => provider.query({ model: 'x', prompt }, { signal })

test('the first key that the prompt contains answers', async () => {
  const provider = scripted({ 'capital of France': 'Paris', capital: 'some city' })
  await expect(ask(provider, 'What is the capital of France?')).resolves.toEqual({ text: 'Paris', usage: { inputTokens: 8, outputTokens: 2 } })
  await expect(ask(provider, 'the capital of Peru')).resolves.toMatchObject({ text: 'some city' })
})

test('the empty key answers whatever no key before it did', async () => {
  await expect(ask(scripted({ a: 'A', '': 'rest' }), 'zzz')).resolves.toMatchObject({ text: 'rest' })
})

test('a function makes the answer of the question, and may take its time or fail', async () => {
  const provider = scripted({
    upper: ({ prompt }) => prompt.toUpperCase(),
    later: async ({ model }) => `from ${model}`,
    whole: () => ({ text: 'w', usage: { inputTokens: 1, outputTokens: 2 }, finishReason: 'length' }),
    fails: () => {
      throw new RangeError('no')
    },
  })
  await expect(ask(provider, 'upper')).resolves.toMatchObject({ text: 'UPPER' })
  await expect(ask(provider, 'later')).resolves.toMatchObject({ text: 'from x' })
  await expect(ask(provider, 'whole')).resolves.toMatchObject({ finishReason: 'length' })
  await expect(ask(provider, 'fails')).rejects.toThrow(RangeError)
})

test('an error is what the question fails with', async () => {
  const error = new Error('broken')
  await expect(ask(scripted({ q: error }), 'q')).rejects.toBe(error)
})

test('a prompt that no key fits fails with PROVIDER, is not retried, and shows how it begins', async () => {
  const failure = await ask(scripted({ a: 'A' }), `zzz ${'long '.repeat(1_000)}`).catch((error: unknown) => error)
  expect(failure).toMatchObject({ name: 'ReplmError', code: 'PROVIDER', retryable: false, message: expect.stringContaining('zzz long') })
  expect((failure as Error).message.length).toBeLessThan(300)
})

test('all questions are recorded, the failed ones too', async () => {
  const provider = scripted({ a: 'A' })
  await ask(provider, 'a')
  await ask(provider, 'b').catch(() => {})
  expect(provider.calls.map(({ prompt }) => prompt)).toEqual(['a', 'b'])
})

test('an aborted question rejects with the reason of its signal', async () => {
  const reason = { why: 'enough' }
  await expect(scripted({ a: 'A' }).query({ model: 'x', prompt: 'a' }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
})

test('it is called scripted unless named otherwise', () => {
  expect(scripted({}).name).toBe('scripted')
  expect(scripted({}, { name: 'openai' }).name).toBe('openai')
})

test.each([[null], ['x'], [{ a: 7 }], [{ a: null }]])('%j is a TypeError', (answers) => {
  expect(() => scripted(answers as never)).toThrow(TypeError)
})

test('a replm takes it as it is', async () => {
  const provider = scripted({ 'capital of France': 'Paris' })
  await using replm = await openReplm({ providers: [provider], model: 'scripted/x', store: ':memory:' })
  await expect(replm.query('The capital of France?')).resolves.toMatchObject({ text: 'Paris' })
  expect(provider.calls).toMatchObject([{ model: 'x', prompt: 'The capital of France?' }])
})
