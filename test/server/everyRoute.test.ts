/**
 * Every operation of the OpenAPI document, and the page, against a model that hangs for ever: each answers within a second, those that lead to a model with a job, and the server stays awake meanwhile.
 * Requests are built from the document alone, so a new operation is in it as soon as it is there; one of which this test does not know what its parameters stand for fails it, as does one that changes something and begins no job.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Command, start } from '../cli/command.ts'

interface Schema {
  readonly $ref?: string
  readonly example?: unknown
  readonly properties?: Readonly<Record<string, unknown>>
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

/** Of every request. */
const maxMs = 1_000

/** Of the slowest sign of life while an operation is asked, in the middle of so many times that it is asked. One alone would measure the machine, which others use; a route that stalls the server does so each time. A machine that is overloaded for a moment gets another try. */
const maxHealthMs = 50
const times = 5
const tries = 3

/** Takes connections and says nothing: a model server that is dead without knowing it. */
let silent: Server
const sockets = new Set<Socket>()

beforeAll(async () => {
  silent = createServer((socket) => void sockets.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1')
  await once(silent, 'listening')
})
afterAll(() => {
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
      const { example, properties = {} } = resolve(schema)
      if (typeof example !== 'object' || example === null) throw new Error(`The body of ${operation.operationId} has no example in the document`)
      yield { operation, method, path, type, body: JSON.stringify(example) }
      // One that names the model may ask for it on its way.
      if ('model' in properties) yield { operation, method, path, type, body: JSON.stringify({ ...example, model }) }
    }
  }

  /** How long it took, and the slowest sign of life meanwhile. */
  async function timed({ method, path, type, body }: Case): Promise<{ readonly response: Response; readonly text: string; readonly ms: number; readonly healthMs: number }> {
    const over = new AbortController()
    const health = slowestHealth(over.signal)
    const started = performance.now()
    const response = await ask(path, { method: method.toUpperCase(), ...(body === undefined ? {} : { body, headers: { 'content-type': type ?? '' } }) })
    // A stream has answered with its head.
    const isStream = response.headers.get('content-type') === 'text/event-stream'
    if (isStream) await response.body?.cancel()
    const text = isStream ? '' : await response.text()
    const ms = performance.now() - started
    over.abort()
    return { response, text, ms, healthMs: await health }
  }

  /** One after another without a pause: whenever the server stalls, one is waiting. */
  async function slowestHealth(signal: AbortSignal): Promise<number> {
    let worst = 0
    do {
      const started = performance.now()
      expect((await fetch(`${url}/health`)).status).toBe(200)
      worst = Math.max(worst, performance.now() - started)
    } while (!signal.aborted)
    return worst
  }

  async function check(one: Case): Promise<void> {
    const health: number[][] = []
    while (health.length < tries && !health.some((each) => middleOf(each) < maxHealthMs)) health.push(await healthDuring(one))
    expect(Math.min(...health.map(middleOf)), `health while ${one.operation.operationId} was asked, in milliseconds: ${health.map((each) => each.map((ms) => ms.toFixed()).join(', ')).join('; ')}`).toBeLessThan(maxHealthMs)
  }

  function middleOf(each: readonly number[]): number {
    return each.toSorted((a, b) => a - b)[Math.floor(times / 2)] ?? Infinity
  }

  async function healthDuring(one: Case): Promise<number[]> {
    const { operationId, responses } = one.operation
    const startsJob = '202' in responses
    const changes = one.method !== 'get'
    expect(startsJob || !changes || operationId in withoutJob, `${operationId} changes something: it begins a job (202), or says in \`withoutJob\` why it cannot lead to a model`).toBe(true)
    const health: number[] = []
    for (let time = 0; time < times; time += 1) {
      const { response, text, ms, healthMs } = await timed(one)
      expect(response.status, `${operationId}: ${text}`).toBeLessThan(500)
      expect(ms, `${operationId} took so many milliseconds`).toBeLessThan(maxMs)
      health.push(healthMs)
      if (!startsJob) continue
      expect(response.status, `${operationId}: ${text}`).toBe(202)
      const { id } = JSON.parse(text) as { id: string }
      expect(response.headers.get('location')).toBe(`/jobs/${id}`)
      expect(await (await ask(`/jobs/${id}`)).json()).toMatchObject({ id, status: expect.stringMatching(/^(queued|running)$/) })
    }
    return health
  }

  test('every operation answers at once', async () => {
    const cases = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).flatMap(([method, operation]) => [...casesOf(path, method, operation)]))
    // What removes things comes last: the others need them.
    const ordered = cases.toSorted((a, b) => Number(a.method === 'delete') - Number(b.method === 'delete'))
    expect(new Set(ordered.map(({ operation }) => operation.operationId)).size).toBeGreaterThanOrEqual(19)
    for (const one of ordered) await check(one)
    await check({ operation: { operationId: 'the page', responses: { 200: {} } }, method: 'get', path: '/', type: undefined, body: undefined })
  }, 120_000)

  test('one who prefers to wait holds up nobody, and gets the job as it is', async () => {
    const waits = Array.from({ length: 20 }, () => post('/queries', { prompt: 'x' }, { prefer: 'wait=1' }))
    const started = performance.now()
    expect((await ask('/jobs')).status).toBe(200)
    expect(performance.now() - started).toBeLessThan(maxMs)
    for (const response of await Promise.all(waits)) expect([response.status, response.headers.get('preference-applied')]).toEqual([202, 'wait=1'])
  })
})
