import { expect, test } from 'vitest'
import { openMemoryJournal } from '../../../src/host/journal/memoryJournal.ts'
import { describeJournal } from './conformance.ts'
import { newSession, started } from './records.ts'

describeJournal('a journal in memory', async () => openMemoryJournal())

test('a write to memory is done when it returns', async () => {
  await using journal = openMemoryJournal()
  const claim = await journal.create(newSession())
  expect(journal.write(claim, [started(1)])).toBeUndefined()
  expect(await journal.size()).toBe(0)
})
