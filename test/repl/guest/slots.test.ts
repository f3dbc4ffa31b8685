import { expect, test } from 'vitest'
import { createSlots, type Slot } from '../../../src/repl/guest/slots.ts'

const answered: Slot = { ok: true, text: 'yes', usage: { inputTokens: 5, outputTokens: 2 ** 40, usd: 0.25 }, queueMs: 0.125, llmMs: 1_500.5, attempts: 3 }
const failed: Slot = { ok: false, error: { code: 'PROVIDER', message: 'no' }, attempts: 5, usage: { inputTokens: 1, outputTokens: 0, usd: null } }

test('every slot is given as it was set, whatever stands beside it', () => {
  const kinds: readonly Slot[] = [
    answered,
    failed,
    { ...answered, text: '', usage: { inputTokens: 0, outputTokens: 0, usd: 0 }, queueMs: 0, attempts: 0 },
    { ...answered, usage: { inputTokens: 1, outputTokens: 1, usd: null } },
    { ...answered, value: { deep: [1] } },
    { ...answered, value: undefined },
    { ...answered, value: null },
    { ok: false, error: { code: 'INTERRUPTED', message: 'aborted' }, attempts: 0, thrown: { reason: 'why' } },
  ]
  const slots = createSlots(2 * kinds.length)
  for (const [index, slot] of kinds.entries()) slots.set(2 * index, slot)
  for (const [index, slot] of kinds.entries()) {
    expect(slots.has(2 * index)).toBe(true)
    expect(slots.has(2 * index + 1)).toBe(false)
    expect(slots.get(2 * index)).toStrictEqual(slot)
    expect(Object.keys(slots.get(2 * index))).toEqual(Object.keys(slot))
    if (!slot.ok) continue
    expect(slots.text(2 * index)).toBe(slot.text)
    expect(slots.value(2 * index)).toBe(slot.value)
  }
  expect(slots.length).toBe(2 * kinds.length)
})

test('a slot that is set again is the last one', () => {
  const slots = createSlots(1)
  expect(slots.hasFailed).toBe(false)
  slots.set(0, failed)
  expect(slots.hasFailed).toBe(true)
  slots.set(0, answered)
  expect(slots.get(0)).toStrictEqual(answered)
  slots.set(0, { ...answered, value: 1 })
  slots.set(0, failed)
  expect(slots.get(0)).toStrictEqual(failed)
  expect(slots.has(0)).toBe(true)
})
