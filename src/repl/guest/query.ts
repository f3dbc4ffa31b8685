/** Checked requests in; slots, each with an answer or with the reason why there is none, out. */
import type { GuestError, WireSlot } from '../../protocol.ts'
import { maxMessageUnits, maxWindowPrompts } from '../../protocol.ts'
import { onAbort } from './events.ts'
import { type Handle, send, type Source } from './calls.ts'
import { arrayJoin, arrayPush, createList, IntrinsicPromise, min } from './primordials.ts'
import { type BatchOptions, type Request, requestJson, type Requests, asRepair } from './request.ts'
import { type AnsweredSlot, createSlots, type Slot, type Slots, type SlotUsage } from './slots.ts'
import { validateReply } from './validate.ts'

let lastBatch = 0

/** Asks one question; with a schema, asks once more when the reply does not follow it. Never rejects. */
export async function ask(request: Request): Promise<Slot> {
  const slot = await askOnce(request)
  if (request.schema === undefined || !slot.ok) return slot
  const checked = check(request, slot)
  if (checked.ok || checked.repair === undefined) return checked.slot
  const second = await askOnce(checked.repair)
  return merge(slot, second.ok ? check(request, second).slot : second)
}

/** Asks many; slots come in the order of the requests. Never rejects. */
export async function askAll(requests: Requests, options: BatchOptions): Promise<Slots> {
  const slots = await askAllOnce(requests, options)
  if (!requests.hasSchema) return slots
  const repairs = createList<Request>()
  const places = createList<number>()
  for (let index = 0; index < requests.length; index++) {
    const request = requests.at(index)
    if (request.schema === undefined) continue
    const slot = slots.get(index)
    if (!slot.ok) continue
    const checked = check(request, slot)
    if (checked.repair === undefined) slots.set(index, checked.slot)
    else {
      arrayPush(repairs, checked.repair)
      arrayPush(places, index)
    }
  }
  if (repairs.length === 0) return slots
  const seconds = await askAllOnce({ length: repairs.length, at: (index) => repairs[index] as Request, hasSchema: true }, options) // within bounds
  for (let index = 0; index < places.length; index++) {
    const place = places[index] as number
    const second = seconds.get(index)
    slots.set(place, merge(slots.get(place), second.ok ? check(requests.at(place), second).slot : second))
  }
  return slots
}

function askOnce(request: Request): Promise<Slot> {
  return new IntrinsicPromise((resolve) => {
    const { signal } = request
    if (signal?.aborted === true) return resolve(abortedSlot(signal.reason))
    let wasSent = false
    const answer = (value: unknown): void => {
      release?.()
      resolve(value as Slot)
    }
    function refuse(error: GuestError): void {
      release?.()
      resolve({ ok: false, error, attempts: 0 })
    }
    const handle = send({
      prompts: 1,
      next: () => {
        if (wasSent) return undefined
        wasSent = true
        return { type: 'query', rest: `,"request":${requestJson(request)}`, prompts: 1, answer, refuse }
      },
      refuse,
    })
    const release =
      signal === undefined
        ? undefined
        : onAbort(signal, () => {
            handle.abort()
            resolve(abortedSlot(signal.reason))
          })
  })
}

/** Asks many; each slot is told as soon as it is there, with its reply checked and, where it must be, asked for once more. */
export function askEach(requests: Requests, options: BatchOptions, tell: (index: number, slot: Slot) => void): { readonly done: Promise<unknown>; abort(): void } {
  const repairs = createList<Promise<void>>()
  let handle: Handle | undefined
  const first = askAllOnce(requests, options, {
    tell: (index, slot) => {
      const request = requests.at(index)
      const checked = slot.ok ? check(request, slot) : undefined
      if (checked?.repair === undefined) tell(index, checked?.slot ?? slot)
      else arrayPush(repairs, repair(request, slot, checked.repair, (repaired) => tell(index, repaired)))
    },
    started: (given) => (handle = given),
  })
  return { done: settleAll(first, repairs), abort: () => handle?.abort() }
}

async function repair(request: Request, slot: Slot, question: Request, tell: (slot: Slot) => void): Promise<void> {
  const second = await askOnce(question)
  tell(merge(slot, second.ok ? check(request, second).slot : second))
}

async function settleAll(first: Promise<unknown>, others: readonly Promise<void>[]): Promise<void> {
  await first
  for (let index = 0; index < others.length; index++) await others[index]
}

/** Who hears of a batch while it is under way. */
interface BatchListener {
  tell(index: number, slot: Slot): void
  started(handle: Handle): void
}

function askAllOnce(requests: Requests, { concurrency }: BatchOptions, listener?: BatchListener): Promise<Slots> {
  return new IntrinsicPromise((resolve) => {
    const slots = createSlots(requests.length)
    if (requests.length === 0) return resolve(slots)
    const batch = ++lastBatch
    const common = `,"batch":${batch},"total":${requests.length}${concurrency === undefined ? '' : `,"concurrency":${concurrency}`}${listener === undefined ? '' : ',"stream":true'}`
    let at = 0
    let left = requests.length
    const releases = createList<() => void>()
    const fill = (slot: Slot): void => {
      for (let index = 0; index < slots.length; index++) if (!slots.has(index)) slots.set(index, slot)
    }
    const finish = (): void => {
      for (let index = 0; index < releases.length; index++) releases[index]?.()
      fill({ ok: false, error: lostSlot, attempts: 0 })
      resolve(slots)
    }
    const refuseFrom = (from: number, to: number, error: GuestError): void => {
      for (let index = from; index < to; index++) {
        if (slots.has(index)) continue
        take(index, { ok: false, error, attempts: 0 })
      }
      if (left === 0) finish()
    }
    const take = (index: number, slot: Slot): void => {
      slots.set(index, slot)
      left -= 1
      listener?.tell(index, slot)
    }
    const source: Source = {
      get prompts() {
        return min(maxWindowPrompts, requests.length - at)
      },
      next: () => {
        if (at === requests.length) return undefined
        const from = at
        const parts = createList<string>()
        for (let units = common.length; at < requests.length && parts.length < maxWindowPrompts; at++) {
          const json = requestJson(requests.at(at))
          units += json.length + 1
          if (units > maxMessageUnits && parts.length > 0) break
          arrayPush(parts, json)
        }
        const to = at
        return {
          type: 'batch',
          rest: `${common},"requests":[${arrayJoin(parts, ',')}]`,
          prompts: parts.length,
          slots: (some) => {
            for (let index = 0; index < some.length; index++) {
              const slot = some[index] as WireSlot
              const place = from + slot.index
              if (!slots.has(place)) take(place, kept(slot))
            }
            if (left === 0) finish()
          },
          refuse: (error) => refuseFrom(from, to, error),
        }
      },
      refuse: (error) => refuseFrom(at, requests.length, error),
    }
    const handle = send(source)
    if (listener !== undefined) return listener.started(handle)
    listen(requests, releases, (signal) => {
      handle.abort()
      fill(abortedSlot(signal.reason))
      left = 0
      finish()
    })
  })
}

/** A slot for as long as the batch lives: written out, as a copy of the rest takes half as much again. */
function kept(slot: WireSlot): Slot {
  if (!slot.ok) {
    const { error, usage, attempts } = slot
    return usage === undefined ? { ok: false, error, attempts } : { ok: false, error, usage, attempts }
  }
  const { text, usage, queueMs, llmMs, attempts } = slot
  return { ok: true, text, usage, queueMs, llmMs, attempts }
}

/** The batch's signal ends the batch; it is the same object in all requests that did not bring their own. */
function listen(requests: Requests, releases: (() => void)[], stop: (signal: AbortSignal) => void): void {
  const { signal } = requests.at(0)
  if (signal === undefined) return
  if (signal.aborted) stop(signal)
  else arrayPush(releases, onAbort(signal, () => stop(signal)))
}

interface Checked {
  readonly ok: boolean
  readonly slot: Slot
  /** The question that shows the model what was wrong. */
  readonly repair?: Request
}

function check(request: Request, slot: AnsweredSlot): Checked {
  if (request.schema === undefined) return { ok: true, slot }
  const reply = validateReply(request.schema, slot.text)
  if (reply.ok) return { ok: true, slot: { ...slot, value: reply.value } }
  const error = { code: 'PROVIDER', message: `The reply does not follow the schema: ${reply.problem}` }
  const repair = asRepair(
    request,
    `${request.prompt}\n\nYour last reply was:\n${slot.text}\n\nIt does not follow the JSON Schema: ${reply.problem}\nReply again with JSON that does, and with nothing else.`,
  )
  const failed: Slot = { ok: false, error, usage: slot.usage, attempts: slot.attempts }
  // A reply too long to be shown to the model again is not repaired.
  return requestJson(repair).length > maxMessageUnits ? { ok: false, slot: failed } : { ok: false, slot: failed, repair }
}

/** Both questions cost something: the slot says what both took. */
function merge(first: Slot, second: Slot): Slot {
  const usage = first.usage === undefined ? second.usage : second.usage === undefined ? first.usage : addUsage(first.usage, second.usage)
  return { ...second, ...(usage === undefined ? {} : { usage }), attempts: first.attempts + second.attempts } as Slot
}

function addUsage(a: SlotUsage, b: SlotUsage): SlotUsage {
  return { inputTokens: a.inputTokens + b.inputTokens, outputTokens: a.outputTokens + b.outputTokens, usd: a.usd === null || b.usd === null ? null : a.usd + b.usd }
}

function abortedSlot(reason: unknown): Slot {
  return { ok: false, error: { code: 'INTERRUPTED', message: 'The call was aborted' }, attempts: 0, thrown: { reason } }
}

const lostSlot: GuestError = { code: 'CRASHED', message: 'The host gave no answer for this prompt' }
