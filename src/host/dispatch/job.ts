/** A question and who asks it in; the same on its way through a pump, out. */
import { AsyncResource } from 'node:async_hooks'
import type { Answer, DispatchOptions, ProviderQuery, Query } from '../../types.ts'
import type { Sending } from './governor.ts'
import type { Place } from './line.ts'

/** One question on its way. */
export interface Job extends Place {
  readonly query: Query
  readonly asked: ProviderQuery
  readonly onSend: DispatchOptions['onSend']
  readonly onLost: DispatchOptions['onLost']
  readonly onText: DispatchOptions['onText']
  readonly arrivedMs: number
  readonly resolve: (answer: Answer) => void
  readonly reject: (reason: unknown) => void
  readonly letGo: () => void
  /** The async context of whoever asks. */
  readonly context: AsyncResource
  /** False once its promise is settled. */
  open: boolean
  /** True from its first send on. */
  running: boolean
  /** Whether an attempt is under way; and whether it was sent. */
  isFlying: boolean
  isSent: boolean
  attempts: number
  sentMs: number
  /** What its last attempt counted for. */
  sending: Sending | undefined
  /** Which path that went. */
  route: 'async' | 'pool'
  /** Whether a piece of its reply was given out: what was read cannot be taken back, so it is not asked again. */
  begun: boolean
  /** Tokens of failed attempts, as far as their errors name them. */
  readonly lost: { inputTokens: number; outputTokens: number }
  /** Ends the stage it is in: an attempt, or a wait. */
  cut: ((reason: unknown) => void) | undefined
  /** Whether its last attempt was ended from here, while the server may still be at it. */
  wasCut: boolean
  /** Its last attempt, as the path knows it. */
  flight: Promise<unknown>
}

/** Owner of all questions that name none. */
const nobody = Object.freeze({})

const landed = Promise.resolve()

export function createJob(
  query: Query,
  { signal, owner = nobody, onSend, onLost, onText }: DispatchOptions,
  { arrivedMs, resolve, reject, letGo }: Pick<Job, 'arrivedMs' | 'resolve' | 'reject' | 'letGo'>,
): Job {
  const { provider: _, timeoutMs: __, timeoutIsFinal: ___, dedupe: ____, cache: _____, ...asked } = query
  return {
    query, asked, onSend, onLost, onText, arrivedMs, resolve, reject, letGo,
    owner,
    // The questions of one call share its signal.
    call: signal,
    context: new AsyncResource('replm.question'),
    open: true,
    running: false,
    isFlying: false,
    isSent: false,
    attempts: 0,
    sentMs: arrivedMs,
    sending: undefined,
    route: 'async',
    begun: false,
    lost: { inputTokens: 0, outputTokens: 0 },
    cut: undefined,
    wasCut: false,
    flight: landed,
  }
}
