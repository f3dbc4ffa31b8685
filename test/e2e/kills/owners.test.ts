import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openReplm, type Replm, type ReplmError } from '../../../src/index.ts'
import { temporaryStore, type TemporaryStore } from '../../host/journal/temporaryStore.ts'
import type { ModelServer } from '../../servers/modelServer.ts'
import { openOpenAiServer } from '../../servers/openai.ts'
import { type Owner, startOwner } from './owner.ts'
import { untilStopped } from '../../stopped.ts'

let store: TemporaryStore
let server: ModelServer
let release: () => void
beforeEach(async () => {
  store = temporaryStore()
  const { promise, resolve } = Promise.withResolvers<void>()
  release = resolve
  server = await openOpenAiServer(async ({ prompt }) => {
    if (prompt.startsWith('hold')) await promise
    return prompt.startsWith('big') ? `${prompt} ${'x'.repeat(20_000)}` : `answer to ${prompt}`
  })
  vi.stubEnv('REPLM_BASE_URL', `${server.url}/v1`)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  release()
  await server.close()
  store[Symbol.dispose]()
})

function open(): Promise<Replm> {
  return openReplm({ model: 'compatible/counted', store: store.file })
}

async function failure(promise: Promise<unknown>): Promise<ReplmError> {
  return (await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )) as ReplmError
}

function askedOf(prompt: string): number {
  return server.requests.filter((request) => request.prompt === prompt).length
}

/** Resolves when the store says that so many calls are under way. */
async function untilInFlight(count: number): Promise<void> {
  using database = new DatabaseSync(store.file, { readOnly: true, timeout: 5_000 })
  const look = database.prepare('SELECT count(*) AS count FROM intents')
  await expect.poll(() => look.get()?.['count'], { timeout: 20_000 }).toBe(count)
}

/** Stops it; resolves when none of its threads runs any more. */
async function stop(owner: Owner): Promise<void> {
  owner.signal('SIGSTOP')
  await untilStopped(owner.pid)
}

it('a session that lives in another process is refused by its name, and taken over at once when that process is dead; what it had under way counts as spent', async () => {
  const cell = `const first = await llmQuery('first'); [first, ...await llmBatchQuery(['hold 1', 'hold 2', 'hold 3'])]`
  using owner = startOwner({ store: store.file, cell, url: server.url })
  const { id = '' } = (await owner.said('opened')) ?? {}
  await server.until(() => askedOf('hold 3') === 1)
  await untilInFlight(3)
  await using replm = await open()
  expect(await failure(replm.openSession({ id }))).toMatchObject({ code: 'IN_USE', message: expect.stringContaining(`process ${owner.pid}`) })
  owner.signal('SIGKILL')
  await owner.ended
  {
    // One answer, three that may have been charged, and three to be asked again: one too many.
    await using session = await replm.openSession({ id, budget: { queries: 6 } })
    release()
    expect(session.cutOff).toMatchObject({ cell: 'main', state: 'running' })
    expect(await failure(session.resume().result)).toMatchObject({ code: 'BUDGET', usage: { queries: 4, bought: 2, replayed: 1 } })
  }
  const [info] = await replm.sessions.list()
  expect(info).toMatchObject({ id, queries: 3, owner: null })
  await using session = await replm.openSession({ id, budget: { queries: 7 } })
  expect(session.cutOff).toBeUndefined()
  const { value, usage } = await session.run(cell, { name: 'main' })
  expect(value).toEqual(['first', 'hold 1', 'hold 2', 'hold 3'].map((prompt) => `answer to ${prompt}`))
  expect(usage).toMatchObject({ queries: 4, bought: 1, replayed: 3 })
  expect(askedOf('first')).toBe(1)
})

it.skipIf(!existsSync('/proc/self/task'))('an owner that was stopped past its lease and replaced meanwhile is refused when it goes on, and lets go of all it has under way', async () => {
  const cell = `const held = llmQuery('hold 1'); for (let i = 0; ; i++) console.log(await llmQuery('quick ' + i)); await held`
  using owner = startOwner({ store: store.file, cell, url: server.url })
  const { id = '' } = (await owner.said('opened')) ?? {}
  await server.until(() => askedOf('hold 1') === 1 && askedOf('quick 3') === 1)
  const database = new DatabaseSync(store.file, { timeout: 0 })
  for (let isStopped = false; !isStopped; ) {
    await stop(owner)
    try {
      // As a process of another machine looks from here whose lease has ended.
      database.prepare(`UPDATE sessions SET owner_place = 'other machine', owner_host = 'far', lease_ms = 1`).run()
      isStopped = true
    } catch (thrown) {
      // It was stopped in the middle of a commit, and nobody can write until it goes on.
      expect(thrown).toMatchObject({ errcode: 5 })
      owner.signal('SIGCONT')
    }
  }
  database.close()
  await using replm = await open()
  await using session = await replm.openSession({ id })
  const known = session.cells.length
  owner.signal('SIGCONT')
  expect(await owner.said('failed')).toMatchObject({ code: 'IN_USE', message: expect.stringContaining(`process ${process.pid}`) })
  await owner.ended
  await server.until(() => server.left.some(({ prompt }) => prompt === 'hold 1'))
  expect(session.cells).toHaveLength(known)
  expect((await session.run('1 + 1')).value).toBe(2)
})

it.skipIf(!existsSync('/usr/bin/prlimit'))('a store that is full in the middle of a run says so, loses nothing it has acknowledged, and the run goes on when there is room', async () => {
  const count = 400
  const cell = `let asked = 0; const one = async (i) => { const text = await llmQuery('big ' + i); console.log(i); asked += text.length > 0 }; for (let at = 0; at < ${count}; at += 20) await Promise.all(Array.from({ length: 20 }, (_, i) => one(at + i))); asked`
  const acknowledged = new Set<string>()
  using owner = startOwner({
    store: store.file, cell, url: server.url, under: ['/usr/bin/prlimit', `--fsize=${3 * 1_048_576}`],
    onLine: (line) => {
      if (line.type === 'console.printed') acknowledged.add(`big ${line.text}`)
    },
  })
  const { id = '' } = (await owner.said('opened')) ?? {}
  expect(await owner.said('failed')).toMatchObject({ code: 'STORE', message: expect.stringContaining(store.file) })
  await owner.ended
  expect(acknowledged.size).toBeGreaterThan(0)
  expect(acknowledged.size).toBeLessThan(count)

  const before = server.requests.length
  using again = startOwner({ store: store.file, cell, id, url: server.url })
  const ended = await again.said('ended')
  expect(ended?.value).toBe(count)
  expect(ended?.printed).toHaveLength(count)
  expect(ended?.usage.queries).toBe(count)
  expect(server.requests.slice(before).filter(({ prompt }) => acknowledged.has(prompt))).toEqual([])
})
