import { expect, test } from 'vitest'
import { parseBehaviour } from '../../../benchmarks/server/behaviour.ts'
import { createLatency } from '../../../benchmarks/server/latency.ts'
import { figuresOf } from '../../../benchmarks/series.ts'

/** Latencies of the first 20,000 questions to a model of that name. */
function latencies(model: string): number[] {
  const next = createLatency(parseBehaviour(model))
  return Array.from({ length: 20_000 }, () => next())
}

test('latencies have the distribution that the name of the model asks for', () => {
  expect(new Set(latencies('fixed-50'))).toEqual(new Set([50]))
  const uniform = figuresOf(latencies('uniform-50'))
  expect([uniform.least, uniform.most]).toEqual([0, 100])
  expect(Math.abs(uniform.median - 50)).toBeLessThanOrEqual(2)
  const lognormal = figuresOf(latencies('lognormal-100'))
  expect(Math.abs(lognormal.median - 100)).toBeLessThanOrEqual(2)
  expect(Math.abs(lognormal.p95 - 228)).toBeLessThanOrEqual(8)
  const exponential = latencies('exponential-100')
  const mean = exponential.reduce((sum, ms) => sum + ms, 0) / exponential.length
  expect(Math.abs(mean - 100)).toBeLessThanOrEqual(3)
  expect(Math.abs(figuresOf(exponential).median - 69)).toBeLessThanOrEqual(3)
})

test('the same seed gives the same latencies, and another one others', () => {
  expect(latencies('lognormal-100,seed-4')).toEqual(latencies('lognormal-100,seed-4'))
  expect(latencies('lognormal-100,seed-4')).not.toEqual(latencies('lognormal-100,seed-5'))
})
