/** What a program calls to ask models: `llmQuery`, `llmBatchQuery`, `budget`, `progress`, and what comes later. */
import { type GuestError, maxStepUnits } from '../../protocol.ts'
import type { BudgetState } from '../../types.ts'
import { callHost } from './call-host.ts'
import { createBatchError, createError } from './errors.ts'
import { emit } from './host.ts'
import { shown } from './options.ts'
import {
  ArrayPrototype, createList, IntrinsicRangeError, IntrinsicTypeError, isFiniteNumber, jsonStringify, setPrototypeOf, stringSlice,
} from './primordials.ts'
import { ask, askAll } from './query.ts'
import { readBatch, readRequest, type Request, type Requests } from './request.ts'
import type { AnsweredSlot, FailedSlot, Slot, Slots } from './slots.ts'

/** One question; its answer, or with `schema` the parsed value. */
export async function llmQuery(prompt: unknown, options?: unknown): Promise<unknown> {
  const request = readRequest(prompt, options, 'llmBatchQuery')
  const slot = await ask(request)
  if (slot.ok) return answerOf(request, slot)
  if (slot.thrown !== undefined) throw slot.thrown.reason
  throw createError(slot.error)
}

/** Many questions; their answers in order, or with `settle` their slots. */
export async function llmBatchQuery(prompts: unknown, options?: unknown): Promise<unknown> {
  const { requests, batch } = readBatch(prompts, options, 'llmQuery')
  const slots = await askAll(requests, batch)
  if (batch.settle) return publicSlots(slots)
  const failures = firstFailure(slots)
  if (failures === undefined) return answersOf(requests, slots)
  if (failures.first.thrown !== undefined) throw failures.first.thrown.reason
  throw createBatchError(describe(failures, slots.length), publicSlots(slots))
}

/** What the session may still spend. Without a limit an amount is Infinity. */
export async function budget(): Promise<unknown> {
  const state = (await callHost('budget', '')) as BudgetState
  return { limit: amounts(state.limit), spent: state.spent, reserved: state.reserved, remaining: amounts(state.remaining) }
}

/** Tells how far the program is: `fraction` from 0 to 1, and what it is doing. Told once a turn, however often it is called. */
export async function progress(fraction: unknown, step?: unknown): Promise<void> {
  if (typeof fraction !== 'number') throw new IntrinsicTypeError(`Expected \`fraction\` to be a number, got ${shown(fraction)}`)
  if (!isFiniteNumber(fraction) || fraction < 0 || fraction > 1) throw new IntrinsicRangeError(`Expected \`fraction\` to be from 0 to 1, got ${fraction}`)
  if (step !== undefined && typeof step !== 'string') throw new IntrinsicTypeError(`Expected \`step\` to be a string, got ${shown(step)}`)
  const wasQueued = latestProgress !== undefined
  latestProgress = `{"type":"progress","fraction":${fraction},"step":${step === undefined ? 'null' : jsonStringify(step.length > maxStepUnits ? stringSlice(step, 0, maxStepUnits) : step)}}`
  if (wasQueued) return
  await undefined
  emit(latestProgress, true)
  latestProgress = undefined
}

/** A slot as a program sees it: its error is an error, with the host's code. */
export function publicSlot(slot: Slot): object {
  if (slot.ok) return slot
  const { error, usage, attempts, thrown } = slot
  return { ok: false, error: thrown === undefined ? createError(error) : thrown.reason, ...(usage === undefined ? {} : { usage }), attempts }
}

let latestProgress: string | undefined

function answerOf(request: Request, slot: AnsweredSlot): unknown {
  return request.schema === undefined ? slot.text : slot.value
}

/** Of a batch that was answered whole. */
function answersOf(requests: Requests, slots: Slots): unknown[] {
  const answers = createList<unknown>()
  for (let index = 0; index < slots.length; index++) answers[index] = requests.hasSchema && requests.at(index).schema !== undefined ? slots.value(index) : slots.text(index)
  return handOut(answers)
}

interface Failures {
  readonly first: FailedSlot
  readonly index: number
  readonly count: number
}

function firstFailure(slots: Slots): Failures | undefined {
  if (!slots.hasFailed) return undefined
  let first: FailedSlot | undefined
  let at = 0
  let count = 0
  for (let index = 0; index < slots.length; index++) {
    const slot = slots.get(index)
    if (slot.ok) continue
    count += 1
    if (first === undefined) {
      first = slot
      at = index
    }
  }
  return first === undefined ? undefined : { first, index: at, count }
}

function describe({ first, index, count }: Failures, total: number): GuestError {
  return { code: first.error.code, message: `${count} of ${total} prompts failed; the first, [${index}]: ${first.error.message}` }
}

function publicSlots(slots: Slots): unknown[] {
  const shown = createList<unknown>()
  for (let index = 0; index < slots.length; index++) shown[index] = publicSlot(slots.get(index))
  return handOut(shown)
}

/** An array of the runtime becomes one of the program. */
function handOut(list: unknown[]): unknown[] {
  return setPrototypeOf(list, ArrayPrototype) as unknown[]
}

function amounts(given: BudgetState['limit']): object {
  return { usd: given.usd ?? Infinity, queries: given.queries ?? Infinity, tokens: given.tokens ?? Infinity }
}
