import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openReplm } from '../../src/index.ts'
import { createModel } from '../e2e/replay/model.ts'
import { type Sandboxes, watchSandboxes } from '../e2e/replay/sandboxes.ts'
import { temporaryStore, type TemporaryStore } from './journal/temporaryStore.ts'

let store: TemporaryStore
let sandboxes: Sandboxes
beforeEach(() => {
  store = temporaryStore()
  sandboxes = watchSandboxes()
})
afterEach(() => {
  sandboxes[Symbol.dispose]()
  store[Symbol.dispose]()
})

it('nothing of a cell has an effect before what it depends on is durable, and what has none goes on meanwhile, in any order', async () => {
  const model = createModel(1)
  await using replm = await openReplm({ providers: [model.provider], model: 'random/x', store: store.file })
  await using session = await replm.openSession()
  await session.run('1 + 1')
  // Another process keeps the store: nothing can be written until it lets go.
  using other = new DatabaseSync(store.file)
  other.exec('BEGIN IMMEDIATE')
  let entries = 0
  const { promise: bothAnswered, resolve } = Promise.withResolvers<void>()
  sandboxes.onRecord = () => {
    // The cell's start, a timer and a look at the budget.
    if (++entries === 3) resolve()
  }
  const shown: string[] = []
  const run = session.start(`console.log('shown'); const asked = llmQuery('asked'); await Promise.all([sleep(1), budget()]); await asked`)
  const heard = (async () => {
    for await (const event of run.events) if (event.type === 'console.printed') shown.push(event.text)
  })()
  await bothAnswered
  await new Promise((turn) => setImmediate(turn))
  expect(model.asked).toEqual([])
  expect(shown).toEqual([])
  other.exec('ROLLBACK')
  expect((await run.result).value).toBe('asked #1')
  await heard
  expect(shown).toEqual(['shown'])
})
