/** What a guest asks, whole way: a batch of any length beside single questions, counted by the provider. */
import { expect, it } from 'vitest'
import { defineProvider, openReplm } from '../../src/index.ts'

it('a huge batch keeps neither a llmQuery of its own session nor one of another waiting', async () => {
  const asked: string[] = []
  const open: (() => void)[] = []
  let answersAtOnce = false
  const watchers = new Set<() => void>()
  const provider = defineProvider({
    name: 'gated',
    pricing: 'free',
    query: ({ prompt }) =>
      new Promise((resolve) => {
        asked.push(prompt)
        const answer = (): void => resolve({ text: prompt, usage: { inputTokens: 1, outputTokens: 1 } })
        if (answersAtOnce) setImmediate(answer)
        else open.push(answer)
        for (const look of watchers) look()
      }),
  })
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return
        watchers.delete(look)
        resolve()
      }
      watchers.add(look)
      look()
    })
  await using replm = await openReplm({ providers: [provider], model: 'gated/x', store: ':memory:', concurrency: 8 })
  await using first = await replm.openSession({ limits: { memoryMb: 512 } })
  await using second = await replm.openSession()

  const huge = first.start(`const all = llmBatchQuery(Array.from({ length: 20_000 }, (_, index) => 'batch ' + index)); const one = await llmQuery('single'); [one, (await all).length]`)
  await until(() => open.length === 8)
  const other = second.start(`await llmQuery('other')`)
  for await (const event of other.events) if (event.type === 'query.sent') break
  // One answer after the other: the other session's turn comes with the next permits.
  const before = asked.length
  for (let answered = 1; !asked.includes('other'); answered++) {
    open.shift()?.()
    await until(() => asked.length === 8 + answered)
  }
  expect(asked.indexOf('other') - before).toBeLessThan(4)

  answersAtOnce = true
  for (const answer of open.splice(0)) answer()
  expect((await other.result).value).toBe('other')
  expect((await huge.result).value).toEqual(['single', 20_000])
  // What was under way when it was asked is answered first, and no more than that.
  expect(asked.indexOf('single')).toBeLessThan(1_000)
})
