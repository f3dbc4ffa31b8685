/** The API driven by a client that a package makes of its OpenAPI document, which knows nothing else of it. */
import { type OpenAPIClient, OpenAPIClientAxios } from 'openapi-client-axios'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestServer, type TestServer } from './openTestServer.ts'

let server: TestServer
let client: OpenAPIClient

beforeAll(async () => {
  server = await openTestServer()
  const headers = { authorization: `Bearer ${server.server.token}` }
  const definition = `${server.server.url}/openapi.json`
  const api = new OpenAPIClientAxios({ definition, axiosConfigDefaults: { baseURL: server.server.url, headers, validateStatus: () => true }, withServer: { url: server.server.url } })
  client = await api.init()
})
afterAll(() => server[Symbol.asyncDispose]())

/** Calls an operation by its id. */
async function call(id: string, parameters: Record<string, string | number> | null = null, data?: unknown) {
  const operation = client[id]
  if (operation === undefined) throw new Error(`The client has no ${id}`)
  const { status, headers, data: body } = await operation(parameters ?? {}, data)
  // What the test looks at, it expects.
  return { status, headers, body: body as Record<string, unknown> & { readonly id: string } }
}

test('a question is asked, waited for and found again', async () => {
  const asked = await call('createQuery', { Prefer: 'wait=20' }, { prompt: 'Why?' })
  expect(asked).toMatchObject({ status: 200, body: { kind: 'query', status: 'completed', result: { text: '<Why?>' } } })
  const found = await call('getJob', { id: asked.body.id })
  expect(found.body).toEqual(asked.body)
  expect(await call('getJob', { id: asked.body.id, 'If-None-Match': String(found.headers['etag']) })).toMatchObject({ status: 304 })
  expect(await call('listJobs', { kind: 'query', limit: 1 })).toMatchObject({ status: 200, body: { jobs: [{ id: asked.body.id }] } })
})

test('a batch gives a line for each question', async () => {
  const { body } = await call('createBatch', { Prefer: 'wait=20' }, { requests: [{ custom_id: 'a', prompt: 'A' }, { custom_id: 'b', prompt: 'B' }] })
  const { body: lines } = await call('getBatchResults', { id: body.id })
  expect(String(lines).trim().split('\n').map((line) => JSON.parse(line) as unknown)).toMatchObject([{ custom_id: 'a', ok: true, text: '<A>' }, { custom_id: 'b', ok: true, text: '<B>' }])
})

test('a session keeps what its cells have made', async () => {
  const { status, body: session } = await call('createSession', null, { name: 'kept', context: [{ name: 'notes.txt', text: 'The sky is blue.' }], args: { n: 2 } })
  expect(status).toBe(201)
  await call('runCell', { id: session.id, Prefer: 'wait=20' }, { cell: 'let words = context.split(" ")' })
  expect(await call('runCell', { id: 'kept', Prefer: 'wait=20' }, { cell: 'await llmQuery(words[args.n])' })).toMatchObject({ status: 200, body: { kind: 'cell', status: 'completed', session: session.id, result: { value: '<is>' } } })
  expect(await call('listCells', { id: session.id })).toMatchObject({ body: { cells: [{ execution: 1, ok: true }, { execution: 2, ok: true, shown: "'<is>'" }] } })
  expect(await call('getCell', { id: session.id, execution: 2 })).toMatchObject({ status: 200, body: { text: 'await llmQuery(words[args.n])' } })
  expect(await call('clearCells', { id: session.id })).toMatchObject({ status: 204 })
  expect(await call('runCell', { id: session.id, Prefer: 'wait=20' }, { cell: 'typeof words' })).toMatchObject({ body: { result: { value: 'undefined' } } })
  expect(await call('listSessions', { limit: 10 })).toMatchObject({ body: { sessions: expect.arrayContaining([expect.objectContaining({ id: session.id, name: 'kept', state: 'awake' })]) } })
  expect(await call('removeSession', { id: session.id })).toMatchObject({ status: 204 })
  expect(await call('getSession', { id: session.id })).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
})

test('a program asks a person, and goes on with the answer', async () => {
  const { status, headers, body: job } = await call('createJob', null, { script: { name: 'review.ts', text: 'const { action, data }: any = await awaitInput({ title: "Send it?", data: { to: "all" } }); final(action + " " + data.to)' } })
  expect([status, headers['location']]).toEqual([202, `/jobs/${job.id}`])
  expect(await call('getJob', { id: job.id, Prefer: 'wait=20' })).toMatchObject({ body: { status: 'awaiting_input', inputRequest: { title: 'Send it?', data: { to: 'all' } } } })
  expect(await call('answerJob', { id: job.id }, { action: 'approve', data: { to: 'some' } })).toMatchObject({ status: 200 })
  expect(await call('answerJob', { id: job.id }, { action: 'approve' })).toMatchObject({ status: 409, body: { code: 'JOB_STATE' } })
  expect(await call('getJob', { id: job.id, Prefer: 'wait=20' })).toMatchObject({ body: { status: 'completed', result: { value: 'approve some' } } })
})

test('a job is canceled, once and again', async () => {
  const { body: job } = await call('createQuery', null, { prompt: 'x', model: 'hanging/x' })
  for (const _ of [1, 2]) expect(await call('cancelJob', { id: job.id })).toMatchObject({ status: 200, body: { id: job.id, cancelRequestedMs: expect.any(Number) } })
  expect(await call('getJob', { id: job.id, Prefer: 'wait=20' })).toMatchObject({ body: { status: 'canceled' } })
})

test('models and health are told', async () => {
  expect(await call('getHealth')).toMatchObject({ status: 200, body: { status: 'ok' } })
  expect(await call('listModels')).toMatchObject({ status: 200, body: { default: 'echo/x', providers: expect.arrayContaining([{ name: 'echo', ready: true, models: ['echo/x'], state: 'listed' }, { name: 'hanging', ready: true, models: [], state: 'asking' }]) } })
})
