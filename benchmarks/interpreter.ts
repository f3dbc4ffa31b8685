/** What runs code for a program, in the shape that all of them share: said between contestants and those who measure them. Imports nothing. */

export const backends = ['replm', 'node:vm', 'worker_threads', 'quickjs-emscripten'] as const
export type Backend = (typeof backends)[number]

/** A session of one of them. Made without waiting for anything; `start` does what takes time. */
export interface Interpreter {
  readonly start: () => Promise<void>
  readonly execute: (code: string) => Promise<unknown>
  /** Code that calls a function of the host with 19 and 23, and gives what that gave: their sum, 42. */
  readonly callHost: () => Promise<unknown>
  /** Hands over a text, and gives its length as the code sees it. */
  readonly lengthOf: (text: string) => Promise<unknown>
  readonly shutdown: () => Promise<void>
}

export interface SessionTask {
  readonly warm: number
}

/** Milliseconds, and MB of memory of the process and all below it. */
export interface SessionOutcome {
  readonly construct: number
  readonly start: number
  readonly first: number
  readonly shutdown: number
  readonly scalar: readonly number[]
  readonly hostCall: readonly number[]
  readonly oneMebibyte: readonly number[]
  readonly startMb: number
  readonly retainedMb: number
}
