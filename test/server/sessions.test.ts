/** Sessions over HTTP that sleep, wake, wait for their turn and for people, and outlive the server. */
import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { openReplm } from '../../src/index.ts'
import { openServer } from '../../src/server/server.ts'
import type { Job } from '../../src/types.ts'
import { echo, hanging, openTestServer, type TestServer } from './openTestServer.ts'

type Shown = Job & { readonly result?: { readonly value: unknown; readonly usage: Record<string, number> }; readonly error?: { readonly code: string; readonly message: string }; readonly inputRequest?: { readonly key: string } }

async function makeSession(server: TestServer, body: unknown = {}): Promise<string> {
  return ((await (await server.post('/sessions', body)).json()) as { id: string }).id
}

/** Runs a cell to its end. */
async function run(server: TestServer, session: string, cell: string): Promise<Shown> {
  return (await server.finish(`/sessions/${session}/cells`, { cell })) as Shown
}

/** Begins a cell. */
async function begin(server: TestServer, session: string, cell: string): Promise<Shown> {
  return (await (await server.post(`/sessions/${session}/cells`, { cell })).json()) as Shown
}

async function jobOf(server: TestServer, id: string, prefer = 'wait=20'): Promise<Shown> {
  return (await (await server.ask(`/jobs/${id}`, { headers: { prefer } })).json()) as Shown
}

async function stateOf(server: TestServer, session: string): Promise<string> {
  return ((await (await server.ask(`/sessions/${session}`)).json()) as { state: string }).state
}

/** Processes that this one has started and that live. */
function children(): number {
  return execFileSync('ps', ['--ppid', String(process.pid), '-o', 'args='], { encoding: 'utf8' }).split('\n').filter((line) => line.includes('--permission') || line.includes('bwrap')).length
}

describe('sleep', () => {
  test('of many sessions only so many are awake, and each knows what its cells had made', async () => {
    await using server = await openTestServer({ replm: { maxAwake: 2, idleMs: 60_000 } })
    const sessions = await Promise.all(Array.from({ length: 12 }, () => makeSession(server)))
    await Promise.all(sessions.map(async (session, index) => expect(await run(server, session, `let kept = await llmQuery("s${index}")`)).toMatchObject({ status: 'completed' })))
    expect(server.replm.awake.size).toBeLessThanOrEqual(2)
    // Two awake, a spare, and whatever a wall of bubblewrap adds to each of them.
    expect(children()).toBeLessThanOrEqual(6)
    for (const [index, session] of sessions.entries()) expect((await run(server, session, 'kept')).result).toMatchObject({ value: `<s${index}>`, usage: { bought: 0 } })
    expect(server.replm.awake.size).toBeLessThanOrEqual(2)
  }, 60_000)

  test('a session that nobody uses is put to sleep, and its sandbox with it; another process can have it then', async () => {
    await using server = await openTestServer({ replm: { idleMs: 50 } })
    const session = await makeSession(server)
    await run(server, session, 'let n = 7')
    await expect.poll(() => stateOf(server, session), { timeout: 10_000 }).toBe('asleep')
    {
      await using other = await openReplm({ providers: [echo], model: 'echo/x', store: `${server.folder}/store.db` })
      await using taken = await other.openSession({ id: session })
      expect((await taken.run('n += 1')).value).toBe(8)
      expect(await stateOf(server, session)).toBe('elsewhere')
      const refused = await server.post(`/sessions/${session}/cells`, { cell: 'n' })
      expect([refused.status, await refused.json()]).toMatchObject([409, { code: 'IN_USE' }])
      expect((await server.ask(`/sessions/${session}`, { method: 'DELETE' })).status).toBe(409)
    }
    expect(await run(server, session, 'n')).toMatchObject({ status: 'completed', result: { value: 8 } })
  }, 60_000)

  test('the model of a session is its own, also when it was asleep', async () => {
    await using server = await openTestServer({ replm: { idleMs: 50, providers: [echo, hanging, { ...echo, name: 'other', query: async ({ prompt }) => ({ text: `other ${prompt}`, usage: { inputTokens: 1, outputTokens: 1 } }) }] } })
    const session = await makeSession(server, { model: 'other/x' })
    expect(await run(server, session, 'await llmQuery("a")')).toMatchObject({ result: { value: 'other a' } })
    await expect.poll(() => stateOf(server, session), { timeout: 10_000 }).toBe('asleep')
    expect(await run(server, session, 'await llmQuery("b")')).toMatchObject({ result: { value: 'other b' } })
  }, 60_000)
})

describe('turns', () => {
  test('cells of one session run one after another, in the order in which they came, and hold up no other session', async () => {
    await using server = await openTestServer()
    const [one, other] = [await makeSession(server), await makeSession(server)]
    const hung = await begin(server, one, 'globalThis.order = ["first"]; await llmQuery("x", { model: "hanging/x" })')
    const later = [await begin(server, one, 'order.push("second")'), await begin(server, one, 'order.push("third"); order.join()')]
    expect(await run(server, other, '6 * 7')).toMatchObject({ result: { value: 42 } })
    for (const { id } of later) expect(await jobOf(server, id, 'wait=0')).toMatchObject({ status: 'queued', session: one, startedMs: null, endedMs: null })
    const refused = await server.ask(`/sessions/${one}`, { method: 'DELETE' })
    expect([refused.status, await refused.json()]).toMatchObject([409, { code: 'IN_USE' }])
    expect((await server.ask(`/sessions/${one}/cells`, { method: 'DELETE' })).status).toBe(409)
    await server.ask(`/jobs/${hung.id}/cancel`, { method: 'POST' })
    expect(await jobOf(server, hung.id)).toMatchObject({ status: 'canceled' })
    expect(await jobOf(server, later[1]?.id ?? '')).toMatchObject({ status: 'completed', result: { value: 'first,second,third' } })
  }, 60_000)

  test('a cell that is canceled before its turn never runs', async () => {
    await using server = await openTestServer()
    const session = await makeSession(server)
    await run(server, session, 'let ran = []')
    const hung = await begin(server, session, 'await llmQuery("x", { model: "hanging/x" })')
    const waiting = await begin(server, session, 'ran.push("canceled")')
    const last = await begin(server, session, 'ran.push("last"); ran.join()')
    await server.ask(`/jobs/${waiting.id}/cancel`, { method: 'POST' })
    expect(await jobOf(server, waiting.id)).toMatchObject({ status: 'canceled' })
    await server.ask(`/jobs/${hung.id}/cancel`, { method: 'POST' })
    expect(await jobOf(server, last.id)).toMatchObject({ result: { value: 'last' } })
  }, 60_000)

  test('a cell that fails tells where, and the next one goes on with what it had made', async () => {
    await using server = await openTestServer()
    const session = await makeSession(server)
    expect(await run(server, session, 'let a = 1;\nthrow new Error("no " + a)')).toMatchObject({ status: 'failed', error: { code: 'CELL', message: expect.stringContaining('no 1'), line: 2 } })
    expect(await run(server, session, 'let =')).toMatchObject({ status: 'failed', error: { code: 'SYNTAX' } })
    expect(await run(server, session, 'a')).toMatchObject({ result: { value: 1 } })
  }, 60_000)
})

describe('people', () => {
  test('a cell that asks a person holds no sandbox, keeps its turn, and goes on with the answer before the cells after it', async () => {
    await using server = await openTestServer()
    const session = await makeSession(server)
    const asking = await begin(server, session, 'let bought = await llmQuery("q"); let answer = await awaitInput({ title: "Really?", data: 1, actions: ["yes", "no"] }); answer.action + answer.data')
    expect(await jobOf(server, asking.id)).toMatchObject({ status: 'awaiting_input', inputRequest: { title: 'Really?', data: 1, actions: ['yes', 'no'] } })
    const after = await begin(server, session, '[answer.action, bought].join()')
    await expect.poll(() => stateOf(server, session), { timeout: 10_000 }).toBe('asleep')
    expect((await server.post(`/jobs/${asking.id}/input`, { action: 'perhaps' })).status).toBe(409)
    expect((await server.post(`/jobs/${asking.id}/input`, { action: 'no', key: 'another' })).status).toBe(409)
    expect((await server.post(`/jobs/${asking.id}/input`, { action: 'no', data: 2 })).status).toBe(200)
    expect(await jobOf(server, asking.id)).toMatchObject({ status: 'completed', result: { value: 'no2', usage: { bought: 0, replayed: 1 } } })
    expect(await jobOf(server, after.id)).toMatchObject({ status: 'completed', result: { value: 'no,<q>' } })
  }, 60_000)

  test('when nobody wants the answer any more, the cells after it have their turn', async () => {
    await using server = await openTestServer()
    const session = await makeSession(server)
    await run(server, session, 'let n = 1')
    const asking = await begin(server, session, 'n = 2; await awaitInput({ title: "?", data: 1 })')
    expect(await jobOf(server, asking.id)).toMatchObject({ status: 'awaiting_input' })
    const after = await begin(server, session, 'n')
    await server.ask(`/jobs/${asking.id}/cancel`, { method: 'POST' })
    // A cell that was cut off is no part of the session.
    expect(await jobOf(server, after.id)).toMatchObject({ status: 'completed', result: { value: 1 } })
  }, 60_000)
})

describe('another server, later', () => {
  test('goes on with the cells that were under way, waiting for their turn or for a person, and buys nothing twice', async () => {
    await using first = await openTestServer()
    const [working, reviewed] = [await makeSession(first, { context: [{ name: 'a.txt', text: 'text' }] }), await makeSession(first)]
    await run(first, working, 'let bought = await llmQuery("once")')
    const under = await begin(first, working, 'let more = await llmQuery("two"); await llmQuery("x", { model: "hanging/x" })')
    const next = await begin(first, working, 'more + bought + context')
    const asking = await begin(first, reviewed, 'let said = await awaitInput({ title: "Well?", data: null })')
    const afterwards = await begin(first, reviewed, 'said.action')
    expect(await jobOf(first, asking.id)).toMatchObject({ status: 'awaiting_input' })
    await expect.poll(async () => (await jobOf(first, under.id, 'wait=0')).requestCounts.succeeded, { timeout: 10_000 }).toBe(1)
    await first.server.close()
    await first.replm[Symbol.asyncDispose]()

    const asked: string[] = []
    const counting = { ...echo, query: async (query: Parameters<typeof echo.query>[0], options: Parameters<typeof echo.query>[1]) => (asked.push(query.prompt), echo.query(query, options)) }
    const replm = await openReplm({ providers: [counting, { ...counting, name: 'hanging' }], model: 'echo/other', models: ['hanging/*'], store: `${first.folder}/store.db` })
    const server = await openServer({ replm })
    const second: TestServer = {
      ...first,
      server,
      ask: (path, init = {}) => fetch(server.url + path, { ...init, headers: { ...Object.fromEntries(new Headers(init.headers)), authorization: `Bearer ${server.token}` } }),
      post: (path, body) => second.ask(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    }
    expect(await jobOf(second, under.id)).toMatchObject({ status: 'completed' })
    expect(await jobOf(second, next.id)).toMatchObject({ status: 'completed', result: { value: '<two><once>text' } })
    expect((await second.post(`/jobs/${asking.id}/input`, { action: 'approve' })).status).toBe(200)
    expect(await jobOf(second, asking.id)).toMatchObject({ status: 'completed' })
    expect(await jobOf(second, afterwards.id)).toMatchObject({ status: 'completed', result: { value: 'approve' } })
    expect(asked).toEqual(['x'])
    await server.close()
    await replm[Symbol.asyncDispose]()
  }, 90_000)
})
