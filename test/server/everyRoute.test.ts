/**
 * Every operation of the OpenAPI document, against a model that hangs for ever: each answers within a second, those that lead to a model with a job, and the server stays awake meanwhile.
 * Requests are built from the document alone, so a new operation is in it as soon as it is there; one of which this test does not know what its parameters stand for fails it.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Command, start } from '../cli/command.ts'

interface Schema {
  readonly $ref?: string
  readonly example?: unknown
}

interface OperationObject {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly responses: Readonly<Record<string, unknown>>
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** One request to an operation. */
interface Case {
  readonly operation: OperationObject
  readonly method: string
  readonly path: string
  readonly type: string | undefined
  readonly body: string | undefined
}

/** Operations that change something and begin no job; each says why it needs no model. */
const withoutJob: Readonly<Record<string, string>> = {
  createSession: 'a session takes no sandbox and asks no model before its first cell',
  answerJob: 'the job goes on by itself',
  cancelJob: 'the job ends by itself',
  removeSession: 'what runs is not waited for: IN_USE',
  clearCells: 'what runs is not waited for: IN_USE',
}

const maxMs = 1_000
const maxHealthMs = 50

/** A machine that is busy with other things is slow now and then; a server that stalls is slow each time. */
const attempts = 8

/** A server that does nothing, in a process of its own: what it is slow at, the machine is. */
const idleServer = "const server = require('node:http').createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1', () => console.log(server.address().port))"

/** Takes connections and says nothing: a model server that is dead without knowing it. */
let silent: Server
let idle: Command
let idleUrl: string
const sockets = new Set<Socket>()

beforeAll(async () => {
  silent = createServer((socket) => void sockets.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  idle = new Command(process.execPath, ['-e', idleServer])
  idleUrl = `http://127.0.0.1:${(await idle.until('stdout', /^(\d+)\n/))[1]}/`
})
afterAll(() => {
  idle[Symbol.dispose]()
  for (const socket of sockets) socket.destroy()
  silent.close()
})

describe.each(['compatible/x', 'ollama/x', 'openai/x'])('with %s, which never answers', (model) => {
  let command: Command
  let url: string
  let token: string
  let document: Document
  let known: Readonly<Record<string, string>>

  beforeAll(async () => {
    const place = `http://127.0.0.1:${(silent.address() as AddressInfo).port}` // it listens on a port
    const env = { OLLAMA_HOST: place, LMSTUDIO_BASE_URL: `${place}/v1`, REPLM_BASE_URL: `${place}/v1`, OPENAI_BASE_URL: `${place}/v1`, OPENAI_API_KEY: 'sk-none' }
    command = start(['serve', '--port', '0', '-m', model, '--store', ':memory:'], { env })
    const [, address = '', secret = ''] = await command.until('stdout', /^(http:\/\/127\.0\.0\.1:\d+)\/\?token=([\w-]+)\n/)
    url = address
    token = secret
    document = (await (await ask('/openapi.json')).json()) as Document
    const idOf = async (path: string, body: unknown): Promise<string> => ((await (await post(path, body)).json()) as { id: string }).id
    const session = await idOf('/sessions', {})
    expect((await post(`/sessions/${session}/cells`, { cell: 'let n = 1' }, { prefer: 'wait=20' })).status).toBe(200)
    known = {
      '/sessions/{id}': session,
      '/sessions/{id}/cells/{execution}': '1',
      '/jobs/{id}': await idOf('/queries', { prompt: 'x' }),
      '/batches/{id}': await idOf('/batches', { requests: [{ custom_id: 'a', prompt: 'x' }] }),
    }
  })
  afterAll(async () => {
    // A server whose model hangs ends all the same.
    command.child.kill('SIGTERM')
    expect(await command.end()).toMatchObject({ code: 0, stderr: '' })
  })

  function ask(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(url + path, { ...init, headers: { ...Object.fromEntries(new Headers(init.headers)), authorization: `Bearer ${token}` } })
  }

  function post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return ask(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } })
  }

  function resolve(schema: Schema): Schema {
    const name = schema.$ref?.split('/').at(-1)
    return name === undefined ? schema : resolve(document.components.schemas[name] ?? {})
  }

  function* casesOf(template: string, method: string, operation: OperationObject): Generator<Case> {
    let path = ''
    for (const part of template.split('/').slice(1)) {
      const place = `${template.slice(0, template.indexOf(part) + part.length)}`
      if (part.startsWith('{') && known[place] === undefined) throw new Error(`What does ${place} of ${operation.operationId} stand for? Say it in \`known\``)
      path += `/${part.startsWith('{') ? known[place] : part}`
    }
    const required = (operation.parameters ?? []).filter((parameter) => parameter.in !== 'path' && parameter.required === true)
    if (required.length > 0) throw new Error(`${operation.operationId} needs ${required[0]?.name}, of which this test knows nothing`)
    const contents = Object.entries(operation.requestBody?.content ?? {})
    if (contents.length === 0) yield { operation, method, path, type: undefined, body: undefined }
    for (const [type, { schema }] of contents) {
      const { example } = resolve(schema)
      if (example === undefined) throw new Error(`The body of ${operation.operationId} has no example in the document`)
      yield { operation, method, path, type, body: JSON.stringify(example) }
    }
  }

  /** How long it took, and the slowest signs of life meanwhile: of this server, and of one that does nothing. */
  async function timed({ method, path, type, body }: Case): Promise<{ readonly response: Response; readonly text: string; readonly ms: number; readonly healthMs: number; readonly idleMs: number }> {
    const over = new AbortController()
    const health = slowest(`${url}/health`, over.signal)
    const control = slowest(idleUrl, over.signal)
    const started = performance.now()
    const response = await ask(path, { method: method.toUpperCase(), ...(body === undefined ? {} : { body, headers: { 'content-type': type ?? '' } }) })
    // A stream has answered with its head.
    const isStream = response.headers.get('content-type') === 'text/event-stream'
    if (isStream) await response.body?.cancel()
    const text = isStream ? '' : await response.text()
    const ms = performance.now() - started
    over.abort()
    return { response, text, ms, healthMs: await health, idleMs: await control }
  }

  async function slowest(address: string, signal: AbortSignal): Promise<number> {
    let worst = 0
    do {
      const started = performance.now()
      expect((await fetch(address)).status).toBe(200)
      worst = Math.max(worst, performance.now() - started)
    } while (!signal.aborted)
    return worst
  }

  async function check(one: Case): Promise<void> {
    const { operationId, responses } = one.operation
    const startsJob = '202' in responses
    const changes = one.method !== 'get'
    expect(startsJob || !changes || operationId in withoutJob, `${operationId} changes something: it begins a job (202), or says in \`withoutJob\` why it cannot lead to a model`).toBe(true)
    const slow: string[] = []
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const { response, text, ms, healthMs, idleMs } = await timed(one)
      expect(response.status, `${operationId}: ${text}`).toBeLessThan(500)
      if (startsJob) {
        expect(response.status, `${operationId}: ${text}`).toBe(202)
        const { id } = JSON.parse(text) as { id: string }
        expect(response.headers.get('location')).toBe(`/jobs/${id}`)
        expect(await (await ask(`/jobs/${id}`)).json()).toMatchObject({ id, status: expect.stringMatching(/^(queued|running)$/) })
      }
      // What a server that does nothing is slow at meanwhile, the machine is.
      if (ms < maxMs && healthMs - idleMs < maxHealthMs) return
      slow.push(`${ms.toFixed()} ms, health ${healthMs.toFixed()} ms, a server that does nothing ${idleMs.toFixed()} ms`)
    }
    expect.fail(`${operationId} was slow each time: ${slow.join('; ')}`)
  }

  test('every operation answers at once', async () => {
    const cases = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).flatMap(([method, operation]) => [...casesOf(path, method, operation)]))
    // What removes things comes last: the others need them.
    const ordered = cases.toSorted((a, b) => Number(a.method === 'delete') - Number(b.method === 'delete'))
    expect(ordered.length).toBeGreaterThanOrEqual(18)
    for (const one of ordered) await check(one)
  }, 120_000)

  test('one who prefers to wait holds up nobody, and gets the job as it is', async () => {
    const waits = Array.from({ length: 20 }, () => post('/queries', { prompt: 'x' }, { prefer: 'wait=1' }))
    const started = performance.now()
    expect((await ask('/jobs')).status).toBe(200)
    expect(performance.now() - started).toBeLessThan(maxMs)
    for (const response of await Promise.all(waits)) expect([response.status, response.headers.get('preference-applied')]).toEqual([202, 'wait=1'])
  })
})
