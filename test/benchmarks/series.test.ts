import { expect, test } from 'vitest'
import { figureOf, figuresOf, inTurns } from '../../benchmarks/series.ts'

test('figures interpolate between neighbouring samples, whatever their order', () => {
  expect(figuresOf([4, 1, 3, 2])).toMatchObject({ median: 2.5, least: 1, most: 4, count: 4 })
  expect(figuresOf([7])).toMatchObject({ median: 7, p95: 7, p99: 7 })
  expect(figuresOf(Array.from({ length: 101 }, (_, index) => index))).toMatchObject({ median: 50, p95: 95, p99: 99 })
})

test('a difference is how much the median of the subject is above that of the baseline', () => {
  const measurement = { subject: { what: 'a', samples: [5, 6, 7] }, baseline: { what: 'b', samples: [1, 2, 3] } }
  expect(figureOf(measurement, { figure: 'difference', atMost: 1, unit: 'ms' })).toBe(4)
  expect(figureOf(measurement, { figure: 'median', atMost: 1, unit: 'ms' })).toBe(6)
})

test('both things are measured in every round, each of them first in every other one, and rounds of warming up do not count', async () => {
  const order: string[] = []
  const taking = (name: string, sample: number) => () => {
    order.push(name)
    return Promise.resolve(sample)
  }
  const samples = await inTurns({ rounds: 3, warmUp: 1, subject: taking('a', 1), baseline: taking('b', 2) })
  expect(order.join('')).toBe('baabbaab')
  expect(samples).toEqual({ subject: [1, 1, 1], baseline: [2, 2, 2] })
})
