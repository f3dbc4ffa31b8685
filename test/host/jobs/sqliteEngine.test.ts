import { expect, test } from 'vitest'
import { openSqliteEngine } from '../../../src/host/jobs/sqliteEngine.ts'
import { describeEngine } from './conformance.ts'
import { sqliteInFile } from './engines/sqliteInFile.ts'
import { eventsOf, statusesOf } from './eventLog.ts'

describeEngine(sqliteInFile)

test('an engine in memory does all of it without a file, and keeps nothing for the next', async () => {
  const engine = await openSqliteEngine({ file: ':memory:' })
  const { id } = await engine.submit('ask', { a: 1 }, { idempotencyKey: 'once' })
  const followed = Array.fromAsync(engine.events(id))
  engine.work({
    handlers: {
      ask: async ({ input, answers }) =>
        answers.size === 0 ? { type: 'awaitingInput', request: { key: 'k', title: 't', description: null, data: 1, actions: ['approve'] } } : { type: 'completed', result: [input, ...answers] },
    },
  })
  expect(await engine.wait(id)).toMatchObject({ status: 'awaiting_input' })
  await engine.resumeWithInput(id, 'k', { action: 'approve', data: 2 })
  expect(await engine.wait(id)).toMatchObject({ status: 'completed', result: [{ a: 1 }, ['k', { action: 'approve', data: 2 }]] })
  expect(await engine.submit('ask', { a: 1 }, { idempotencyKey: 'once' })).toMatchObject({ id, status: 'completed' })
  expect(await followed).toEqual(await eventsOf(engine, id))
  expect(statusesOf(await followed)).toEqual(['queued', 'running', 'awaiting_input', 'queued', 'running', 'completed'])
  await using other = await openSqliteEngine({ file: ':memory:' })
  expect(await other.get(id)).toBeUndefined()
  await engine.close()
})
