import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { constants, createBrotliCompress, createDeflate, createGzip, createZstdCompress, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { openHttp } from '../../../src/host/providers/http.ts'
import { createProvider } from '../../../src/host/providers/registry.ts'
import { unpackChunks } from '../../../src/host/providers/unpackedChunks.ts'
import { everyServer, failureOf } from './everyServer.ts'

const packers = {
  gzip: () => createGzip({ flush: constants.Z_SYNC_FLUSH }),
  deflate: () => createDeflate({ flush: constants.Z_SYNC_FLUSH }),
  br: () => createBrotliCompress({ flush: constants.BROTLI_OPERATION_FLUSH }),
  zstd: () => createZstdCompress({ flush: constants.ZSTD_e_flush }),
}
const event = (content: string): string => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`
const { signal } = new AbortController()

async function openServer(react: (response: ServerResponse) => void) {
  const server = createServer((incoming, response) => incoming.resume().on('end', () => react(response)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const providerAt = (name: string, url: string) => createProvider(name, everyServer.find((one) => one.name === name)!.env(url))

describe('a stream that is packed unasked', () => {
  test.each(
    Object.entries(packers).flatMap(([coding, create]) => ['compatible', 'openai'].map((name) => ({ coding, create, name }))),
  )('with $coding comes to $name piece by piece', async ({ coding, create, name }) => {
    const packer = create()
    await using server = await openServer((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': coding })
      packer.pipe(response)
      packer.write(event('one'))
    })
    const provider = await providerAt(name, server.url)
    const stream = provider.stream!({ model: 'm', prompt: 'p' }, { signal })
    await expect(stream.next()).resolves.toEqual({ done: false, value: 'one' })
    packer.write(event('two'))
    await expect(stream.next()).resolves.toEqual({ done: false, value: 'two' })
    packer.end('data: [DONE]\n\n')
    await expect(stream.next()).resolves.toMatchObject({ done: true, value: { text: 'onetwo' } })
    await provider.close?.()
  })

  test.each(['compatible', 'openai', 'anthropic', 'ollama'])('and that says that the quota is gone is not asked again by %s', async (name) => {
    await using server = await openServer((response) => {
      response.writeHead(429, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      response.end(gzipSync(JSON.stringify({ error: { message: 'no more', code: 'insufficient_quota' } })))
    })
    const provider = await providerAt(name, server.url)
    const error = await failureOf(provider.stream!({ model: 'm', prompt: 'p' }, { signal }).next())
    expect(error).toMatchObject({ code: 'RATE_LIMITED', retryable: false, message: expect.stringContaining('no more') })
    await provider.close?.()
  })

  test.each([
    ['gzip', Buffer.from('data: x\n\n'), 'incorrect header check'],
    ['gzip', gzipSync(event('x')).subarray(0, -9), 'unexpected end of file'],
    ['secret', Buffer.from('x'), 'packed in a way that is not known'],
  ])('with %s wrongly is a failure that says so', async (coding, body, said) => {
    await using server = await openServer((response) => void response.writeHead(200, { 'content-encoding': coding, 'content-type': 'text/event-stream' }).end(body))
    for (const name of ['compatible', 'openai']) {
      const provider = await providerAt(name, server.url)
      const stream = provider.stream!({ model: 'm', prompt: 'p' }, { signal })
      const reading = (async () => {
        for await (const _ of stream) continue
      })()
      expect(await failureOf(reading)).toMatchObject({ code: 'PROVIDER', retryable: true, message: expect.stringContaining(said) })
      await provider.close?.()
    }
  })

  test('into more than its bound ends there, and its connection with it', async () => {
    const closed = Promise.withResolvers<void>()
    await using server = await openServer((response) => {
      response.once('close', closed.resolve)
      response.writeHead(200, { 'x-packed': 'gzip' }).write(gzipSync(Buffer.alloc(16 * 1024 * 1024)))
    })
    const http = await openHttp(server.url)
    const packed = await http.stream({ method: 'GET', path: '/', headers: {} }, { signal })
    const chunks = unpackChunks(packed, 'gzip', 1024 * 1024)
    let bytes = 0
    const reading = (async () => {
      for await (const chunk of chunks) bytes += chunk.length
    })()
    await expect(reading).rejects.toMatchObject({ code: 'REPLY_TOO_LARGE', message: 'more than 1 MiB' })
    expect(bytes).toBeLessThanOrEqual(1024 * 1024)
    await closed.promise
    await http.close()
  })

  test('rejects with the reason of its signal', async () => {
    await using server = await openServer((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' }).flushHeaders()
    })
    const http = await openHttp(server.url)
    const left = new AbortController()
    const chunks = await http.stream({ method: 'GET', path: '/', headers: {} }, { signal: left.signal })
    const next = chunks.next()
    left.abort('left')
    await expect(next).rejects.toBe('left')
    await http.close()
  })
})
