import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { openHttp } from '../../../src/host/providers/http.ts'
import { openOpenAiServer } from '../../servers/openai.ts'
import { ask, everyServer, failureOf, serve } from './everyServer.ts'

const request = { method: 'POST', path: '/v1/chat/completions', headers: { 'content-type': 'application/json' }, body: '{"model":"m","messages":[]}' } as const

test('an abort while the request waits for its connection rejects at once, and nothing is sent', async () => {
  await using server = await openOpenAiServer()
  const http = await openHttp(server.url)
  const controller = new AbortController()
  const asked = http.request(request, { signal: controller.signal })
  controller.abort('left')
  await expect(asked).rejects.toBe('left')
  await http.request({ ...request, method: 'GET', path: '/v1/models' }, { signal: new AbortController().signal })
  expect(server.requests).toHaveLength(0)
  await http.close()
})

test('one signal for thousands of requests keeps no listener of those that ended', async () => {
  await using server = await openOpenAiServer()
  const http = await openHttp(server.url)
  const { signal } = new AbortController()
  let listeners = 0
  const counted: AbortSignal = new Proxy(signal, {
    get(target, name) {
      if (name === 'addEventListener') listeners += 1
      if (name === 'removeEventListener') listeners -= 1
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  for (let index = 0; index < 50; index += 1) await http.request(request, { signal: counted })
  expect(listeners).toBe(0)
  await http.close()
})

test('few at once go over few connections, also after a burst of many', async () => {
  const used = new Set<unknown>()
  const server = createServer(({ socket }, response) => {
    used.add(socket)
    response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const http = await openHttp(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const ask = (): Promise<unknown> => http.request({ method: 'GET', path: '/', headers: {} }, { signal: new AbortController().signal })
  await Promise.all(Array.from({ length: 200 }, ask))
  expect(used.size).toBe(200)
  await new Promise((resolve) => setTimeout(resolve, 20))
  used.clear()
  const askOn = async (): Promise<void> => {
    for (let count = 0; count < 50; count++) await ask()
  }
  await Promise.all(Array.from({ length: 8 }, askOn))
  expect(used.size).toBeLessThan(16)
  await http.close()
  await new Promise((resolve) => server.close(resolve))
})

describe('a reply without end', () => {
  test.each(everyServer.map(({ name }) => name))('is not read past its bound by %s, and its connection is closed', async (name) => {
    const served = everyServer.find((one) => one.name === name)!
    const piece = Buffer.alloc(1024 * 1024, 'a')
    let closed = (): void => {}
    const left = new Promise<void>((resolve) => (closed = resolve))
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const write = (): void => {
        while (!response.destroyed && response.write(piece)) continue
      }
      response.on('drain', write)
      response.once('close', closed)
      write()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { createProvider } = await import('../../../src/host/providers/registry.ts')
    const provider = await createProvider(name, served.env(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
    const error = await failureOf(ask(provider))
    expect(error).toMatchObject({ name: 'ReplmError', code: 'PROVIDER', retryable: false })
    expect(error.message).toContain('64 MiB')
    await left
    await provider.close!()
    await new Promise((resolve) => server.close(resolve))
  })
})

test('an answer of several megabytes comes whole', async () => {
  const long = 'ünïcödé 👋 '.repeat(300_000)
  await using open = await serve(
    everyServer.find(({ name }) => name === 'compatible')!,
    () => long,
  )
  expect((await ask(open.provider)).text === long).toBe(true)
})
