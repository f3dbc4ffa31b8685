import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { createProvider } from '../../../src/host/providers/registry.ts'
import type { Provider } from '../../../src/types.ts'
import { ask, failureOf } from './everyServer.ts'

const reply = JSON.stringify({ choices: [{ message: { content: 'Grüße 👋' }, finish_reason: 'stop' }], usage: { prompt_tokens: 7, completion_tokens: 5 } })

/** A server that packs what it says, although it was asked not to. */
async function openPacking(coding: string, body: Buffer): Promise<{ readonly provider: Provider } & AsyncDisposable> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': coding }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const provider = await createProvider('compatible', { REPLM_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` })
  return {
    provider,
    async [Symbol.asyncDispose]() {
      await provider.close?.()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('a reply that is packed unasked', () => {
  test.each([
    ['gzip', gzipSync(reply)],
    ['GZIP', gzipSync(reply)],
    ['x-gzip', gzipSync(reply)],
    ['deflate', deflateSync(reply)],
    ['br', brotliCompressSync(reply)],
    ['zstd', zstdCompressSync(reply)],
    ['identity', Buffer.from(reply)],
  ])('with %s is read', async (coding, body) => {
    await using open = await openPacking(coding, body)
    expect(await ask(open.provider)).toEqual({ text: 'Grüße 👋', usage: { inputTokens: 7, outputTokens: 5 }, finishReason: 'stop' })
  })

  test.each([
    ['gzip', Buffer.from(reply), 'incorrect header check'],
    ['gzip', gzipSync(reply).subarray(0, 40), 'unexpected end of file'],
    ['secret', Buffer.from(reply), 'packed in a way that is not known'],
  ])('with %s wrongly is a failure that says so', async (coding, body, said) => {
    await using open = await openPacking(coding, body)
    expect(await failureOf(ask(open.provider))).toMatchObject({ code: 'PROVIDER', retryable: true, message: expect.stringContaining(said) })
  })

  test('into more than any reply may be is not unpacked further', async () => {
    await using open = await openPacking('gzip', gzipSync(Buffer.alloc(65 * 1024 * 1024, ' ')))
    expect(await failureOf(ask(open.provider))).toMatchObject({ code: 'PROVIDER', retryable: false, message: expect.stringContaining('64 MiB') })
  })
})
