/**
 * Every operation of the OpenAPI document, against a model that hangs for ever: each answers within a second, those that lead to a model with a job, and the server stays awake meanwhile.
 * Requests are built from the document alone, so a new operation is in it as soon as it is there; one of which this test does not know what its parameters stand for fails it.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestServer, type TestServer } from './openTestServer.ts'

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
const attempts = 5

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

describe.each(['hanging/x', 'ollama/x', 'compatible/x'])('with %s, which never answers', (model) => {
  let server: TestServer
  let document: Document
  let known: Readonly<Record<string, string>>
  const env = { ...process.env }

  beforeAll(async () => {
    const place = `http://127.0.0.1:${(silent.address() as AddressInfo).port}` // it listens on a port
    Object.assign(process.env, { OLLAMA_HOST: place, LMSTUDIO_BASE_URL: `${place}/v1`, REPLM_BASE_URL: `${place}/v1` })
    server = await openTestServer({ replm: { model } })
    document = (await (await server.ask('/openapi.json')).json()) as Document
    const session = (await (await server.post('/sessions', {})).json()) as { id: string }
    await server.finish(`/sessions/${session.id}/cells`, { cell: 'let n = 1' })
    const idOf = async (path: string, body: unknown): Promise<string> => ((await (await server.post(path, body)).json()) as { id: string }).id
    known = {
      '/sessions/{id}': session.id,
      '/sessions/{id}/cells/{execution}': '1',
      '/jobs/{id}': await idOf('/queries', { prompt: 'x' }),
      '/batches/{id}': await idOf('/batches', { requests: [{ custom_id: 'a', prompt: 'x' }] }),
    }
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name]
    Object.assign(process.env, env)
  })

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

  /** How long it took, and the slowest sign of life meanwhile. */
  async function timed({ method, path, type, body }: Case): Promise<{ readonly response: Response; readonly text: string; readonly ms: number; readonly healthMs: number }> {
    let isOver = false
    const health = (async () => {
      let worst = 0
      do {
        const started = performance.now()
        const { status } = await fetch(`${server.server.url}/health`)
        expect(status).toBe(200)
        worst = Math.max(worst, performance.now() - started)
      } while (!isOver)
      return worst
    })()
    const started = performance.now()
    const response = await server.ask(path, { method: method.toUpperCase(), ...(body === undefined ? {} : { body, headers: { 'content-type': type ?? '' } }) })
    // A stream has answered with its head.
    const isStream = response.headers.get('content-type') === 'text/event-stream'
    if (isStream) await response.body?.cancel()
    const text = isStream ? '' : await response.text()
    const ms = performance.now() - started
    isOver = true
    return { response, text, ms, healthMs: await health }
  }

  async function check(one: Case): Promise<void> {
    const { operationId, responses } = one.operation
    const startsJob = '202' in responses
    const changes = one.method !== 'get'
    expect(startsJob || !changes || operationId in withoutJob, `${operationId} changes something: it begins a job (202), or says in \`withoutJob\` why it cannot lead to a model`).toBe(true)
    const slow: string[] = []
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const { response, text, ms, healthMs } = await timed(one)
      expect(response.status, `${operationId}: ${text}`).toBeLessThan(500)
      if (startsJob) {
        expect(response.status, `${operationId}: ${text}`).toBe(202)
        const { id } = JSON.parse(text) as { id: string }
        expect(response.headers.get('location')).toBe(`/jobs/${id}`)
        expect(await (await server.ask(`/jobs/${id}`)).json()).toMatchObject({ id, status: expect.stringMatching(/^(queued|running)$/) })
      }
      if (ms < maxMs && healthMs < maxHealthMs) return
      slow.push(`${ms.toFixed()} ms, health ${healthMs.toFixed()} ms`)
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
    const waits = Array.from({ length: 20 }, () => server.post('/queries', { prompt: 'x' }, { prefer: 'wait=1' }))
    const started = performance.now()
    expect((await server.ask('/jobs')).status).toBe(200)
    expect(performance.now() - started).toBeLessThan(maxMs)
    for (const response of await Promise.all(waits)) expect([response.status, response.headers.get('preference-applied')]).toEqual([202, 'wait=1'])
  })
})
