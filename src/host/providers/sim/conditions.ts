/** The options behind a simulated model's name in; what befalls a question, the same each time for the same seed, prompt and attempt, out. */
import { hash } from 'node:crypto'
import { ReplmError } from '../../../errors.ts'

const shapes = ['none', 'uniform', 'exponential', 'lognormal'] as const
const faults = ['fail429', 'fail500', 'failReset', 'failGarbage', 'failRefusal', 'failSilence'] as const

export type Fault = (typeof faults)[number]

/** How a simulated model behaves; as the query string of its name: `sim/echo?latencyMs=200&jitter=lognormal&tokensPerSecond=80&fail429=0.05&seed=7`. */
export interface Conditions {
  /** Until the first token, in milliseconds: the median, or the mean of 'exponential'. @default 0 */
  readonly latencyMs: number
  /** How latency is distributed. @default 'none' */
  readonly jitter: (typeof shapes)[number]
  /** Sigma of 'lognormal'; half the width of 'uniform' as a share of the latency. @default 0.5 */
  readonly spread: number
  /** Speed of the answer. @default Infinity */
  readonly tokensPerSecond: number
  /** Share of attempts that meet each fault, from 0 to 1, together at most 1. @default 0 */
  readonly faults: Readonly<Record<Fault, number>>
  /** What `fail429` asks to wait, in milliseconds. @default not said */
  readonly retryAfterMs: number | undefined
  /** Share of questions that are answered wrongly, from 0 to 1: of `sim/oracle` alone. @default 0 */
  readonly error: number
  /** @default '0' */
  readonly seed: string
}

/** What befalls one attempt. */
export interface Fate {
  readonly latencyMs: number
  readonly fault: Fault | undefined
}

/** Throws CONFIG for an option that is none or a value out of range. Only a model that can tell right from wrong `errs`. */
export function readConditions(options: string, { errs }: { readonly errs: boolean }): Conditions {
  const given = new URLSearchParams(options)
  const names = ['latencyMs', 'jitter', 'spread', 'tokensPerSecond', 'retryAfterMs', 'seed', ...(errs ? ['error'] : []), ...faults]
  for (const name of given.keys()) if (!names.includes(name)) throw new ReplmError('CONFIG', `A sim model has no option "${name}": it takes ${names.join(', ')}.`)

  function number(name: string, none: number, most: number): number {
    const text = given.get(name)
    if (text === null) return none
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if (!(value >= 0 && value <= most))
      throw new ReplmError('CONFIG', `Expected \`${name}\` of a sim model to be a number from 0 ${most === Infinity ? 'up' : `to ${most}`}, got "${text}".`)
    return value
  }

  const jitter = given.get('jitter') ?? 'none'
  const shape = shapes.find((one) => one === jitter)
  if (shape === undefined) throw new ReplmError('CONFIG', `Expected \`jitter\` of a sim model to be one of ${shapes.join(', ')}, got "${jitter}".`)
  const shares = Object.fromEntries(faults.map((name) => [name, number(name, 0, 1)])) as Record<Fault, number> // the names are those of Fault
  if (faults.reduce((sum, name) => sum + shares[name], 0) > 1 + 1e-9) throw new ReplmError('CONFIG', 'The shares of faults of a sim model add up to more than 1.')
  const maxDelayMs = 2 ** 31 - 1
  const tokensPerSecond = number('tokensPerSecond', Infinity, Infinity)
  if (tokensPerSecond === 0) throw new ReplmError('CONFIG', 'Expected `tokensPerSecond` of a sim model to be more than 0, got 0.')
  return {
    latencyMs: number('latencyMs', 0, maxDelayMs),
    jitter: shape,
    spread: number('spread', 0.5, 10),
    tokensPerSecond,
    faults: shares,
    retryAfterMs: given.has('retryAfterMs') ? number('retryAfterMs', 0, maxDelayMs) : undefined,
    error: number('error', 0, 1),
    seed: given.get('seed') ?? '0',
  }
}

/** A pure function: on every path and in every thread the same attempt has the same fate. */
export function drawFate(conditions: Conditions, prompt: string, attempt: number): Fate {
  const { latencyMs, jitter, seed } = conditions
  const anyFault = faults.some((name) => conditions.faults[name] > 0)
  if (!anyFault && (jitter === 'none' || latencyMs === 0)) return { latencyMs, fault: undefined }
  const bits = hash('sha256', `${seed}\0${attempt}\0${prompt}`, 'buffer')
  const draw = (index: number): number => (bits.readUInt32LE(index * 4) + 0.5) / 2 ** 32
  let left = draw(0)
  const fault = faults.find((name) => (left -= conditions.faults[name]) < 0)
  return { latencyMs: latencyMs * stretch(conditions, draw(1), draw(2)), fault }
}

/** 32 bytes to make a wrong answer of, or undefined where the answer is to be right: the same for the same seed and prompt, on every attempt. */
export function drawError({ error, seed }: Conditions, prompt: string): Uint8Array | undefined {
  if (error === 0) return undefined
  const bits = hash('sha512', `${seed}\0error\0${prompt}`, 'buffer')
  return (bits.readUInt32LE(0) + 0.5) / 2 ** 32 < error ? bits.subarray(32) : undefined
}

function stretch({ jitter, spread }: Conditions, first: number, second: number): number {
  switch (jitter) {
    case 'none':
      return 1
    case 'uniform':
      return Math.max(0, 1 + spread * (2 * first - 1))
    case 'exponential':
      return -Math.log(first)
    case 'lognormal':
      // Box and Muller's transform.
      return Math.exp(spread * Math.sqrt(-2 * Math.log(first)) * Math.cos(2 * Math.PI * second))
  }
}
