/** What becomes of the questions of a batch in, as it comes; the slot of any of them, out. As objects, a hundred thousand slots would take twice what their texts take. */
import type { GuestError, WireSlot } from '../../protocol.ts'
import { createList, hasOwn, IntrinsicFloat64Array, IntrinsicMap, isNaNumber, mapGet, mapHas, mapSet } from './primordials.ts'

/** What became of one question. `thrown` is set where the caller's own signal ended it: that is thrown as it is. */
export type Slot = AnsweredSlot | FailedSlot

export interface AnsweredSlot {
  readonly ok: true
  readonly text: string
  readonly value?: unknown
  readonly usage: SlotUsage
  readonly queueMs: number
  readonly llmMs: number
  readonly attempts: number
}

export interface FailedSlot {
  readonly ok: false
  readonly error: GuestError
  readonly usage?: SlotUsage
  readonly attempts: number
  readonly thrown?: { readonly reason: unknown }
}

export type SlotUsage = Extract<WireSlot, { ok: true }>['usage']

export interface Slots {
  readonly length: number
  has(index: number): boolean
  set(index: number, slot: Slot): void
  /** The slot of a question that has one. */
  get(index: number): Slot
  /** Of a question that was answered: its text, and the value that is made of it for its schema. */
  text(index: number): string
  value(index: number): unknown
  /** Whether any has failed. */
  readonly hasFailed: boolean
}

/** Numbers of an answer: tokens in and out, US dollars (NaN where no price is known), milliseconds in line and at the model, attempts. */
const width = 6

export function createSlots(length: number): Slots {
  const texts = createList<string | undefined>()
  texts.length = length
  const numbers = new IntrinsicFloat64Array(width * length)
  const failed = new IntrinsicMap<number, FailedSlot>()
  let hasFailed = false
  /** Of replies that follow a schema. */
  const values = new IntrinsicMap<number, { readonly value: unknown }>()

  function put(index: number, { text, usage, queueMs, llmMs, attempts }: AnsweredSlot): void {
    const at = width * index
    texts[index] = text
    numbers[at] = usage.inputTokens
    numbers[at + 1] = usage.outputTokens
    numbers[at + 2] = usage.usd ?? NaN
    numbers[at + 3] = queueMs
    numbers[at + 4] = llmMs
    numbers[at + 5] = attempts
  }

  function number(index: number, column: number): number {
    return numbers[width * index + column] as number // within bounds
  }

  function take(index: number, text: string): AnsweredSlot {
    const usd = number(index, 2)
    const usage = { inputTokens: number(index, 0), outputTokens: number(index, 1), usd: isNaNumber(usd) ? null : usd }
    const slot = { ok: true, text, usage, queueMs: number(index, 3), llmMs: number(index, 4), attempts: number(index, 5) } as const
    const kept = mapGet(values, index)
    return kept === undefined ? slot : { ...slot, value: kept.value }
  }

  return {
    length,
    has: (index) => texts[index] !== undefined || mapHas(failed, index),
    get: (index) => {
      const text = texts[index]
      return text === undefined ? (mapGet(failed, index) as FailedSlot) : take(index, text) // as it was said to have one
    },
    text: (index) => texts[index] as string, // as it was said to be answered
    value: (index) => mapGet(values, index)?.value,
    get hasFailed() {
      return hasFailed
    },
    set: (index, slot) => {
      if (!slot.ok) {
        hasFailed = true
        texts[index] = undefined
        mapSet(failed, index, slot)
        return
      }
      put(index, slot)
      if (hasOwn(slot, 'value')) mapSet(values, index, { value: slot.value })
    },
  }
}
