import { afterEach, beforeEach, expect, test } from 'vitest'
import { Store } from '../../../src/host/journal/store.ts'
import { answered, entry, newSession, sent, started } from './records.ts'
import { temporaryStore, type TemporaryStore } from './temporaryStore.ts'

let temporary: TemporaryStore
let store: Store
beforeEach(() => {
  temporary = temporaryStore()
  store = opened('one')
})
afterEach(() => {
  store.close()
  temporary[Symbol.dispose]()
})

function opened(instance: string): Store {
  return new Store({ file: temporary.file, busyMs: 5_000, leaseMs: 60_000, instance })
}

test('other sessions write between the steps in which a big one is removed', () => {
  const { session, epoch } = store.create(newSession({ name: 'big' }))
  store.commit([{ id: session.id, epoch, writes: Array.from({ length: 5_000 }, (_, index) => [answered(index + 1), entry(index + 1, 1)]).flat() }])
  store.release(session.id, epoch)
  const small = store.create(newSession({ name: 'small' }))
  const steps = store.remove(session.id)
  let count = 0
  for (let step = steps.next(); step.done !== true; step = steps.next()) {
    expect(store.find('big')).toBeUndefined()
    expect(store.commit([{ id: small.session.id, epoch: small.epoch, writes: [entry(++count, 1)] }])).toEqual([null])
  }
  expect(count).toBeGreaterThan(3)
  expect(store.list().map(({ name }) => name)).toEqual(['small'])
})

test('a prune goes on with what a crash left half removed', () => {
  const { session, epoch } = store.create(newSession({ name: 'half' }))
  store.commit([{ id: session.id, epoch, writes: Array.from({ length: 5_000 }, (_, index) => answered(index + 1)) }])
  store.release(session.id, epoch)
  const before = store.size()
  store.remove(session.id).next()
  store.close()
  store = opened('two')
  expect(store.list()).toEqual([])
  expect([...store.prune({ unusedForMs: 0, onlyUnnamed: false, atMost: Infinity, except: [] })]).toBeDefined()
  expect(store.size()).toBeLessThan(before / 2)
})

test('the epoch stands in the statement: a writer whose row has moved on is refused alone, whatever its journal believes', () => {
  const stale = store.create(newSession({ name: 'stale' }))
  const good = store.create(newSession())
  const other = opened('two')
  // As its owner would be replaced that another machine believes dead.
  const taken = other.claim(stale.session.id, ['one'], false)
  expect(taken.epoch).toBe(stale.epoch + 1)
  const results = store.commit([
    { id: stale.session.id, epoch: stale.epoch, writes: [started(1), sent(1), answered(1)] },
    { id: good.session.id, epoch: good.epoch, writes: [started(1)] },
  ])
  expect(results).toMatchObject([{ isFatal: true, error: { code: 'IN_USE', message: expect.stringContaining('"stale"') } }, null])
  expect(store.find('stale')).toMatchObject({ executions: 0, answers: 0 })
  expect(store.find(good.session.id)).toMatchObject({ executions: 1 })
  store.release(stale.session.id, stale.epoch)
  store.renew()
  expect(other.commit([{ id: stale.session.id, epoch: taken.epoch, writes: [started(1)] }])).toEqual([null])
  expect(store.find('stale')?.owner?.pid).toBe(process.pid)
  other.close()
})

test('what was sent and answered within one group leaves no intent; what was only sent does, until it is answered', () => {
  const { session, epoch } = store.create(newSession())
  const { id } = session
  const commit = (...writes: Parameters<Store['commit']>[0][number]['writes']): void => expect(store.commit([{ id, epoch, writes }])).toEqual([null])
  commit(sent(1), answered(1, { intent: 1 }), sent(2), sent(3))
  commit(sent(2, { attempt: 2 }), answered(2, { intent: 2 }))
  commit({ type: 'call.failed', intent: 3, inputTokens: 0, outputTokens: 0, usd: 0 })
  store.release(id, epoch)
  expect(store.find(id)?.spent).toMatchObject({ queries: 3, unknownQueries: 0 })
})
