/** Bounds on a guest as callers write them. */
import { describe, expect, it } from 'vitest'
import { resolveLimits } from '../../src/options/limits.ts'

describe('resolveLimits', () => {
  it('takes Infinity for wall time and refuses it for CPU time', () => {
    expect(resolveLimits({ wallMs: Infinity }).wallMs).toBe(Infinity)
    expect(() => resolveLimits({ cpuMs: Infinity })).toThrow(new RangeError('Expected `limits.cpuMs` to be a number of milliseconds from 1 to 2147483647, got Infinity'))
  })
})
