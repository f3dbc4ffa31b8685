import { expect, test } from 'vitest'
import { judgeCounts, judgeList, judgeNumber, judgePairs, judgeValue, type Judge } from '../../../benchmarks/tasks/judge.ts'

test.each<readonly [string, Judge, unknown, unknown, number]>([
  ['the value', judgeValue, '48213', '48213', 1],
  ['another value', judgeValue, '48214', '48213', 0],
  ['a number for its digits', judgeValue, 48213, '48213', 0],
  ['the list in another order', judgeList, ['b', 'a'], ['a', 'b'], 1],
  ['a list that lacks one of four', judgeList, ['a', 'b', 'c'], ['a', 'b', 'c', 'd'], 0.75],
  ['a list with one too many', judgeList, ['a', 'b', 'c', 'x'], ['a', 'b', 'c'], 0.75],
  ['all there is, and everything else', judgeList, ['a', 'x', 'y', 'z'], ['a'], 0.25],
  ['no list', judgeList, null, ['a'], 0],
  ['pairs of two of three', judgePairs, ['a', 'b'], ['a', 'b', 'c'], 1 / 3],
  ['pairs with a stranger', judgePairs, ['a', 'b', 'x'], ['a', 'b'], 1 / 3],
  ['the number', judgeNumber, 7, 7, 1],
  ['two too many', judgeNumber, 9, 7, 0.5625],
  ['two too few', judgeNumber, 5, 7, 0.5625],
  ['no number', judgeNumber, '7', 7, 0],
  ['counts of which one of two is off by one', judgeCounts, { a: 1, b: 3 }, { a: 1, b: 2 }, 0.875],
  ['counts that lack one of two', judgeCounts, { a: 1 }, { a: 1, b: 2 }, 0.5],
  ['counts of more than was asked for', judgeCounts, { a: 1, b: 2, c: 0, d: 0 }, { a: 1, b: 2 }, 0.5],
])('%s', (_, judge, given, answer, score) => {
  expect(judge.score(given, answer)).toBeCloseTo(score, 12)
})

test('a deviation scores as an answer that deviates so', () => {
  const answer = ['a', 'b', 'c', 'd']
  for (const judge of [judgeList, judgePairs])
    for (let right = 0; right <= 4; right++)
      for (let wrong = 0; wrong <= 3; wrong++) {
        const given = [...answer.slice(0, right), ...['x', 'y', 'z'].slice(0, wrong)]
        expect(judge.scoreOf({ right, wrong }, 4)).toBeCloseTo(judge.score(given, answer), 12)
      }
  for (const wrong of [-3, 0, 2]) expect(judgeNumber.scoreOf({ right: 0, wrong }, 5)).toBe(judgeNumber.score(5 + wrong, 5))
})
