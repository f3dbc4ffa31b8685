import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { ChunkedReply } from '../../../src/host/providers/chunkedReply.ts'
import { ChunkQueue } from '../../../src/host/providers/chunkQueue.ts'
import { WholeReply, type HttpReply } from '../../../src/host/providers/wholeReply.ts'

const control = { abort: () => {}, pause: () => {}, resume: () => {} }
const { signal } = new AbortController()

test('chunks come out in order, with their bytes, however they are pushed and shifted', () => {
  const queue = new ChunkQueue()
  let pushed = ''
  let shifted = ''
  for (let index = 0; index < 5_000; index += 1) {
    const chunk = index % 700 === 0 ? 'x'.repeat(300_000) : String(index)
    pushed += chunk
    queue.push(Buffer.from(chunk))
    if (index % 3 === 0) shifted += queue.shift()!.toString()
    expect(queue.bytes).toBe(pushed.length - shifted.length)
  }
  expect(shifted + queue.join().toString()).toBe(pushed)
  for (let chunk = queue.shift(); chunk !== undefined; chunk = queue.shift()) shifted += chunk.toString()
  expect(shifted).toBe(pushed)
  expect(queue.bytes).toBe(0)
})

test('large chunks, and few, are the same ones', () => {
  const queue = new ChunkQueue()
  const large = Array.from({ length: 300 }, () => Buffer.alloc(2_048))
  for (const chunk of large) queue.push(chunk)
  for (const chunk of large) expect(queue.shift()).toBe(chunk)
  queue.push(large[0]!)
  expect(queue.join()).toBe(large[0])
})

test('a body of a million chunks of a byte takes little more than itself until it is whole', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void // what the flag adds
  const count = 1_000_000
  const { promise, resolve, reject } = Promise.withResolvers<HttpReply>()
  const reply = new WholeReply(signal, resolve, reject)
  reply.onResponseStart(control, 200, {})
  collect()
  const before = process.memoryUsage().heapUsed
  for (let index = 0; index < count; index += 1) reply.onResponseData(control, Buffer.from('x'))
  collect()
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(10 * count)
  reply.onResponseEnd()
  expect((await promise).text.length).toBe(count)
})

test('chunks of a byte that wait for their reader come to it together', async () => {
  const { promise, resolve, reject } = Promise.withResolvers<AsyncIterable<Buffer>>()
  const reply = new ChunkedReply(signal, resolve, reject)
  reply.onResponseStart(control, 200, {})
  for (let index = 0; index < 10_000; index += 1) reply.onResponseData(control, Buffer.from(String(index % 10)))
  reply.onResponseEnd()
  const chunks: Buffer[] = []
  for await (const chunk of await promise) chunks.push(chunk)
  expect(chunks.length).toBeLessThan(400)
  expect(Buffer.concat(chunks).toString()).toBe('0123456789'.repeat(1_000))
})
