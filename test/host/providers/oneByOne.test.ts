/** Lists of a generator, read one by one: in order, whoever asks how often, with its end and its failure in their place. */
import { expect, it } from 'vitest'
import { oneByOne } from '../../../src/host/providers/oneByOne.ts'

async function* lists(end: () => string, log: string[] = []): AsyncGenerator<readonly number[], string, undefined> {
  try {
    yield [1, 2]
    yield []
    yield [3]
    return end()
  } finally {
    log.push('over')
  }
}

it('gives all that is in the lists, then what the generator returns, also to those who do not wait for their turn', async () => {
  const pieces = oneByOne(lists(() => 'end'))
  const asked = await Promise.all(Array.from({ length: 5 }, () => pieces.next()))
  expect(asked).toEqual([1, 2, 3].map((value) => ({ done: false, value }) as unknown).concat([{ done: true, value: 'end' }, { done: true, value: undefined }]))
})

it('fails after what came before', async () => {
  const seen: number[] = []
  const fail = (): never => {
    throw new Error('broken')
  }
  const reading = (async () => {
    for await (const piece of oneByOne(lists(fail))) seen.push(piece)
  })()
  await expect(reading).rejects.toThrow('broken')
  expect(seen).toEqual([1, 2, 3])
})

it('ends the generator when its reader leaves, and gives nothing that was there already', async () => {
  const log: string[] = []
  const pieces = oneByOne(lists(() => 'end', log))
  await pieces.next()
  await pieces.return('left')
  expect(log).toEqual(['over'])
  expect(await pieces.next()).toEqual({ done: true, value: undefined })
})
