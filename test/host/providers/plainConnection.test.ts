import { createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, test, vi } from 'vitest'
import { openHttp } from '../../../src/host/providers/http.ts'

const headers = { 'content-type': 'application/json' }
const { signal } = new AbortController()
const request = { method: 'POST', path: '/x', headers, body: '{"ü":1}' } as const
const answer = (body: string, more = ''): string => `HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`

/** A server that does with each request, by its number, what it is told, and every byte that it got. */
async function open(react: (socket: Socket, index: number) => void, host = '127.0.0.1') {
  const got: string[] = []
  const sockets = new Set<Socket>()
  const closings = new Set<() => void>()
  let accepted = 0
  const server = createServer((socket) => {
    accepted += 1
    sockets.add(socket)
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes.toString()
      const end = text.indexOf('\r\n\r\n')
      const length = Number(/content-length: (\d+)/.exec(text)?.[1] ?? 0)
      if (end === -1 || Buffer.byteLength(text.slice(end + 4)) < length) return
      react(socket, got.push(text) - 1)
      text = ''
    })
    socket.on('error', () => undefined) // the client may leave
    socket.on('close', () => {
      sockets.delete(socket)
      for (const closed of closings) closed()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const { port } = server.address() as AddressInfo
  const http = await openHttp(host === '::1' ? `http://[::1]:${port}` : `http://127.0.0.1:${port}`)
  return {
    http,
    port,
    got,
    get accepted() {
      return accepted
    },
    empty: () => (sockets.size === 0 ? Promise.resolve() : new Promise<void>((resolve) => closings.add(() => sockets.size === 0 && resolve()))),
    async [Symbol.asyncDispose]() {
      await http.close()
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

test('a request is what RFC 9112 wants it to be', async () => {
  await using server = await open((socket) => socket.write(answer('ok')))
  await expect(server.http.request(request, { signal })).resolves.toMatchObject({ status: 200, text: 'ok' })
  await server.http.request({ method: 'GET', path: '/y?z', headers: {} }, { signal })
  expect(server.got).toEqual([
    `POST /x HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\nconnection: keep-alive\r\ncontent-type: application/json\r\ncontent-length: 8\r\n\r\n{"ü":1}`,
    `GET /y?z HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\nconnection: keep-alive\r\n\r\n`,
  ])
})

test.each([
  [{ a: 'b\r\nc: d' }, '/x'],
  [{ a: 'b\0' }, '/x'],
  [{ a: 'ü世' }, '/x'],
  [{ 'a b': 'c' }, '/x'],
  [{ 'a:': 'c' }, '/x'],
  [{}, '/x y'],
  [{}, '/x\r\nhost: z'],
  [{}, 'x'],
])('headers %j and the path %j are not sent', async (headers: Record<string, string>, path) => {
  await using server = await open((socket) => socket.write(answer('ok')))
  await expect(server.http.request({ method: 'POST', path, headers }, { signal })).rejects.toThrow(/characters that no/)
  expect(server.got).toEqual([])
})

test('a connection carries one request after another', async () => {
  await using server = await open((socket, index) => socket.write(answer(String(index))))
  for (let index = 0; index < 20; index += 1) expect((await server.http.request(request, { signal })).text).toBe(String(index))
  expect(server.accepted).toBe(1)
})

test('one that the server closes without a word after its reply is not used again', async () => {
  await using server = await open((socket, index) => socket.end(answer(String(index))))
  for (let index = 0; index < 20; index += 1) expect((await server.http.request(request, { signal })).text).toBe(String(index))
  expect(server.accepted).toBe(20)
})

test('one that says more than it was asked is ended, and the next request has its own reply', async () => {
  await using server = await open((socket, index) => socket.write(answer(`right ${index}`) + answer('wrong')))
  for (let index = 0; index < 5; index += 1) expect((await server.http.request(request, { signal })).text).toBe(`right ${index}`)
  expect(server.accepted).toBe(5)
})

test('one that speaks while it is idle is ended', async () => {
  await using server = await open((socket, index) => {
    socket.write(answer(`right ${index}`))
    setImmediate(() => setImmediate(() => socket.write(answer('wrong'))))
  })
  expect((await server.http.request(request, { signal })).text).toBe('right 0')
  await server.empty()
  expect((await server.http.request(request, { signal })).text).toBe('right 1')
})

test('one that its server keeps for too short a time is not kept', async () => {
  await using server = await open((socket, index) => socket.write(answer(String(index), 'keep-alive: timeout=1\r\n')))
  for (let index = 0; index < 3; index += 1) await server.http.request(request, { signal })
  expect(server.accepted).toBe(3)
})

test('a server that answers before it has read the whole request gets the next one on another connection', async () => {
  const early = createServer((socket) => {
    socket.on('error', () => undefined) // the client leaves
    socket.once('data', () => {
      socket.pause()
      socket.write(answer('too long'))
    })
  })
  await new Promise<void>((resolve) => early.listen(0, '127.0.0.1', resolve))
  const http = await openHttp(`http://127.0.0.1:${(early.address() as AddressInfo).port}`)
  for (let index = 0; index < 2; index += 1) {
    await expect(http.request({ ...request, body: 'x'.repeat(30_000_000) }, { signal })).resolves.toMatchObject({ text: 'too long' })
  }
  await http.close()
  early.close()
})

test.each([
  ['closes before a word', (socket: Socket) => void socket.end()],
  ['resets', (socket: Socket) => void socket.resetAndDestroy()],
  ['closes in the head', (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-le')],
  ['closes in the body', (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhal')],
  ['closes in a chunk', (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nhal')],
  ['does not speak HTTP', (socket: Socket) => void socket.write('220 smtp ready')],
])('a server that %s rejects the request, and the next one is answered', async (_, react) => {
  await using server = await open((socket, index) => (index === 0 ? react(socket) : void socket.write(answer('ok'))))
  await expect(server.http.request(request, { signal })).rejects.toThrow()
  await expect(server.http.request(request, { signal })).resolves.toMatchObject({ text: 'ok' })
})

/** Answers the first request on each connection, and does with the second what it is told. */
function onceEach(react: (socket: Socket) => void): (socket: Socket, index: number) => void {
  const seen = new WeakSet<Socket>()
  return (socket, index) => {
    if (seen.has(socket)) return react(socket)
    seen.add(socket)
    socket.write(answer(String(index)))
  }
}

test('a request on a connection that its server closes when it was idle is answered over a new one', async () => {
  await using server = await open(onceEach((socket) => void socket.end()))
  await expect(server.http.request(request, { signal })).resolves.toMatchObject({ text: '0' })
  await expect(server.http.request(request, { signal })).resolves.toMatchObject({ text: '2' })
  const chunks = await server.http.stream(request, { signal })
  expect((await chunks.next()).value?.toString()).toBe('4')
  expect(server.got).toHaveLength(5)
  expect(new Set(server.got).size).toBe(1)
  expect(server.accepted).toBe(3)
})

test('one on a connection that its server resets is not sent again: it may have been begun', async () => {
  await using server = await open(onceEach((socket) => void socket.resetAndDestroy()))
  await server.http.request(request, { signal })
  await expect(server.http.request(request, { signal })).rejects.toThrow()
  expect(server.got).toHaveLength(2)
})

test('nor is one that was under way for more than a second', async () => {
  const now = vi.spyOn(performance, 'now')
  await using server = await open(
    onceEach((socket) => {
      now.mockReturnValue(performance.now() + 1_001)
      socket.end()
    }),
  )
  await server.http.request(request, { signal })
  await expect(server.http.request(request, { signal })).rejects.toThrow()
  expect(server.got).toHaveLength(2)
  now.mockRestore()
})

test('a request is sent again once only', async () => {
  await using server = await open((socket, index) => void (index === 0 ? socket.write(answer('ok')) : socket.end()))
  await server.http.request(request, { signal })
  await expect(server.http.request(request, { signal })).rejects.toThrow()
  expect(server.got).toHaveLength(3)
})

test('a request is not sent again when a byte of its reply has come', async () => {
  await using server = await open(onceEach((socket) => void socket.end('H')))
  await server.http.request(request, { signal })
  await expect(server.http.request(request, { signal })).rejects.toThrow()
  expect(server.got).toHaveLength(2)
})

test('nor when it was left', async () => {
  const left = new AbortController()
  await using server = await open(onceEach(() => left.abort('left')))
  await server.http.request(request, { signal })
  await expect(server.http.request(request, { signal: left.signal })).rejects.toBe('left')
  await server.empty()
  expect(server.got).toHaveLength(2)
})

test('a body without a length comes whole when its connection ends', async () => {
  await using server = await open((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nhello'))
  await expect(server.http.request(request, { signal })).resolves.toMatchObject({ text: 'hello' })
})

test('more requests than there are connections wait their turn, in order', async () => {
  const order: number[] = []
  await using server = await open((socket, index) => socket.write(answer(String(index))))
  await Promise.all(
    Array.from({ length: 3_000 }, async (_, index) => {
      await server.http.request(request, { signal })
      order.push(index)
    }),
  )
  expect(order).toHaveLength(3_000)
  expect(server.accepted).toBeLessThanOrEqual(1_024)
})

test('when it is closed, what is under way and what waits is rejected, and nothing is sent any more', async () => {
  await using server = await open(() => undefined)
  const asked = Promise.allSettled(Array.from({ length: 1_100 }, () => server.http.request(request, { signal })))
  await server.http.close()
  expect((await asked).every(({ status }) => status === 'rejected')).toBe(true)
  await expect(server.http.request(request, { signal })).rejects.toThrow('closed')
  await server.empty()
})

test('an address of version 6 is asked', async ({ skip }) => {
  let server
  try {
    server = await open((socket) => socket.write(answer('ok')), '::1')
  } catch {
    return skip('this machine has no IPv6')
  }
  await using held = server
  await expect(held.http.request(request, { signal })).resolves.toMatchObject({ text: 'ok' })
})
