import { afterAll, describe, expect, it } from 'vitest'
import { defineProvider, openReplm, ReplmError } from '../../src/index.ts'

const words = defineProvider({
  name: 'words',
  pricing: 'free',
  query: async ({ prompt }) => ({ text: prompt, usage: { inputTokens: 1, outputTokens: 1 } }),
  async *stream({ prompt }, { signal }) {
    for (const word of prompt.split(' ')) {
      signal.throwIfAborted()
      if (word === 'CUT') throw new ReplmError('PROVIDER', 'The connection was cut', { retryable: true })
      yield `${word} `
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    return { text: prompt, usage: { inputTokens: 1, outputTokens: 1 } }
  },
})
const replm = await openReplm({ providers: [words], model: 'words/x', store: ':memory:' })
afterAll(() => replm[Symbol.asyncDispose]())

describe('llmStream', () => {
  it('gives the reply in pieces as the model writes it', async () => {
    await using session = await replm.openSession()
    expect((await session.run(`const pieces = []; for await (const piece of llmStream('one two three')) pieces.push(piece); pieces.join('|')`)).value).toBe('one |two |three ')
  })

  it('gives what came before a reply was cut, and then the error, and asks no second time', async () => {
    await using session = await replm.openSession()
    const { value } = await session.run(`const pieces = []; let code; try { for await (const piece of llmStream('one CUT')) pieces.push(piece) } catch (error) { code = error.code }; [pieces, code]`)
    expect(value).toEqual([['one '], 'PROVIDER'])
  })

  it('is aborted when the program leaves the loop', async () => {
    await using session = await replm.openSession()
    const { value, pending } = await session.run(`let first; for await (const piece of llmStream('one two three four five')) { first = piece; break } first`)
    expect(value).toBe('one ')
    expect(pending).toBeLessThanOrEqual(1)
  })

  it('gives its pieces in order to steps that do not wait for each other, and the end to those that are too many', async () => {
    await using session = await replm.openSession()
    const { value } = await session.run(`const stream = llmStream('one two three'); (await Promise.all(Array.from({ length: 5 }, () => stream.next()))).map(({ value, done }) => value ?? done)`)
    expect(value).toEqual(['one ', 'two ', 'three ', true, true])
  })

  it('gives the error of a reply that was cut to the step that comes to it, and the end to those after', async () => {
    await using session = await replm.openSession()
    const { value } = await session.run(`const stream = llmStream('one CUT'); (await Promise.allSettled([stream.next(), stream.next(), stream.next()])).map(({ value, reason }) => value?.value ?? reason?.code ?? 'over')`)
    expect(value).toEqual(['one ', 'PROVIDER', 'over'])
  })

  it('rejects at its first step, never at the call', async () => {
    await using session = await replm.openSession()
    expect((await session.run(`const stream = llmStream(5); await stream.next().catch((error) => error.name)`)).value).toBe('TypeError')
  })
})

describe('llmBatchStream', () => {
  it('gives every slot as it comes, with its index', async () => {
    await using session = await replm.openSession()
    const { value } = await session.run(`const seen = []; for await (const { index, ok, text } of llmBatchStream(Array.from({ length: 300 }, (_, i) => 'q' + i))) seen.push([index, ok, text]); seen.sort((a, b) => a[0] - b[0])`)
    expect(value).toEqual(Array.from({ length: 300 }, (_, index) => [index, true, `q${index}`]))
  })

  it('checks replies against a schema, and shows what does not follow as a failed slot', async () => {
    await using session = await replm.openSession()
    const { value } = await session.run(
      `const seen = {}; for await (const slot of llmBatchStream(['{"n":1}', 'nonsense'], { schema: { type: 'object', required: ['n'] } })) seen[slot.index] = slot.ok ? slot.value : slot.error.code; seen`,
    )
    expect(value).toEqual({ 0: { n: 1 }, 1: 'PROVIDER' })
  })

  it('of nothing is over at once', async () => {
    await using session = await replm.openSession()
    expect((await session.run(`let count = 0; for await (const slot of llmBatchStream([])) count++; count`)).value).toBe(0)
  })
})
