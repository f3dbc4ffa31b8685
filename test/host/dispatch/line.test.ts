/** Who comes next. */
import { expect, it } from 'vitest'
import { Line } from '../../../src/host/dispatch/line.ts'

const drain = (line: Line<string>): string[] => {
  const taken: string[] = []
  for (let next = line.take(); next !== undefined; next = line.take()) taken.push(next)
  return taken
}

it('owners take turns, each in its own order', () => {
  const line = new Line<string>()
  const [a, b, c] = [{}, {}, {}]
  for (const thing of ['a1', 'a2', 'a3', 'a4']) line.push(thing, { owner: a, call: a })
  for (const thing of ['b1', 'b2']) line.push(thing, { owner: b, call: b })
  line.push('c1', { owner: c, call: c })
  expect(drain(line)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4'])
  expect([line.size, line.take()]).toEqual([0, undefined])
})

it('a single question is not behind a batch of its own session, and batches keep their order', () => {
  const line = new Line<string>()
  const owner = {}
  const [first, second] = [{}, {}]
  for (let index = 0; index < 3; index += 1) line.push(`first ${index}`, { owner, call: first })
  for (let index = 0; index < 2; index += 1) line.push(`second ${index}`, { owner, call: second })
  line.push('single', { owner, call: {} })
  line.push('another', { owner, call: {} })
  expect(drain(line)).toEqual(['single', 'first 0', 'another', 'first 1', 'first 2', 'second 0', 'second 1'])
})

it('what is taken out does not come, and leaves nothing behind', () => {
  const line = new Line<string>()
  const place = { owner: {}, call: {} }
  line.push('a', place)
  line.push('b', place)
  expect([line.delete('a', place), line.delete('a', place), line.delete('x', { owner: {}, call: {} })]).toEqual([true, false, false])
  expect(drain(line)).toEqual(['b'])
})

it('a hundred thousand are served in bounded time', () => {
  const line = new Line<number>()
  const place = { owner: {}, call: {} }
  for (let index = 0; index < 100_000; index += 1) line.push(index, place)
  let sum = 0
  for (let next = line.take(); next !== undefined; next = line.take()) sum += next
  expect(sum).toBe((100_000 * 99_999) / 2)
})
