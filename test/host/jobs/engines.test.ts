import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Engines, openEngines, renewEveryMs } from '../../../src/host/jobs/engines.ts'
import { jobsSchema } from '../../../src/host/jobs/schema.ts'
import { migrate } from '../../../src/host/journal/migrate.ts'

const leaseMs = 10_000

let database: DatabaseSync
let us: Engines
let other: Engines
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  database = new DatabaseSync(':memory:')
  migrate(database, ':memory:', jobsSchema)
  us = openEngines(database, { instance: 'us', leaseMs })
  other = openEngines(database, { instance: 'other', leaseMs })
})
afterEach(() => {
  database.close()
  vi.useRealTimers()
})

function ms(time: number): void {
  vi.advanceTimersByTime(time)
}

test('an engine is gone when it has not renewed for its lease, and for the time in which it would have renewed after that', () => {
  other.renew()
  ms(leaseMs - 1)
  expect(us.gone()).toEqual([])
  ms(1)
  expect(us.gone()).toEqual([])
  ms(renewEveryMs(leaseMs))
  expect(us.gone()).toEqual([])
  ms(renewEveryMs(leaseMs))
  expect(us.gone()).toMatchObject([{ engine: { instance: 'other' }, why: 'leaseEnded' }])
})

test('an engine that renews is not gone, and nobody is gone to itself', () => {
  other.renew()
  us.renew()
  for (let time = 0; time < 30; time++) {
    ms(renewEveryMs(leaseMs))
    other.renew()
    expect(us.gone()).toEqual([])
  }
})

test('when the time of day jumps by an hour, whoever lives has the time to renew', () => {
  other.renew()
  vi.setSystemTime(Date.now() + 3_600_000)
  expect(us.gone()).toEqual([])
  ms(renewEveryMs(leaseMs))
  expect(us.gone()).toEqual([])
  other.renew()
  ms(renewEveryMs(leaseMs))
  expect(us.gone()).toEqual([])
})

test('an engine whose process is dead is gone at once', () => {
  other.renew()
  database.exec('UPDATE workers SET pid = 4194304')
  expect(us.gone()).toMatchObject([{ engine: { instance: 'other' }, why: 'workerDied' }])
})

test('an engine has something to lose while it has jobs at work, or a group has jobs that are not over', () => {
  const insert = database.prepare(`INSERT INTO jobs (id, kind, pool, status, priority, ttl_ms, max_attempts, created_ms, ended_ms, worker) VALUES (?, 'kind', ?, ?, 0, 0, 1, 0, ?, ?)`)
  us.hold(['mine'])
  us.renew()
  expect(us.hasWork()).toBe(false)
  for (const [index, status] of (['pending', 'queued', 'awaiting_input'] as const).entries()) {
    insert.run(`${index}`, 'mine', status, null, null)
    expect(us.hasWork()).toBe(true)
    database.exec(`UPDATE jobs SET status = 'canceled', ended_ms = 1`)
    expect(us.hasWork()).toBe(false)
  }
  insert.run('of the other', '', 'running', null, 'other')
  expect(us.hasWork()).toBe(false)
  insert.run('at work', '', 'running', null, 'us')
  expect(us.hasWork()).toBe(true)
})
