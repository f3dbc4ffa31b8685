import { describe, expect, test } from 'vitest'
import { expectationOf, programs, type Plan } from '../../../benchmarks/tasks/expectation.ts'
import { judgeCounts, judgeList, judgeNumber, judgePairs, judgeValue } from '../../../benchmarks/tasks/judge.ts'

const error = 0.1
const right = 1 - error

/** A text of ten pieces, the answer in the fourth; its line is found in the second of three places. */
const needle: Omit<Plan, 'program'> = { merge: 'first', judge: judgeValue, surveys: [{ pieces: [0, 0, 0, 1, 0, 0, 0, 0, 0, 0], clusters: [0, 1, 0] }], error }

test('of values the first one that is any is taken: all before it have to be right', () => {
  expect(expectationOf({ program: 'map-reduce', ...needle }).mean).toBeCloseTo(right ** 4, 9)
  expect(expectationOf({ program: 'grep-then-read', ...needle }).mean).toBeCloseTo(right ** 2, 9)
  // Eight pieces go into one question, two into another, and both into a third.
  expect(expectationOf({ program: 'tree', ...needle }).mean).toBeCloseTo(right ** 6, 9)
})

test('a filter lets the answer by, and of three readings two agree, or the first one is taken', () => {
  const voted = right ** 3 + 3 * right ** 2 * error + right * error ** 2
  // One that should not have passed has to be read wrongly as well: of three readings only two in agreement, or a first one with nothing but others, say so.
  const quiet = right + error * (right ** 3 + 3 * right ** 2 * error + right * error ** 2)
  expect(expectationOf({ program: 'filter-then-map', ...needle }).mean).toBeCloseTo(quiet ** 3 * right * voted, 9)
})

test('errors of numbers add up, and each costs by itself', () => {
  const plan = { ...needle, merge: 'sum', judge: judgeNumber } as const
  const factor = right + (error * (0.75 + 0.75 ** 2 + 0.75 ** 3)) / 3
  expect(expectationOf({ program: 'map-reduce', ...plan }).mean).toBeCloseTo(factor ** 10, 9)
  expect(expectationOf({ program: 'tree', ...plan }).mean).toBeCloseTo(factor ** 13, 9)
  expect(expectationOf({ program: 'map-reduce', ...plan, merge: 'counts', judge: judgeCounts }).mean).toBeCloseTo(factor ** 10, 9)
})

test('what a filter leaves out is missing from the number', () => {
  const plan = { merge: 'sum', judge: judgeNumber, surveys: [{ pieces: [5], clusters: [5] }], error: 1 } as const
  expect(expectationOf({ program: 'filter-then-map', ...plan }).mean).toBeCloseTo(0.75 ** 5, 9)
})

test('of lists every piece adds its own items, or something invented in their place', () => {
  const surveys = [{ pieces: [2, 1], clusters: [2, 1] }]
  // Both wrong have nothing in common with the answer.
  const mean = right * right + (right * error * 2) / 4 + (error * right) / 4
  expect(expectationOf({ program: 'map-reduce', merge: 'union', judge: judgeList, surveys, error }).mean).toBeCloseTo(mean, 9)
  const pairsMean = right * right + (right * error) / 5
  expect(expectationOf({ program: 'map-reduce', merge: 'union', judge: judgePairs, surveys, error }).mean).toBeCloseTo(pairsMean, 9)
})

test('a chain holds where each of its links does', () => {
  const surveys = [
    { pieces: [1, 0], clusters: [1] },
    { pieces: [0, 1], clusters: [1] },
  ]
  expect(expectationOf({ ...needle, program: 'map-reduce', surveys })).toMatchObject({
    mean: expect.closeTo(right ** 3, 9),
    variance: expect.closeTo(right ** 3 * (1 - right ** 3), 9),
    stages: [2, 2],
  })
})

describe.each(programs)('%s', (program) => {
  test('is right, and always, where no answer is wrong', () => {
    expect(expectationOf({ ...needle, program, error: 0 })).toMatchObject({ mean: 1, variance: 0 })
  })

  test('asks as often as its structure says', () => {
    const stages = { 'map-reduce': [10], 'filter-then-map': [10, 3], tree: [10, 2, 1], 'grep-then-read': [3] }[program]
    expect(expectationOf({ ...needle, program }).stages).toEqual(stages)
  })

  test('has an expectation for a text of a thousand pieces', () => {
    const pieces = Array.from({ length: 1_000 }, (_, index) => (index % 125 === 0 ? 1 : 0))
    const { mean, variance } = expectationOf({ program, merge: 'union', judge: judgeList, surveys: [{ pieces, clusters: pieces }], error: 0.01 })
    expect(mean).toBeGreaterThan(0.05)
    expect(mean).toBeLessThan(1)
    expect(variance).toBeGreaterThan(0)
  })
})
