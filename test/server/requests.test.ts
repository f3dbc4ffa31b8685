/** Wrong input to every operation: the right refusal, nothing lost, nothing told of this machine. */
import { connect } from 'node:net'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestServer, type TestServer } from './openTestServer.ts'

let server: TestServer
let session: string

beforeAll(async () => {
  server = await openTestServer({ maxBodyBytes: 100_000 })
  session = ((await (await server.post('/sessions', {})).json()) as { id: string }).id
  writeFileSync(join(server.root, 'inside.txt'), 'inside')
  writeFileSync(join(server.root, 'script.js'), 'final(docs[0].name + ": " + await docs[0].slice(0, 100))')
  writeFileSync(join(server.root, 'bytes.bin'), Buffer.from([0, 1, 2, 0, 255, 254]))
  mkdirSync(join(server.root, 'folder'))
  symlinkSync(join(server.folder, 'secret.txt'), join(server.root, 'link.txt'))
})
afterAll(async () => {
  // Nothing that was asked here is a fault of the server's.
  expect(server.faults).toEqual([])
  await server[Symbol.asyncDispose]()
})

interface ProblemBody {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly errors?: readonly { readonly in: string; readonly at: string; readonly message: string }[]
}

async function problemOf(response: Response): Promise<ProblemBody> {
  const text = await response.text()
  expect(response.headers.get('content-type'), text).toBe('application/problem+json')
  for (const place of [server.folder, tmpdir(), homedir(), process.cwd(), 'node_modules', 'node:', 'at Object', '.ts:', server.server.token, 'not to be read']) expect(text).not.toContain(place)
  const problem = JSON.parse(text) as ProblemBody
  expect(problem.status).toBe(response.status)
  return problem
}

const writes = (): readonly string[] => ['/queries', '/batches', '/jobs', '/sessions', `/sessions/${session}/cells`, '/jobs/x/input']

describe('every operation with a body', () => {
  const wrong: readonly (readonly [string, string, string | undefined, number])[] = [
    ['broken JSON', '{"prompt": "x"', 'application/json', 400],
    ['no body', '', 'application/json', 400],
    ['two JSONs', '{}{}', 'application/json', 400],
    ['a member twice', '{"prompt":"a","prompt":"b"}', 'application/json', 400],
    ['deep nesting', '['.repeat(50_000), 'application/json', 400],
    ['no object', '[]', 'application/json', 422],
    ['null', 'null', 'application/json', 422],
    ['a number', '1', 'application/json', 422],
    ['an unknown member', '{"prompt":"x","cell":"1","script":{"name":"a","text":"1"},"requests":[],"action":"a","promt":"x"}', 'application/json', 422],
    ['wrong types', '{"prompt":1,"cell":{},"script":[],"requests":"x","action":null,"context":1}', 'application/json', 422],
    ['another type', '{"prompt":"x"}', 'text/plain', 415],
    ['a form', 'prompt=x', 'application/x-www-form-urlencoded', 415],
    ['no type', '{"prompt":"x"}', undefined, 415],
    ['another charset', '{"prompt":"x"}', 'application/json; charset=utf-16', 415],
    ['too much', JSON.stringify({ prompt: 'x'.repeat(200_000) }), 'application/json', 413],
  ]
  test.each(wrong)('refuses %s', async (_, body, type, status) => {
    for (const path of writes()) {
      const response = await server.ask(path, { method: 'POST', body: Buffer.from(body), headers: type === undefined ? {} : { 'content-type': type } })
      const problem = await problemOf(response)
      expect([path, problem.status]).toEqual([path, status])
      expect(problem.code).toBe('CONFIG')
    }
  })

  test('refuses what is no UTF-8', async () => {
    for (const path of writes()) expect((await problemOf(await server.ask(path, { method: 'POST', body: Buffer.from('{"prompt":"\xff"}', 'latin1'), headers: { 'content-type': 'application/json' } }))).status).toBe(400)
  })

  test('refuses too much that was not announced, without reading it to its end', async () => {
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += 1
        controller.enqueue(Buffer.alloc(10_000, 32))
      },
    })
    const response = await fetch(`${server.server.url}/queries`, { method: 'POST', body: endless, duplex: 'half', headers: { authorization: `Bearer ${server.server.token}`, 'content-type': 'application/json' } })
    expect((await problemOf(response)).status).toBe(413)
    expect(sent).toBeLessThan(1_000)
  })

  test('says where the flaw is, by a JSON Pointer', async () => {
    const { errors } = await problemOf(await server.post('/batches', { requests: [{ custom_id: 'a', prompt: 'x' }, { custom_id: 'b', prompt: 7 }] }))
    expect(errors).toEqual([{ in: 'body', at: '/requests/1/prompt', message: expect.stringContaining('expected string') }])
  })

  test('takes JSON Lines for a batch, and names the line that is wrong', async () => {
    const lines = (text: string) => server.ask('/batches', { method: 'POST', body: text, headers: { 'content-type': 'application/jsonl', prefer: 'wait=20' } })
    expect((await lines('{"custom_id":"a","prompt":"A"}\n\n{"custom_id":"b","prompt":"B"}\r\n')).status).toBe(200)
    expect((await problemOf(await lines('{"custom_id":"a","prompt":"A"}\n{"custom_id":"b"'))).detail).toBe('Line 2 of the body is no JSON: it is wrong at character 17')
    expect((await problemOf(await lines('{"custom_id":"a","prompt":"A"}\n{"custom_id":"b","prompt":1}'))).errors?.[0]).toMatchObject({ at: '/requests/1/prompt' })
    expect((await problemOf(await lines(''))).status).toBe(422)
    expect((await problemOf(await lines('{"custom_id":"a","prompt":"A"}\n{"custom_id":"a","prompt":"B"}'))).status).toBe(422)
  })
})

describe('what a request says', () => {
  const badJobs: readonly (readonly [string, Record<string, unknown>, number])[] = [
    ['a model that is none', { model: 'nonsense' }, 422],
    ['a model of no provider', { model: 'nobody/x' }, 422],
    ['a negative budget', { budget: { usd: -1 } }, 422],
    ['a budget of words', { budget: { usd: 'much' } }, 422],
    ['an unknown limit', { limits: { cpu: 1 } }, 422],
    ['too little memory', { limits: { memoryMb: 1 } }, 422],
    ['args that are no object', { args: [1] }, 422],
    ['a document that is no name', { context: [{ name: 'a' }] }, 422],
    ['two documents of one name', { context: [{ name: 'a', text: '1' }, { name: 'a', text: '2' }] }, 422],
    ['a file outside', { context: ['../secret.txt'] }, 422],
    ['a file by its whole path', { context: ['/etc/passwd'] }, 422],
    ['a file URL', { context: ['file:///etc/passwd'] }, 422],
    ['standard input', { context: ['-'] }, 422],
    ['a NUL', { context: ['a\0b'] }, 422],
    ['a link that leads out', { context: ['link.txt'] }, 404],
    ['a file that is not there', { context: ['none.txt'] }, 404],
    ['encoded slashes', { context: ['..%2fsecret.txt'] }, 404],
    ['a glob that would lead out', { context: ['{..,x}/*'] }, 422],
    ['a binary file', { context: ['bytes.bin'] }, 422],
  ]
  test.each(badJobs)('%s is refused, for a job and for a session', async (_, options, status) => {
    for (const [path, body] of [['/jobs', { script: { name: 'a.js', text: '1' }, ...options }], ['/sessions', options]] as const) {
      expect([path, (await problemOf(await server.post(path, body))).status]).toEqual([path, status])
    }
  })

  test.each([['/etc/passwd', 422], ['../secret.txt', 422], ['none.js', 404], ['folder', 404], ['*.js', 422], ['link.txt', 404]])('the script %s is refused', async (script, status) => {
    expect((await problemOf(await server.post('/jobs', { script }))).status).toBe(status)
  })

  test('a script and documents below a root are read, under the names they were asked for by', async () => {
    expect(await server.finish('/jobs', { script: 'script.js', context: ['inside.txt'] })).toMatchObject({ status: 'completed', result: { value: 'inside.txt: inside' } })
  })

  test('a session that was refused leaves none behind', async () => {
    const count = async () => (await server.replm.sessions.list()).length
    const before = await count()
    for (const body of [{ model: 'nobody/x' }, { context: ['none.txt'] }, { limits: { memoryMb: 1 } }]) await server.post('/sessions', body)
    expect(await count()).toBe(before)
  })

  test('a name is given once', async () => {
    expect((await server.post('/sessions', { name: 'once' })).status).toBe(201)
    expect(await problemOf(await server.post('/sessions', { name: 'once' }))).toMatchObject({ status: 409, code: 'IN_USE' })
  })
})

describe('unknown ids', () => {
  const ids = ['x', '0192f0c1-7f6b-7000-8000-000000000000', '..%2f..%2fetc%2fpasswd', "'%20OR%201=1--", '%00', '%F0%9F%8C%8A', '%E0%A4%A', '__proto__']
  test.each(ids)('%s is not there', async (id) => {
    const routes = [['GET', `/jobs/${id}`], ['GET', `/jobs/${id}/events`], ['POST', `/jobs/${id}/cancel`], ['POST', `/jobs/${id}/input`], ['GET', `/batches/${id}/results`], ['GET', `/sessions/${id}`], ['DELETE', `/sessions/${id}`], ['GET', `/sessions/${id}/cells`], ['POST', `/sessions/${id}/cells`], ['DELETE', `/sessions/${id}/cells`], ['GET', `/sessions/${id}/cells/1`]] as const
    for (const [method, path] of routes) {
      const body = path.endsWith('/input') ? '{"action":"approve"}' : path.endsWith('/cells') && method === 'POST' ? '{"cell":"1"}' : undefined
      const response = await server.ask(path, { method, ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }) })
      expect([method, path, await problemOf(response)]).toMatchObject([method, path, { status: 404, code: 'NOT_FOUND' }])
    }
  })

  test('a job that is no batch has no results, and a session no such cell', async () => {
    const { id } = await server.finish('/queries', { prompt: 'x' })
    expect((await problemOf(await server.ask(`/batches/${id}/results`))).status).toBe(404)
    expect((await problemOf(await server.ask(`/sessions/${session}/cells/99`))).status).toBe(404)
    for (const wrong of ['0', '-1', 'x', '1.5', '99999999999999999999']) expect((await problemOf(await server.ask(`/sessions/${session}/cells/${wrong}`))).status).toBe(422)
  })
})

describe('queries of an address', () => {
  test.each(['/jobs?limit=0', '/jobs?limit=x', '/jobs?limit=1001', '/jobs?status=none', '/jobs?cursor=nonsense', '/jobs?limit=1&limit=2', '/jobs?unknown=1', '/sessions?cursor=nonsense', '/sessions?limit=-1', '/sessions?x=y'])('%s is refused', async (path) => {
    expect(await problemOf(await server.ask(path))).toMatchObject({ status: 422, code: 'CONFIG' })
  })

  test('pages of jobs and of sessions hold each once', async () => {
    for (let index = 0; index < 5; index += 1) {
      await server.post('/queries', { prompt: `p${index}` })
      await server.post('/sessions', {})
    }
    for (const path of ['/jobs', '/sessions'] as const) {
      const all: string[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const page = (await (await server.ask(`${path}?limit=2${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)).json()) as { jobs?: { id: string }[]; sessions?: { id: string }[]; cursor: string | null }
        all.push(...(page.jobs ?? page.sessions ?? []).map(({ id }) => id))
        cursor = page.cursor
      }
      const whole = (await (await server.ask(`${path}?limit=1000`)).json()) as { jobs?: { id: string }[]; sessions?: { id: string }[] }
      expect(all).toEqual((whole.jobs ?? whole.sessions ?? []).map(({ id }) => id))
      expect(new Set(all).size).toBe(all.length)
    }
  })
})

describe('idempotency keys', () => {
  const key = (name: string) => ({ 'idempotency-key': name })
  const idOf = async (response: Response) => ((await response.json()) as { id: string }).id

  test.each([
    ['/queries', { prompt: 'a' }, { prompt: 'b' }],
    ['/batches', { requests: [{ custom_id: 'a', prompt: 'a' }] }, { requests: [{ custom_id: 'a', prompt: 'b' }] }],
    ['/jobs', { script: { name: 'a.js', text: '1' } }, { script: { name: 'a.js', text: '2' } }],
    ['/sessions', { args: { a: 1 } }, { args: { a: 2 } }],
    ['/sessions/keyed/cells', { cell: '1' }, { cell: '2' }],
  ])('%s: the same key and body make one, another body is refused', async (path, body, other) => {
    if (path === '/sessions/keyed/cells') await server.post('/sessions', { name: 'keyed' })
    const both = await Promise.all([server.post(path, body, key('k1')), server.post(path, body, key('k1'))])
    const ids = await Promise.all(both.map(idOf))
    expect(ids[0]).toBe(ids[1])
    expect(await idOf(await server.post(path, body, key('"k1"')))).toBe(ids[0])
    const problem = await problemOf(await server.post(path, other, key('k1')))
    expect(problem).toMatchObject({ status: 422, code: 'JOB_STATE', errors: [{ in: 'header', at: 'idempotency-key' }] })
    // The caller's own key, and nothing of how it is kept.
    expect(problem.detail).toBe('The `Idempotency-Key` "k1" came with another body before. Take another key for other work')
    expect(await idOf(await server.post(path, body, key('k2')))).not.toBe(ids[0])
  })

  test('an answer that comes again with its key is not the second one; another one with that key is refused', async () => {
    const { id } = (await (await server.post('/jobs', { script: { name: 'a.js', text: 'final((await awaitInput({ title: "?", data: null })).action)' } })).json()) as { id: string }
    expect(await (await server.ask(`/jobs/${id}`, { headers: { prefer: 'wait=20' } })).json()).toMatchObject({ status: 'awaiting_input' })
    for (const _ of [1, 2]) expect((await server.post(`/jobs/${id}/input`, { action: 'approve' }, key('k1'))).status).toBe(200)
    expect(await problemOf(await server.post(`/jobs/${id}/input`, { action: 'cancel' }, key('k1')))).toMatchObject({ status: 422, code: 'JOB_STATE' })
    expect(await problemOf(await server.post(`/jobs/${id}/input`, { action: 'cancel' }, key('k2')))).toMatchObject({ status: 409, code: 'JOB_STATE' })
  })

  test('a key of one operation is none of another', async () => {
    expect((await server.post('/queries', { prompt: 'a' }, key('shared'))).status).toBe(202)
    expect((await server.post(`/sessions/${session}/cells`, { cell: '1' }, key('shared'))).status).toBe(202)
  })

  test.each(['', ' ', 'a b', 'x'.repeat(256)])('%j is no key', async (name) => {
    // An empty header is a header that is there.
    expect((await problemOf(await server.post('/queries', { prompt: 'a' }, key(name)))).status).toBe(422)
  })
})

test('a preference that cannot be understood is none', async () => {
  for (const prefer of ['wait=soon', 'wait=-1', 'wait', 'respond-async', '', 'x=1; wait=3']) {
    const response = await server.post('/queries', { prompt: 'a' }, { prefer })
    expect([prefer, response.status, response.headers.get('preference-applied')]).toEqual([prefer, 202, null])
  }
})

test('HEAD is GET without the body', async () => {
  const { id } = await server.finish('/queries', { prompt: 'x' })
  const response = await server.ask(`/jobs/${id}`, { method: 'HEAD' })
  expect([response.status, await response.text()]).toEqual([200, ''])
  expect(response.headers.get('etag')).toMatch(/^"[\w-]+"$/)
})

test('one who sends the head of a request byte by byte is shut out, and holds up nobody', async () => {
  const socket = connect(Number(new URL(server.server.url).port), '127.0.0.1')
  let got = ''
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  socket.setEncoding('latin1').on('data', (chunk: string) => (got += chunk)).on('error', () => undefined)
  socket.write('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n')
  const dripping = setInterval(() => socket.write('X: y\r\n'), 500)
  expect((await server.ask('/jobs')).status).toBe(200)
  await closed
  clearInterval(dripping)
  expect(got).toMatch(/^HTTP\/1\.1 408 /)
}, 25_000)
