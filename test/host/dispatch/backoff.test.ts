/** Waits between attempts. */
import { describe, expect, it } from 'vitest'
import { backoffMs } from '../../../src/host/dispatch/backoff.ts'

const waits = (random: () => number, retryAfterMs?: number): number[] => [1, 2, 3, 4, 5, 6, 7, 40].map((attempt) => backoffMs({ attempt, retryAfterMs, random }))

describe('backoffMs', () => {
  it('begins at 250 ms and doubles to 8 s', () => {
    expect(waits(() => 0)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000])
  })

  it('adds up to a quarter, and never takes anything away', () => {
    expect(waits(() => 1)).toEqual([312.5, 625, 1_250, 2_500, 5_000, 10_000, 10_000, 10_000])
    const many = Array.from({ length: 1_000 }, () => backoffMs({ attempt: 3, retryAfterMs: undefined, random: Math.random }))
    expect(Math.min(...many)).toBeGreaterThanOrEqual(1_000)
    expect(Math.max(...many)).toBeLessThanOrEqual(1_250)
    expect(Math.max(...many) - Math.min(...many)).toBeGreaterThan(150)
  })

  it('waits as long as the server asked, however long or short that is, and spreads those who come back', () => {
    expect(waits(() => 0, 20_000)).toEqual(Array.from({ length: 8 }, () => 20_000))
    expect(waits(() => 0, 10)).toEqual(Array.from({ length: 8 }, () => 10))
    expect(backoffMs({ attempt: 1, retryAfterMs: 1, random: () => 1 })).toBe(63.5)
    // A time that is over already says nothing of how long it takes.
    expect(waits(() => 0, 0)).toEqual(waits(() => 0))
    expect(backoffMs({ attempt: 1, retryAfterMs: 20_000, random: () => 1 })).toBe(25_000)
  })
})
