import { readdirSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { jobsSchema } from '../../../src/host/jobs/schema.ts'
import { openSqliteEngine } from '../../../src/host/jobs/sqliteEngine.ts'
import { migrate } from '../../../src/host/journal/migrate.ts'
import { temporaryStore } from '../journal/temporaryStore.ts'
import { eventsOf, statusesOf } from './eventLog.ts'

const folder = new URL('schemas/', import.meta.url)
const versions = jobsSchema.migrations.map(({ version }) => version)

function make(version: number, file: string): DatabaseSync {
  const database = new DatabaseSync(file)
  database.exec(readFileSync(new URL(`${version}.sql`, folder), 'utf8'))
  return database
}

test('there is a stored schema of jobs for every version', () => {
  expect(readdirSync(folder).toSorted()).toEqual(versions.map((version) => `${version}.sql`))
})

test.each(versions)('a store of jobs of version %i comes to have the tables of a new one', (version) => {
  const shapeOf = (database: DatabaseSync): unknown => database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name').all()
  using old = make(version, ':memory:')
  using fresh = new DatabaseSync(':memory:')
  migrate(old, ':memory:', jobsSchema)
  migrate(fresh, ':memory:', jobsSchema)
  expect(shapeOf(old)).toEqual(shapeOf(fresh))
})

test.each(versions)('the jobs of a store of version %i are there, and go on', async (version) => {
  using store = temporaryStore()
  make(version, store.file).close()
  await using engine = await openSqliteEngine({ file: store.file })
  const { jobs } = await engine.list()
  expect(jobs.map(({ status }) => status)).toEqual(['completed', 'awaiting_input', 'queued'])
  const [over, asking, queued] = jobs.map(({ id }) => id)
  expect(await engine.get(over ?? '')).toMatchObject({ result: { a: 1 } })
  expect(await engine.get(asking ?? '')).toMatchObject({ session: 'session 1', progress: { fraction: 0.5, step: 'half' }, requestCounts: { succeeded: 7 }, inputRequest: { key: 'first', data: { amount: 1 } } })
  expect(await engine.submit('kind', 'TEST', { idempotencyKey: 'once' })).toMatchObject({ id: queued, priority: 3 })
  await engine.resumeWithInput(asking ?? '', 'first', { action: 'approve', data: undefined })
  await using _worker = engine.work({ handlers: { kind: async ({ input }) => ({ type: 'completed', result: input }), ask: async ({ answers }) => ({ type: 'completed', result: [...answers] }) } })
  expect(await engine.wait(queued ?? '')).toMatchObject({ status: 'completed', result: 'TEST' })
  expect(await engine.wait(asking ?? '')).toMatchObject({ status: 'completed', attempts: 2, result: [['first', { action: 'approve', data: { amount: 1 } }]] })
  expect(statusesOf(await eventsOf(engine, asking ?? ''))).toEqual(['queued', 'running', 'awaiting_input', 'queued', 'running', 'completed'])
})

test('cells of sessions that were submitted before sessions had an order of their own are done one after another', async () => {
  using store = temporaryStore()
  const old = make(1, store.file)
  const insert = old.prepare("INSERT INTO jobs (id, kind, pool, status, priority, ttl_ms, max_attempts, created_ms, last_event) VALUES (?, 'cell', 'sessions', 'queued', ?, 1e9, 5, 1.7e12, 0) RETURNING key")
  const input = old.prepare('INSERT INTO inputs VALUES (?, ?)')
  // The later one would be claimed first, by its priority; one has no session but its own.
  for (const [id, priority, session] of [['a', 0, 's'], ['b', 1, 's'], ['c', 0, undefined]] as const) input.run((insert.get(id, priority) as { key: number }).key, JSON.stringify({ session, text: id })) // as the statement says
  old.close()
  await using engine = await openSqliteEngine({ file: store.file })
  const begun: string[] = []
  const { promise: mayEnd, resolve: letEnd } = Promise.withResolvers<void>()
  await using _worker = engine.work({
    handlers: {
      cell: async ({ id }) => {
        begun.push(id)
        if (id === 'a') await mayEnd
        return { type: 'completed', result: undefined }
      },
    },
    groups: ['sessions'],
  })
  await engine.wait('c')
  expect(await Promise.all(['a', 'b', 'c'].map(async (id) => (await engine.get(id))?.session))).toEqual(['s', 's', null])
  expect(begun).not.toContain('b')
  letEnd()
  expect(await engine.wait('b')).toMatchObject({ status: 'completed' })
})
