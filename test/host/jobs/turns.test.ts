/** Whose turn it is in a session. */
import { expect, test } from 'vitest'
import { Turns } from '../../../src/host/jobs/turns.ts'

const signal = new AbortController().signal

test('in each session it is one job’s turn at a time, in the order in which they came', async () => {
  const turns = new Turns()
  const order: string[] = []
  const take = (session: string, job: string) => turns.take(session, job, { signal }).then(() => void order.push(session + job))
  await take('s', '1')
  const [two, three] = [take('s', '2'), take('s', '3')]
  await take('t', '1')
  expect(order).toEqual(['s1', 't1'])
  turns.done('s', '1')
  await two
  turns.done('s', '2')
  await three
  expect(order).toEqual(['s1', 't1', 's2', 's3'])
})

test('a job that comes again while it is its turn goes on at once', async () => {
  const turns = new Turns()
  await turns.take('s', '1', { signal })
  await turns.take('s', '1', { signal })
  turns.done('s', '1')
  await turns.take('s', '2', { signal })
})

test('one that gives up leaves its place to the others', async () => {
  const turns = new Turns()
  await turns.take('s', '1', { signal })
  const stop = new AbortController()
  const gone = turns.take('s', '2', { signal: stop.signal })
  const three = turns.take('s', '3', { signal })
  stop.abort(new Error('canceled'))
  await expect(gone).rejects.toThrow('canceled')
  turns.done('s', '1')
  await three
})

test('a job that was here before goes first, whether it has come already or not', async () => {
  const turns = new Turns()
  const order: string[] = []
  await turns.take('s', '2', { signal })
  turns.letFirst('s', '1')
  const again = turns.take('s', '2', { signal }).then(() => order.push('2'))
  await turns.take('s', '1', { signal })
  order.push('1')
  turns.done('s', '1')
  await again
  expect(order).toEqual(['1', '2'])
})
