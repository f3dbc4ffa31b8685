import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, openSync, closeSync, readFileSync, readdirSync, statSync, truncateSync, utimesSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Journal } from '../../../src/host/journal/journal.ts'
import { openSqliteJournal } from '../../../src/host/journal/sqliteJournal.ts'
import { answered, config, entry, newSession, started } from './records.ts'
import { startWriter } from './writer.ts'
import { temporaryStore, type TemporaryStore } from './temporaryStore.ts'

const isRoot = process.getuid?.() === 0

let store: TemporaryStore
beforeEach(() => {
  store = temporaryStore()
})
afterEach(() => store[Symbol.dispose]())

/** A store with a session of so many answers, closed. */
async function filled(file: string, answers: number, text = 'text'): Promise<string> {
  await using journal = await openSqliteJournal({ file })
  const claim = await journal.create(newSession({ name: 'filled' }))
  await journal.write(claim, [started(1), ...Array.from({ length: answers }, (_, index) => answered(index + 1, { text: `${text} ${index + 1}` }))])
  return claim.session.id
}

/** That all of it says so, and how. */
async function expectStore(asked: Promise<unknown>, words: RegExp, file = store.file): Promise<void> {
  const error: unknown = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toMatchObject({ code: 'STORE', message: expect.stringMatching(words) })
  expect((error as Error).message).toContain(file)
}

test.each([
  ['a text', Buffer.from('this is no database, but a letter to the editor. '.repeat(100))],
  ['noise', Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * 7_919) % 251))],
])('%s is refused as a store and left as it was', async (_what, bytes) => {
  writeFileSync(store.file, bytes)
  await using journal = await openSqliteJournal({ file: store.file })
  await expectStore(journal.create(newSession()), /not a store of replm.*--store/)
  await expectStore(journal.list(), /not a store of replm/)
  expect(readFileSync(store.file).equals(bytes)).toBe(true)
})

test('a database of another program is refused and left as it was', async () => {
  const other = new DatabaseSync(store.file)
  other.exec('CREATE TABLE bookmarks (url TEXT)')
  other.close()
  const bytes = readFileSync(store.file)
  await using journal = await openSqliteJournal({ file: store.file })
  await expectStore(journal.create(newSession()), /another program/)
  expect(readFileSync(store.file).equals(bytes)).toBe(true)
})

test('a store of a newer replm is refused and left as it was', async () => {
  await filled(store.file, 1)
  const newer = new DatabaseSync(store.file)
  newer.exec('PRAGMA user_version = 99')
  newer.close()
  const bytes = readFileSync(store.file)
  await using journal = await openSqliteJournal({ file: store.file })
  await expectStore(journal.find('filled'), /newer replm.*version is 99, this one knows 1/)
  expect(readFileSync(store.file).equals(bytes)).toBe(true)
})

test('an empty file becomes a store', async () => {
  writeFileSync(store.file, '')
  await filled(store.file, 1)
})

test('a store that was cut in the middle of a page is called damaged and left as it was', async () => {
  await filled(store.file, 500)
  truncateSync(store.file, Math.floor(statSync(store.file).size / 2) + 1_234)
  const bytes = readFileSync(store.file)
  await using journal = await openSqliteJournal({ file: store.file })
  await expectStore(journal.find('filled'), /damaged.*backup/)
  await expectStore(journal.create(newSession()), /damaged/)
  expect(readFileSync(store.file).equals(bytes)).toBe(true)
})

test('pages of garbage are called damaged where they are read; the rest is read as before', async () => {
  const id = await filled(store.file, 2_000, 'some words '.repeat(30))
  const size = statSync(store.file).size
  const descriptor = openSync(store.file, 'r+')
  const garbage = Buffer.alloc(4_096 * 20, 0xa5)
  writeSync(descriptor, garbage, 0, garbage.length, Math.floor(size / 2 / 4_096) * 4_096)
  closeSync(descriptor)
  await using journal = await openSqliteJournal({ file: store.file })
  expect((await journal.find('filled'))?.id).toBe(id)
  await expectStore(Array.fromAsync(journal.export(id)), /damaged/)
  expect(await journal.answers(id, [1])).toMatchObject([{ answer: 1 }])
})

test('a path that is a folder, or lies below a file, is told apart from a damaged store', async () => {
  await using folder = await openSqliteJournal({ file: store.folder })
  await expectStore(folder.list(), /cannot be opened/, store.folder)
  writeFileSync(store.file, '')
  await using below = await openSqliteJournal({ file: join(store.file, 'replm.db') })
  await expectStore(below.list(), /cannot be opened/)
})

test('a store that another process keeps locked says so after the time to wait, and works again afterwards', async () => {
  const id = await filled(store.file, 3)
  await using journal = await openSqliteJournal({ file: store.file, busyMs: 50 })
  const claim = await journal.claim(id)
  const other = new DatabaseSync(store.file)
  other.exec('BEGIN IMMEDIATE')
  const first = journal.write(claim, [entry(1, 1)])
  await expectStore(Promise.resolve(first), /locked/)
  await expectStore(Promise.resolve(journal.write(claim, [entry(2, 1)])), /locked/)
  expect(await journal.answers(id, [1, 2, 3])).toHaveLength(3)
  await expectStore(journal.claim(id), /locked/)
  other.exec('ROLLBACK')
  other.close()

  await expectStore(Promise.resolve(journal.write(claim, [entry(3, 1)])), /locked/)
  const again = await journal.claim(id)
  await journal.write(again, [entry(1, 1)])
  expect((await Array.fromAsync(journal.tape(id))).flat()).toMatchObject([{ n: 1 }])
})

test('one session that cannot be written takes no other down with it', async () => {
  await using journal = await openSqliteJournal({ file: store.file })
  const [bad, good] = [await journal.create(newSession()), await journal.create(newSession())]
  await journal.write(bad, [entry(1, 1)])
  const refused = journal.write(bad, [entry(2, 1), entry(1, 1)])
  const written = journal.write(good, [entry(1, 1)])
  await expectStore(Promise.resolve(refused), /failed/)
  await written
  await expectStore(Promise.resolve(journal.write(bad, [entry(3, 1)])), /failed/)
  await journal.write(good, [entry(2, 1)])
  expect((await Array.fromAsync(journal.tape(good.session.id))).flat()).toHaveLength(2)
  expect((await Array.fromAsync(journal.tape(bad.session.id))).flat()).toHaveLength(1)
})

function command(name: string, ...args: readonly string[]): void {
  execFileSync(name, args, { stdio: 'ignore' })
}

/** A folder on a disk of its own; undefined where this user may not have one. */
function smallDisk(size: string): { readonly folder: string } & Disposable | undefined {
  const folder = join(store.folder, 'disk')
  mkdirSync(folder)
  try {
    command('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder)
  } catch {
    return undefined
  }
  return { folder, [Symbol.dispose]: () => command('umount', '-l', folder) }
}

test('a full disk refuses what has no room and keeps what was acknowledged; with room again, a new claim goes on', async ({ skip }) => {
  using disk = smallDisk('3m')
  if (disk === undefined) skip('mounting a small disk takes root')
  const file = join(disk?.folder ?? '', 'replm.db')
  const ballast = join(disk?.folder ?? '', 'ballast')
  writeFileSync(ballast, Buffer.alloc(1_048_576))
  await using journal = await openSqliteJournal({ file })
  const claim = await journal.create(newSession())
  const other = await journal.create(newSession())
  const { id } = claim.session
  const acknowledged: number[] = []
  let failure: unknown
  for (let n = 1; failure === undefined && n < 1_000; n++) {
    try {
      await journal.write(claim, [answered(n, { text: `${n} ${'x'.repeat(50_000)}` })])
      acknowledged.push(n)
    } catch (thrown) {
      failure = thrown
    }
  }
  expect(failure).toMatchObject({ code: 'STORE', message: expect.stringMatching(/disk is full.*replm\.db.*Make room/) })
  await expect(journal.write(claim, [entry(1, 1)])).rejects.toBe(failure)
  expect(acknowledged.length).toBeGreaterThan(3)
  expect((await journal.answers(id, acknowledged)).map(({ answer }) => answer)).toEqual(acknowledged)
  await expectStore(journal.keep(Buffer.alloc(3_000_000)), /disk is full/, file)
  await journal.release(other).catch(() => undefined) // there may be no room to say so

  // What cannot be written cannot be given up either, but its owner is gone all the same.
  const third = await openSqliteJournal({ file })
  const full = await third.claim(other.session.id).catch((thrown: unknown) => thrown)
  await third[Symbol.asyncDispose]()

  truncateSync(ballast)
  const again = await journal.claim(id)
  expect(again.last.answer).toBe(acknowledged.length)
  await journal.write(again, [answered(acknowledged.length + 1)])
  expect(full).toBeDefined()
  await journal.claim(other.session.id)
})

test('a store on a disk without any room is opened for reading, and written again once there is room', async ({ skip }) => {
  using disk = smallDisk('3m')
  if (disk === undefined) skip('mounting a small disk takes root')
  const file = join(disk?.folder ?? '', 'replm.db')
  const ballast = join(disk?.folder ?? '', 'ballast')
  const id = await filled(file, 3)
  const descriptor = openSync(ballast, 'w')
  expect(() => {
    for (;;) writeSync(descriptor, Buffer.alloc(4_096))
  }).toThrow('ENOSPC')
  closeSync(descriptor)
  await using journal = await openSqliteJournal({ file })
  expect(await journal.answers(id, [1, 2, 3])).toHaveLength(3)
  await expectStore(journal.claim(id), /disk is full/, file)
  truncateSync(ballast)
  const claim = await journal.claim(id)
  await journal.write(claim, [answered(4)])
})

test.skipIf(!existsSync('/usr/bin/prlimit'))('a store that may not grow refuses what has no room and keeps what was acknowledged', async () => {
  // A limit on the size of files needs no root; sqlite meets it as a disk that fails.
  const writer = startWriter({ file: store.file, name: 'limited', mode: 'big', under: ['prlimit', `--fsize=${3 * 1_048_576}`] })
  expect(await writer.said('failed')).toMatch(/^failed STORE .*replm\.db/)
  await writer.ended
  await using journal = await openSqliteJournal({ file: store.file })
  const { id } = (await journal.find('limited')) ?? { id: '' }
  const claim = await journal.claim(id)
  const numbers = [...writer.durable]
  expect(numbers.length).toBeGreaterThan(0)
  expect((await journal.answers(id, numbers)).map(({ answer }) => answer)).toEqual(numbers)
  await journal.write(claim, [answered(claim.last.answer + 1)])
})

async function expectReadable(file: string, id: string): Promise<void> {
  await using journal: Journal = await openSqliteJournal({ file })
  expect((await journal.find('filled'))?.id).toBe(id)
  expect(await journal.answers(id, [2])).toMatchObject([{ text: 'text 2' }])
  await expectStore(journal.claim(id), /only be read/, file)
  await expectStore(journal.create(newSession()), /only be read/, file)
  await expectStore(journal.remove(id), /only be read/, file)
}

test('a store on a disk that is mounted for reading only is read, and refuses to be written', async ({ skip }) => {
  using disk = smallDisk('8m')
  if (disk === undefined) skip('mounting a disk takes root')
  const file = join(disk?.folder ?? '', 'replm.db')
  const id = await filled(file, 3)
  command('mount', '-o', 'remount,ro', disk?.folder ?? '')
  await expectReadable(file, id)
})

test.skipIf(isRoot || process.platform === 'win32')('a store whose folder may only be read is read, and refuses to be written', async () => {
  const id = await filled(store.file, 3)
  chmodSync(store.file, 0o400)
  chmodSync(store.folder, 0o500)
  try {
    await expectReadable(store.file, id)
  } finally {
    chmodSync(store.folder, 0o700)
  }
})

test.skipIf(isRoot || process.platform === 'win32')('a store that this user may not even read cannot be opened', async () => {
  await filled(store.file, 1)
  chmodSync(store.file, 0o000)
  await using journal = await openSqliteJournal({ file: store.file })
  await expectStore(journal.list(), /cannot be opened/)
})

test.skipIf(process.platform === 'win32')('all files of a store are for their owner only', async () => {
  const file = join(store.folder, 'deep', 'er', 'replm.db')
  await using journal = await openSqliteJournal({ file })
  await journal.create(newSession())
  await journal.keep(Buffer.from('kept'))
  const folder = join(store.folder, 'deep', 'er')
  const names = readdirSync(folder)
  expect(names).toEqual(expect.arrayContaining(['replm.db', 'replm.db-wal', 'replm-contents']))
  for (const name of names) expect([name, statSync(join(folder, name)).mode & 0o077]).toEqual([name, 0])
  for (const name of readdirSync(join(folder, 'replm-contents'))) expect(statSync(join(folder, 'replm-contents', name)).mode & 0o777).toBe(0o600)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
})

test.skipIf(process.platform === 'win32')('a file that all could read is closed to them', async () => {
  writeFileSync(store.file, '', { mode: 0o644 })
  await filled(store.file, 1)
  expect(statSync(store.file).mode & 0o777).toBe(0o600)
})

test('kept contents that were changed on disk are refused by name', async () => {
  await using journal = await openSqliteJournal({ file: store.file })
  const hash = await journal.keep(Buffer.from('a context'))
  writeFileSync(join(store.folder, 'replm-contents', hash), 'a c0ntext')
  const path = join(store.folder, 'replm-contents', hash)
  await expectStore(journal.kept(hash), /changed or damaged/, path)
  await expectStore(journal.kept('../replm.db'), /not there/, '')
})

test('contents that no session came to refer to are dropped after a day', async () => {
  const folder = join(store.folder, 'replm-contents')
  await using journal = await openSqliteJournal({ file: store.file })
  const [young, old] = [await journal.keep(Buffer.from('young')), await journal.keep(Buffer.from('old'))]
  const needed = await journal.keep(Buffer.from('needed'))
  await journal.create(newSession({ config: config({ documents: [{ name: 'x', path: null, bytes: 6, mtimeMs: null, hash: needed }] }) }))
  writeFileSync(join(folder, 'left over'), 'x')
  const database = new DatabaseSync(store.file)
  database.prepare('UPDATE contents SET kept_ms = 0 WHERE hash IN (?, ?)').run(old, needed)
  database.close()
  utimesSync(join(folder, 'left over'), 1, 1)
  await journal.prune({ unusedForMs: 0 })
  expect(readdirSync(folder).toSorted()).toEqual([young, needed].toSorted())
})

test('a removed session gives its room back', async () => {
  const id = await filled(store.file, 2_000, 'some words '.repeat(20))
  const before = statSync(store.file).size
  await using journal = await openSqliteJournal({ file: store.file })
  expect(await journal.size()).toBeGreaterThanOrEqual(before)
  await journal.remove(id)
  expect(statSync(store.file).size).toBeLessThan(before / 4)
})

test('a session that was removed only half is out of sight, and the next prune goes on with it', async () => {
  const id = await filled(store.file, 10)
  const database = new DatabaseSync(store.file)
  database.exec('UPDATE sessions SET removed = 1, name = NULL')
  await using journal = await openSqliteJournal({ file: store.file })
  expect(await journal.find(id)).toBeUndefined()
  expect(await journal.list()).toEqual([])
  await journal.prune({ unusedForMs: 0 })
  expect(database.prepare('SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM answers) + (SELECT count(*) FROM configs) AS count').get()).toEqual({ count: 0 })
  database.close()
})
