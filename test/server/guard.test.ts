/** Requests by those who may, and by those who may not: no token, another web page, a rebound name. */
import { request, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestServer, type TestServer } from './openTestServer.ts'

let test_: TestServer
let port: string

beforeAll(async () => {
  test_ = await openTestServer()
  port = new URL(test_.server.url).port
})
afterAll(() => test_[Symbol.asyncDispose]())

interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** A request with exactly these headers, which fetch would not let through. */
function raw(path: string, headers: Readonly<Record<string, string>>, method = 'GET', body?: string): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers: { host: `127.0.0.1:${port}`, ...headers }, agent: false }, async (response) => {
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) text += chunk
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const bearer = (): Readonly<Record<string, string>> => ({ authorization: `Bearer ${test_.server.token}` })

describe('the token', () => {
  test('has 256 bits, and another one each time', () => {
    expect(Buffer.from(test_.server.token, 'base64url')).toHaveLength(32)
  })

  test('health answers without it, and tells nothing', async () => {
    expect(await raw('/health', {})).toMatchObject({ status: 200, text: '{"status":"ok"}\n' })
  })

  test.each(['/', '/jobs', '/models', '/openapi.json', '/sessions', '/none', '/jobs/x/events'])('%s does not, and says how to send it', async (path) => {
    const { status, headers, text } = await raw(path, {})
    expect({ status, type: headers['content-type'], scheme: headers['www-authenticate'] }).toEqual({ status: 401, type: 'application/problem+json', scheme: 'Bearer realm="replm"' })
    expect(JSON.parse(text)).toMatchObject({ status: 401, code: 'AUTH', title: 'Unauthorized' })
  })

  test.each(['Bearer', 'Bearer x', 'Basic eDp5', 'Bearer  ', 'bearer null'])('%j opens nothing', async (authorization) => {
    expect(await raw('/jobs', { authorization })).toMatchObject({ status: 401 })
  })

  test('a token in the address of an operation opens nothing', async () => {
    expect(await raw(`/jobs?token=${test_.server.token}`, {})).toMatchObject({ status: 401 })
  })

  test('what is wrong with a body is not told to one without it', async () => {
    expect(await raw('/jobs', { 'content-type': 'text/plain' }, 'POST', '{')).toMatchObject({ status: 401 })
  })
})

describe('the printed address', () => {
  test('gives a browser a cookie that scripts and other sites cannot use, and leaves the token out of the address', async () => {
    const { status, headers } = await raw(`/?token=${test_.server.token}`, {})
    expect(status).toBe(303)
    expect(headers.location).toBe('/')
    expect(headers['set-cookie']).toEqual([`replm-${port}=${test_.server.token}; Path=/; HttpOnly; SameSite=Strict`])
    expect(headers['referrer-policy']).toBe('no-referrer')
    expect(headers['cache-control']).toBe('no-store')
    const cookie = `other=1; replm-${port}=${test_.server.token}`
    expect(await raw('/', { cookie })).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } })
    expect(await raw('/jobs', { cookie })).toMatchObject({ status: 200 })
  })

  test('with another token gives none', async () => {
    const { status, headers } = await raw('/?token=x', {})
    expect(status).toBe(401)
    expect(headers['set-cookie']).toBeUndefined()
  })

  test('a cookie changes nothing for one who does not say where the request comes from', async () => {
    const headers = { cookie: `replm-${port}=${test_.server.token}`, 'content-type': 'application/json' }
    expect(await raw('/queries', headers, 'POST', '{"prompt":"x"}')).toMatchObject({ status: 403 })
    expect(await raw('/queries', { ...headers, origin: `http://127.0.0.1:${port}` }, 'POST', '{"prompt":"x"}')).toMatchObject({ status: 202 })
  })
})

describe('names', () => {
  test.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example', '10.0.0.1', 'localhost.evil.example', '[::2]', '2130706434'])('it is not asked for as %s', async (host) => {
    const { status, text } = await raw('/health', { ...bearer(), host })
    expect(status).toBe(421)
    expect(JSON.parse(text)).toMatchObject({ code: 'CONFIG', title: 'Misdirected Request' })
  })

  test.each(['localhost', 'LOCALHOST', '[::1]'])('it is asked for as %s', async (host) => {
    expect(await raw('/jobs', { ...bearer(), host: `${host}:${port}` })).toMatchObject({ status: 200 })
  })

  /** All that comes back until the connection ends; what is sent may say that nothing more comes. */
  async function answerTo(text: string, { isEnded = false } = {}): Promise<string> {
    const socket = connect(Number(port), '127.0.0.1')
    let got = ''
    await new Promise<void>((resolve, reject) => {
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        got += chunk
        if (/\r\n\r\n/.test(got)) socket.end()
      })
      socket.on('close', () => resolve()).on('error', reject)
      if (isEnded) socket.end(text)
      else socket.write(text)
    })
    return got
  }

  test.each(['GET /health HTTP/1.1\r\n\r\n', 'GET /health HTTP/1.1\r\nHost: a b\r\n\r\n', 'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n', 'nonsense\r\n\r\n', `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`])('the raw request %# is refused', async (text) => {
    expect(await answerTo(text)).toMatch(/^HTTP\/1\.1 4\d\d /)
  })

  test.each([
    ['http://evil.example/', 'evil.example', 421],
    ['http://evil.example/health', '127.0.0.1', 421],
    ['http://127.0.0.1/health', 'evil.example', 421],
    ['http://127.0.0.1@evil.example/health', '127.0.0.1', 421],
    ['https://evil.example/health', 'evil.example', 421],
    ['http://127.0.0.1/health', '127.0.0.1', 200],
    ['http://LOCALHOST/health', 'localhost', 200],
    ['http://', '127.0.0.1', 400],
    ['ftp://127.0.0.1/health', '127.0.0.1', 400],
    ['evil.example', '127.0.0.1', 400],
  ])('a request for the whole address %s, as one sends it to a proxy, with the header Host: %s, is answered with %i', async (address, host, status) => {
    for (const isEnded of [false, true]) expect(await answerTo(`GET ${address} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, { isEnded })).toMatch(new RegExp(String.raw`^HTTP/1\.1 ${status} `))
  })

  test.each(['evil.example:443', '127.0.0.1:1', 'localhost'])('it is no proxy: CONNECT %s is refused', async (authority) => {
    const answer = await answerTo(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ status: 400, code: 'CONFIG', detail: 'This server is no proxy' })
  })
})

describe('other web pages', () => {
  test.each(['http://evil.example', 'null', 'http://127.0.0.1:1', 'https://evil.example', 'http://localhost'])('a request from %s is refused, also with the token', async (origin) => {
    for (const [path, method] of [['/jobs', 'GET'], ['/queries', 'POST'], ['/health', 'GET'], ['/queries', 'OPTIONS']] as const) {
      const { status, headers } = await raw(path, { ...bearer(), origin, 'content-type': 'application/json' }, method, method === 'POST' ? '{"prompt":"x"}' : undefined)
      expect(status).toBe(403)
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })

  test.each(['cross-site', 'same-site'])('a picture or a script that a %s page asks for is refused', async (site) => {
    expect(await raw('/jobs', { cookie: `replm-${port}=${test_.server.token}`, 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' })).toMatchObject({ status: 403 })
  })

  test('a link on another page may lead to the page', async () => {
    expect(await raw(`/?token=${test_.server.token}`, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toMatchObject({ status: 303 })
  })

  test('no reply may be kept, framed, guessed at or read by others', async () => {
    for (const path of ['/health', '/jobs', '/none', '/']) {
      const { headers } = await raw(path, bearer())
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'cross-origin-resource-policy': 'same-origin', 'x-frame-options': 'DENY' })
      expect(headers['content-security-policy']).toContain("default-src 'none'")
      expect(headers['content-security-policy']).not.toContain('unsafe')
      expect(headers).not.toHaveProperty('x-powered-by')
      expect(headers).not.toHaveProperty('access-control-allow-origin')
    }
  })
})
