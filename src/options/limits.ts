/** Bounds on what a guest may use in, as far as they are named; all of them, checked, out. */
import type { SessionLimits } from '../types.ts'
import { checkNames, given } from './check.ts'
import { finiteTimeMs, timeMs, wholeFrom } from './number.ts'

export const limitDefaults: SessionLimits = Object.freeze({ memoryMb: 256, cpuMs: 30_000, wallMs: Infinity, outputBytes: 1e6, valueBytes: 64e6 })

/** Checks bounds on a guest and fills in {@link limitDefaults}. Throws TypeError or RangeError. */
export function resolveLimits(limits: Partial<SessionLimits> = {}): SessionLimits {
  checkNames('limits', limits, Object.keys(limitDefaults))
  return Object.freeze({
    // isolated-vm refuses an isolate of less than 8 MiB.
    memoryMb: given(limits.memoryMb, 'limits.memoryMb', wholeFrom(8)) ?? limitDefaults.memoryMb,
    cpuMs: given(limits.cpuMs, 'limits.cpuMs', finiteTimeMs) ?? limitDefaults.cpuMs,
    wallMs: given(limits.wallMs, 'limits.wallMs', timeMs) ?? limitDefaults.wallMs,
    outputBytes: given(limits.outputBytes, 'limits.outputBytes', wholeFrom(0)) ?? limitDefaults.outputBytes,
    valueBytes: given(limits.valueBytes, 'limits.valueBytes', wholeFrom(0)) ?? limitDefaults.valueBytes,
  })
}
