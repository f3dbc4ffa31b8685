import { expect, test } from 'vitest'
import { isOver, mayBecome, transitions } from '../../../src/host/jobs/states.ts'
import type { JobStatus } from '../../../src/types.ts'

const statuses = Object.keys(transitions) as JobStatus[] // its keys are these

/** Every pair that is legal, written down a second time. */
const legal = new Set([
  'pending queued', 'pending canceled', 'pending failed',
  'queued running', 'queued canceled', 'queued failed',
  'running awaiting_input', 'running queued', 'running completed', 'running failed', 'running canceled',
  'awaiting_input queued', 'awaiting_input failed', 'awaiting_input canceled',
])

test.each(statuses.flatMap((from) => statuses.map((to) => [from, to] as const)))('from %s to %s', (from, to) => {
  expect(mayBecome(from, to)).toBe(legal.has(`${from} ${to}`))
})

test('a job is over when nothing more can become of it', () => {
  expect(statuses.filter(isOver)).toEqual(['completed', 'failed', 'canceled'])
})

test('every status can be reached, and every one that is not over can end in each way but by itself being completed', () => {
  const reached = new Set<JobStatus>(['pending'])
  for (const status of reached) for (const next of transitions[status]) reached.add(next)
  expect(reached).toEqual(new Set(statuses))
  for (const status of statuses.filter((each) => !isOver(each))) expect(transitions[status]).toEqual(expect.arrayContaining(['failed', 'canceled']))
})

test('the table cannot be changed', () => {
  expect(Object.isFrozen(transitions)).toBe(true)
})
