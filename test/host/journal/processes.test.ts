import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Journal } from '../../../src/host/journal/journal.ts'
import { openSqliteJournal } from '../../../src/host/journal/sqliteJournal.ts'
import { startWriter } from './writer.ts'
import { temporaryStore, type TemporaryStore } from './temporaryStore.ts'

let store: TemporaryStore
beforeEach(() => {
  store = temporaryStore()
})
afterEach(() => store[Symbol.dispose]())

/** Every answer with its entry, without a gap: the greatest number. */
async function wholeUpTo(journal: Journal, id: string): Promise<number> {
  const entries = (await Array.fromAsync(journal.tape(id))).flat()
  const numbers = entries.map(({ n }) => n)
  const answers = await journal.answers(id, numbers)
  expect(entries.map(({ entry }) => entry)).toEqual(numbers.map((n) => `entry ${n}`))
  expect(answers.map(({ answer, text }) => [answer, text])).toEqual(numbers.map((n) => [n, `text ${n}`]))
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 1))
  return numbers.length
}

test('two processes write to one store at once, each to its session, and both are whole', async () => {
  const writers = ['one', 'two'].map((name) => startWriter({ file: store.file, name, count: 400, mode: 'end' }))
  await Promise.all(writers.map(({ said }) => said('done')))
  await using journal = await openSqliteJournal({ file: store.file })
  const sessions = await journal.list()
  expect(sessions.map(({ name }) => name).toSorted()).toEqual(['one', 'two'])
  for (const { id, owner, spent } of sessions) {
    expect(owner).toBeNull()
    expect(spent).toMatchObject({ queries: 400, unknownQueries: 0 })
    expect(await wholeUpTo(journal, id)).toBe(400)
  }
})

test('ten kills at any moment lose nothing that was acknowledged and tear nothing, and the next owner goes on at once', { timeout: 120_000 }, async () => {
  const acknowledged = new Set<number>()
  for (let kill = 0; kill < 10; kill++) {
    const writer = startWriter({ file: store.file, name: 'killed' })
    await writer.wrote(1 + Math.floor(Math.random() * 100))
    writer.signal('SIGKILL')
    await writer.ended
    for (const n of writer.durable) acknowledged.add(n)
  }
  await using journal = await openSqliteJournal({ file: store.file })
  const session = await journal.find('killed')
  expect(session?.owner).toBeNull()
  const { session: claimed, last } = await journal.claim(session?.id ?? '')
  const whole = await wholeUpTo(journal, claimed.id)
  expect(whole).toBeGreaterThanOrEqual(Math.max(...acknowledged))
  expect(last).toMatchObject({ answer: whole, entry: whole })
  expect(claimed.answers).toBe(whole)
  // Each call was answered, or is counted as unknown, or its intent was not written yet.
  expect(claimed.spent.queries).toBe(whole)
  expect(claimed.spent.unknownQueries).toBeLessThanOrEqual(10 * 8)
})

test('a process that is stopped stays the owner', async () => {
  const writer = startWriter({ file: store.file, name: 'stopped' })
  await writer.wrote(1)
  await writer.stop()
  try {
    await using journal = await openSqliteJournal({ file: store.file })
    const session = await journal.find('stopped')
    expect(session?.owner?.pid).toBe(writer.pid)
    await expect(journal.claim(session?.id ?? '')).rejects.toMatchObject({ code: 'IN_USE', message: expect.stringContaining(`process ${writer.pid} on`) })
  } finally {
    writer.signal('SIGKILL')
    await writer.ended
  }
})

test('an owner elsewhere whose lease has ended is replaced; stopped and continued, it is refused and changes nothing', async () => {
  const writer = startWriter({ file: store.file, name: 'stale' })
  const id = (await writer.said('owned ')).slice(6)
  try {
    await using journal = await openSqliteJournal({ file: store.file })
    const database = new DatabaseSync(store.file, { timeout: 0 })
    // As another machine's process would look from here.
    const move = (leaseMs: number): void => {
      database.prepare('UPDATE sessions SET owner_place = ?, owner_host = ?, lease_ms = ? WHERE id = ?').run('other machine', 'far', leaseMs, id)
    }
    for (let isStopped = false; !isStopped; ) {
      await writer.wrote(writer.durable.size + 10)
      await writer.stop()
      try {
        move(Date.now() + 3_600_000)
        isStopped = true
      } catch (thrown) {
        // It was stopped in the middle of a commit, and nobody can write until it goes on.
        expect(thrown).toMatchObject({ errcode: 5 })
        writer.signal('SIGCONT')
      }
    }
    await expect(journal.claim(id)).rejects.toMatchObject({ code: 'IN_USE', message: expect.stringContaining('on far') })
    move(Date.now() - 1)
    const claim = await journal.claim(id)
    database.close()
    const before = claim.last.answer
    writer.signal('SIGCONT')
    expect(await writer.said('failed')).toMatch(new RegExp(`^failed IN_USE .*"stale".*taken over by process ${process.pid}`))
    await writer.ended
    expect(Math.max(...writer.durable)).toBeLessThanOrEqual(before)
    expect((await journal.find(id))?.answers).toBe(before)
    expect(await wholeUpTo(journal, id)).toBe(before)
    await journal.write(claim, [{ type: 'session.changed', generation: 2 }])
  } finally {
    writer.signal('SIGKILL')
    await writer.ended
  }
})

test('a process with nothing left to do ends by itself, its last writes written, its session free', async () => {
  const writer = startWriter({ file: store.file, name: 'left', count: 5 })
  await writer.said('done')
  await writer.ended
  await using journal = await openSqliteJournal({ file: store.file })
  const session = await journal.find('left')
  expect(session).toMatchObject({ answers: 5, owner: null })
})
