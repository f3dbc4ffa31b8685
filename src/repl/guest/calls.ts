/**
 * The guest's calls in; messages to the host out, and the host's entries back to whoever waits.
 *
 * A call that would exceed what may be in flight waits here, in the guest's own memory, and never fails for it.
 * Those that wait take turns: a batch of any length does not hold up a single query.
 */
import { type Entry, type GuestError, maxInputsInFlight, maxOtherCallsInFlight, maxPromptsInFlight, maxRequestUnitsInFlight, type WireSlot } from '../../protocol.ts'
import { emit } from './host.ts'
import { giveClock } from './recorded-clock.ts'
import { arrayPush, createList, hasOwn, IntrinsicMap, jsonParse, mapDelete, mapForEach, mapGet, mapSet } from './primordials.ts'

/** One call, ready to be sent: its message is `{"type":type,"id":…` and then `rest`. */
export interface Outgoing {
  readonly type: string
  readonly rest: string
  /** Prompts in it; 0 for what is no query. */
  readonly prompts: number
  /** The host's answer. */
  readonly answer?: (value: unknown) => void
  /** A piece of a reply that is asked for in pieces. */
  readonly text?: (piece: string) => void
  /** Some slots of a window, and whether they are its last. */
  readonly slots?: (slots: readonly WireSlot[], done: boolean) => void
  readonly refuse: (error: GuestError) => void
}

/** Who hears what the host says of a call. */
interface Receiver {
  readonly answer: Outgoing['answer'] | undefined
  readonly text: Outgoing['text'] | undefined
  readonly slots: Outgoing['slots'] | undefined
  readonly refuse: Outgoing['refuse']
}

/** Gives one call after the other, each made when there is room to send it. */
export interface Source {
  /** Prompts in the next call, at most; 0 for what is no query. */
  readonly prompts: number
  /** It asks a person: few may wait at once. */
  readonly isInput?: boolean
  /** The next call; undefined when there are no more. */
  next(): Outgoing | undefined
  /** The cell is being interrupted: what is left of the source is not sent. */
  refuse(error: GuestError): void
}

/** Takes back what a source has not sent, and aborts what it has. Nobody hears of it after that. */
export interface Handle {
  abort(): void
}

/** All that is kept of a call that was sent: its text may be long. */
interface Sent {
  readonly prompts: number
  readonly isInput: boolean
  readonly units: number
  /** Undefined once nobody waits for it. */
  receiver: Receiver | undefined
  /** The host knows that nobody waits for it. */
  aborted: boolean
}

/** A source in its lane. */
interface Held {
  readonly source: Source
  next: Held | undefined
  aborted: boolean
  /** Calls that were made for it. */
  readonly ids: number[]
}

/** Sources of one kind that wait for room. */
interface Lane {
  first: Held | undefined
  last: Held | undefined
  hasRoom(prompts: number): boolean
}

/** An entry that answers a call. */
type Answering = Extract<Entry, { id: number }>

const sent = new IntrinsicMap<number, Sent>()
let lastId = 0
let promptsInFlight = 0
let unitsInFlight = 0
let othersInFlight = 0
let inputsInFlight = 0
let interruption: GuestError | undefined
/** The execution that what is asked now belongs to. */
let execution = 0

const queries: Lane = {
  first: undefined,
  last: undefined,
  hasRoom: (prompts) => promptsInFlight + prompts <= maxPromptsInFlight && unitsInFlight < maxRequestUnitsInFlight,
}
const others: Lane = { first: undefined, last: undefined, hasRoom: () => othersInFlight < maxOtherCallsInFlight }
const inputs: Lane = { first: undefined, last: undefined, hasRoom: () => inputsInFlight < maxInputsInFlight && others.hasRoom(0) }

/** Sends what there is room for now, and the rest as room comes. */
export function send(source: Source): Handle {
  const held: Held = { source, next: undefined, aborted: false, ids: createList() }
  if (interruption === undefined) {
    const lane = source.prompts > 0 ? queries : source.isInput === true ? inputs : others
    append(lane, held)
    pump(lane)
  } else source.refuse(interruption)
  return { abort: () => abort(held) }
}

/** Takes one entry of the host, as JSON text. */
export function receive(line: string): void {
  const entry = jsonParse(line) as Entry
  if (hasOwn(entry, 'interrupt')) interrupt((entry as Extract<Entry, { interrupt: GuestError }>).interrupt)
  else if (hasOwn(entry, 'clock')) giveClock((entry as Extract<Entry, { clock: unknown }>).clock)
  else settle(entry as Answering)
  pump(queries)
  pump(others)
  pump(inputs)
}

/** The turn that was to take this entry was cut short: what it answered is at least no longer in flight. */
export function release(line: string): void {
  const entry = jsonParse(line) as Answering
  const call = mapGet(sent, entry.id)
  const goesOn = hasOwn(entry, 'text') || (hasOwn(entry, 'slots') && !(entry as Extract<Entry, { done: boolean }>).done)
  if (call !== undefined && !goesOn) close(entry.id, call)
}

/** A new cell begins: an interruption of the one before is over. */
export function beginExecution(number: number): void {
  execution = number
  interruption = undefined
}

/** Drops all that is waited for: nobody hears of it any more. What is in flight counts until the host has answered it. */
export function forget(): void {
  queries.first = queries.last = others.first = others.last = inputs.first = inputs.last = undefined
  mapForEach(sent, (call) => {
    call.receiver = undefined
  })
}

/** Tells the host that nobody waits for anything any more. */
export function abortAll(): void {
  mapForEach(sent, abortSent)
}

/** What waits is refused; what is in flight the host refuses, call by call; what is asked from now on is refused at once. */
function interrupt(error: GuestError): void {
  interruption = error
  const waiting = queries.first
  const timers = others.first
  const persons = inputs.first
  queries.first = queries.last = others.first = others.last = inputs.first = inputs.last = undefined
  for (let held = waiting; held !== undefined; held = held.next) held.source.refuse(error)
  for (let held = timers; held !== undefined; held = held.next) held.source.refuse(error)
  for (let held = persons; held !== undefined; held = held.next) held.source.refuse(error)
}

function settle(entry: Answering): void {
  const call = mapGet(sent, entry.id)
  if (call === undefined) return
  const { receiver } = call
  if (hasOwn(entry, 'text')) {
    receiver?.text?.((entry as Extract<Entry, { text: string }>).text)
    return
  }
  if (hasOwn(entry, 'slots')) {
    const { slots, done } = entry as Extract<Entry, { done: boolean }>
    if (done) close(entry.id, call)
    receiver?.slots?.(slots, done)
    return
  }
  close(entry.id, call)
  const reply = entry as Extract<Entry, { ok: boolean }>
  if (reply.ok) receiver?.answer?.(reply.value)
  else receiver?.refuse(reply.error)
}

function close(id: number, call: Sent): void {
  mapDelete(sent, id)
  unitsInFlight -= call.units
  if (call.isInput) inputsInFlight -= 1
  if (call.prompts === 0) othersInFlight -= 1
  else promptsInFlight -= call.prompts
}

function append(lane: Lane, held: Held): void {
  held.next = undefined
  if (lane.last === undefined) lane.first = held
  else lane.last.next = held
  lane.last = held
}

/** One call of each source in turn, while there is room. */
function pump(lane: Lane): void {
  for (let held = lane.first; held !== undefined && (held.aborted || lane.hasRoom(held.source.prompts)); held = lane.first) {
    lane.first = held.next
    if (lane.first === undefined) lane.last = undefined
    if (held.aborted) continue
    const outgoing = held.source.next()
    if (outgoing === undefined) continue
    transmit(outgoing, held)
    append(lane, held)
  }
}

function transmit(outgoing: Outgoing, held: Held): void {
  const id = ++lastId
  const { prompts, type, rest } = outgoing
  const isInput = held.source.isInput === true
  mapSet(sent, id, { prompts, isInput, units: rest.length, receiver: receiverOf(outgoing), aborted: false })
  arrayPush(held.ids, id)
  unitsInFlight += rest.length
  if (isInput) inputsInFlight += 1
  if (prompts === 0) othersInFlight += 1
  else promptsInFlight += prompts
  emit(prompts === 0 ? `{"type":"${type}","id":${id}${rest}}` : `{"type":"${type}","id":${id},"execution":${execution}${rest}}`, false)
}

function receiverOf({ answer, text, slots, refuse }: Outgoing): Receiver {
  return { answer, text, slots, refuse }
}

function abort(held: Held): void {
  if (held.aborted) return
  held.aborted = true
  for (let index = 0; index < held.ids.length; index++) {
    const id = held.ids[index] as number // within bounds
    const call = mapGet(sent, id)
    if (call !== undefined) abortSent(call, id)
  }
}

function abortSent(call: Sent, id: number): void {
  call.receiver = undefined
  if (call.aborted) return
  call.aborted = true
  emit(`{"type":"abort","id":${id}}`, false)
}
