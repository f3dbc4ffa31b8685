import { expect, test } from 'vitest'
import { costLine, Progress } from '../../src/cli/progress.ts'
import type { SessionEvent } from '../../src/types.ts'

const model = 'sim/echo'
const answered = (call: number, usd: number | null = 0.01): SessionEvent => ({ type: 'query.answered', call, model, usage: { inputTokens: 900, outputTokens: 100, usd }, queueMs: 0, llmMs: 1, attempts: 1 })

function seen(events: readonly SessionEvent[], nowMs = 1_000): string {
  const progress = new Progress()
  for (const event of events) progress.observe(event, 0)
  return progress.line(nowMs).text
}

test('a program that asks nothing has no progress line', () => {
  expect(seen([{ type: 'cell.started', cell: 'main' }])).toBe('')
})

test('a batch shows what is done, what it comes to, the time left, tokens and cost', () => {
  const sent: SessionEvent[] = Array.from({ length: 4 }, () => ({ type: 'query.sent', call: 1, model }))
  expect(seen([...sent, answered(1), { type: 'batch.progressed', call: 1, done: 1, failed: 0, total: 4 }])).toBe('1/4 · 3.0 s left · 1,000 tokens · $0.0100')
})

test('a narrow terminal has the same in fewer letters, and attempts that were repeated are told', () => {
  const progress = new Progress()
  for (let index = 0; index < 4; index += 1) progress.observe({ type: 'query.sent', call: 1, model }, 0)
  progress.observe({ ...answered(1), attempts: 3 } as SessionEvent, 0)
  expect(progress.line(1_000, 80).text).toBe('1/4 · 3.0 s left · 1,000 tokens · $0.0100 · 2 retries')
  expect(progress.line(1_000, 40).text).toBe('1/4 3.0 s 1000 tok $0.0100 2 retries')
})

test('a batch larger than what is under way counts as a whole', () => {
  expect(seen([{ type: 'query.sent', call: 1, model }, answered(1), { type: 'batch.progressed', call: 1, done: 1, failed: 0, total: 2_000 }])).toMatch(/^1\/2,000 /)
})

test('single questions are counted as they are asked', () => {
  expect(seen([{ type: 'query.sent', call: 1, model }, { type: 'query.sent', call: 2, model }, answered(1)])).toMatch(/^1\/2 /)
})

test('failures are told', () => {
  expect(seen([{ type: 'query.sent', call: 1, model }, { type: 'query.failed', call: 1, model, code: 'PROVIDER', message: 'x' }])).toBe('1/1 · 1 failed')
})

test('an answer without a known price is never shown as free', () => {
  const sent: SessionEvent = { type: 'query.sent', call: 1, model }
  expect(seen([sent, answered(1, null)])).toContain('price unknown')
  expect(seen([sent, sent, answered(1, null), answered(1)])).toContain('over $0.0100')
})

test('what the program says of its own progress comes first', () => {
  const progress = new Progress()
  progress.observe({ type: 'job.progressed', fraction: 0.25, step: 'reading' }, 0)
  expect(progress.line(60_000)).toEqual({ text: '25 % · 3:00 left', step: 'reading' })
})

test('a run is summed up in one line, and one that asked nothing in none', () => {
  const usage = { queries: 1, bought: 1, replayed: 0, inputTokens: 1_000, outputTokens: 234, usd: 1.5, unknownUsd: 0 }
  expect(costLine(usage, 65_000)).toBe('1 question · 1,234 tokens · $1.50 · 1:05')
  expect(costLine({ ...usage, usd: null }, 3_661_000)).toBe('1 question · 1,234 tokens · price unknown · 1:01:01')
  expect(costLine({ ...usage, queries: 0 }, 1)).toBe('')
  expect(costLine({ ...usage, queries: 3_000, bought: 300 }, 65_000, 2_700)).toBe('300 of 3,000 questions answered · 1,234 tokens · $1.50 · 1:05')
})
