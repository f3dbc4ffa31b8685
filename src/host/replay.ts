/** A tape and a fresh guest in; the guest as it was when the tape ended, with what it still waits for, out; or where it went apart. */
import { ReplmError } from '../errors.ts'
import { type GuestMessage, maxInputsInFlight, maxOtherCallsInFlight, maxPromptsInFlight, type WireRequest, type WireSlot } from '../protocol.ts'
import type { CallMessage } from './calls.ts'
import { sumOf } from './calls.ts'
import type { Documents } from './context/documents.ts'
import type { AnswerRecord, ExecutionRecord, Journal, TapeRecord } from './journal/journal.ts'
import { inputKey } from './inputs.ts'
import type { Given } from './questions.ts'
import type { CellRun } from './run.ts'
import type { Sandbox } from './sandbox.ts'
import type { RequestKey, TapeEntry, TapeSlot } from './tape.ts'

type Message<T extends GuestMessage['type']> = Extract<GuestMessage, { type: T }>

export interface ReplayOptions {
  readonly session: string
  readonly journal: Journal
  readonly sandbox: Sandbox
  readonly documents: Documents
  /** Those that are on the tape, by number. */
  readonly executions: ReadonlyMap<number, ExecutionRecord>
  /** CPU time of a cell, in milliseconds. */
  readonly cpuMs: number
  /** The cell that goes on when the tape has ended, and the number of its execution; undefined where all have ended. */
  readonly goingOn: { readonly execution: number; readonly run: CellRun } | undefined
  readonly sendContext: () => Promise<void>
  readonly addDocs: (count: number) => Promise<void>
  /** Told before a cell starts; with its run when it is the one that goes on. */
  readonly onStart: (run: CellRun | undefined) => void
  /** The clock was read by turns that had not told of it before their sandbox died. */
  readonly onClock: (runs: readonly number[]) => void
  /** What was printed while no cell was running. */
  readonly onLatePrint: (print: Message<'print'>) => void
  /** Hash of a request that this model has answered. */
  readonly hashOf: (request: WireRequest, model: string) => string
  /** A document that reads otherwise makes another program, instead of ending the replay. */
  readonly acceptChanges: boolean
}

/** A call that the tape has no answer to. */
export interface PendingCall {
  readonly message: CallMessage
  readonly given: Given | undefined
}

/** What a replay has brought back. */
export interface Replayed {
  readonly cells: number
  readonly answers: number
  /** Answers given to the cell that goes on. */
  readonly answersGoingOn: number
  /** In the order in which the guest asked. */
  readonly pending: readonly PendingCall[]
  /** Windows that were answered whole, of batches that go on. */
  readonly answered: readonly Message<'batch'>[]
  /** Occurrences with an answer, by hash, for each execution. */
  readonly taken: ReadonlyMap<number, ReadonlyMap<string, ReadonlySet<number>>>
}

/** The guest did not ask what the tape answers: it is another program now, or was never the same twice. */
export class Divergence extends Error {
  /** Last entry that was still right. */
  readonly after: number
  readonly execution: number
  /** What was expected of it. */
  readonly request: string
  constructor(where: { readonly after: number; readonly execution: number; readonly request: string }) {
    super(`The replay met another program: ${where.request}`)
    this.after = where.after
    this.execution = where.execution
    this.request = where.request
  }
}

/** A replayed cell has what it first took and so much more, and so much in any case, in milliseconds: machines differ from one moment to the next, and small cells cost nobody anything. */
const cpuSpareMs = 250
const cpuLeastMs = 1_000

/** A call of the guest in a replay. */
interface Heard {
  readonly message: Exclude<CallMessage, { type: 'abort' }>
  text: string
  readonly slots: Set<number>
  isAborted: boolean
}

/** An entry that was sent, to be looked at once it is over. */
interface Sent {
  readonly n: number
  readonly record: TapeRecord
  readonly entry: TapeEntry
  /** Of its slots, where they are known. */
  readonly keys: readonly (Known | undefined)[]
}

/** What was asked, and of which model. */
interface Known {
  readonly key: RequestKey
  readonly model: string
}

/** An entry as it was read. */
type Read = Pick<Sent, 'record' | 'entry'>

export class Replay {
  readonly #options: ReplayOptions
  readonly #heard = new Map<number, Heard>()
  readonly #settled = new Set<number>()
  readonly #taken = new Map<number, Map<string, Set<number>>>()
  readonly #answered: Message<'batch'>[] = []
  /** Entries on their way, oldest first. */
  #sent: Sent[] = []
  /** The entry that is looked at, and the last one that was right. */
  #after = 0
  #execution = 0
  #cells = 0
  #answers = 0
  #answersGoingOn = 0
  #fault: Error | undefined

  constructor(options: ReplayOptions) {
    this.#options = options
  }

  /** How far it has come, as the number of an entry of the tape. */
  get after(): number {
    return this.#after
  }

  /** The execution it is at. */
  get execution(): number {
    return this.#execution
  }

  /** Rejects with a {@link Divergence}, with what the sandbox died of, with CHANGED, or with STORE. */
  async play(): Promise<Replayed> {
    const { journal, session, sandbox } = this.#options
    // Readings of the clock stand behind the turns that made them: they go in before all.
    for await (const page of journal.tape(session)) {
      for (const { entry } of page) if (entry.startsWith('{"clock"')) sandbox.deliver(JSON.parse(entry) as { clock: readonly number[] })
      await sandbox.room()
    }
    for await (const page of journal.tape(session)) {
      const entries = page.filter(({ entry }) => !entry.startsWith('{"clock"')).map((record): Read => ({ record, entry: JSON.parse(record.entry) as TapeEntry }))
      const answers = await this.#answersOf(entries)
      for (const each of entries) await this.#send(each, answers)
    }
    await this.#caughtUp()
    this.#checkEnd()
    sandbox.deliver({ clock: null })
    await sandbox.settled()
    const pending = [...this.#heard.values()].flatMap((heard): PendingCall[] => [
      { message: heard.message, given: heard.text === '' && heard.slots.size === 0 ? undefined : { text: heard.text, slots: heard.slots } },
      ...(heard.isAborted ? [{ message: { type: 'abort', id: heard.message.id } as const, given: undefined }] : []),
    ])
    return { cells: this.#cells, answers: this.#answers, answersGoingOn: this.#answersGoingOn, pending, answered: this.#answered, taken: this.#taken }
  }

  /** Takes what the guest says meanwhile. */
  hear(message: GuestMessage): void {
    const { goingOn } = this.#options
    const run = goingOn !== undefined && goingOn.execution === this.#execution ? goingOn.run : undefined
    switch (message.type) {
      case 'query':
      case 'batch':
      case 'sleep':
      case 'budget':
      case 'doc':
      case 'grep':
      case 'input':
        // As in Calls: what no honest guest does ends its sandbox.
        if (this.#heard.size >= maxPromptsInFlight + maxOtherCallsInFlight) throw new TypeError('more calls in flight than agreed')
        if (message.type === 'input' && [...this.#heard.values()].filter((heard) => heard.message.type === 'input').length >= maxInputsInFlight) throw new TypeError('more questions to persons in flight than agreed')
        this.#heard.set(message.id, { message, text: '', slots: new Set(), isAborted: false })
        return
      case 'abort': {
        const heard = this.#heard.get(message.id)
        if (heard !== undefined) heard.isAborted = true
        return
      }
      case 'done':
      case 'failed':
        this.#settled.add(message.execution)
        run?.take(message)
        if (run === undefined && message.type === 'failed' && message.error.code === 'CPU') this.#fault = new ReplmError('CPU', message.error.message)
        return
      case 'final':
        if (message.ends) this.#settled.add(message.execution)
        run?.take(message)
        return
      case 'clock':
        this.#options.onClock(message.runs)
        return
      case 'print':
        if (this.#execution === 0 || this.#settled.has(this.#execution)) this.#options.onLatePrint(message)
        else run?.take(message)
        return
      case 'piece':
        run?.take(message)
    }
  }

  /** Entries up to this one are over: what they answer must have been asked by then. */
  reached(n: number): void {
    try {
      while (this.#sent[0] !== undefined && this.#sent[0].n <= n && this.#fault === undefined) this.#look(this.#sent.shift() as Sent) // looked at in the condition
    } catch (thrown) {
      this.#fault = thrown as Error // a divergence, or something to be told as it is
    }
  }

  async #answersOf(entries: readonly Read[]): Promise<ReadonlyMap<number, AnswerRecord>> {
    const numbers: number[] = []
    for (const { entry } of entries) for (const slot of slotsOf(entry)) if ('answer' in slot) numbers.push(slot.answer)
    if (numbers.length === 0) return noAnswers
    const answers = await this.#options.journal.answers(this.#options.session, numbers)
    return new Map(answers.map((answer) => [answer.answer, answer]))
  }

  async #send({ record, entry }: Read, answers: ReadonlyMap<number, AnswerRecord>): Promise<void> {
    const { sandbox } = this.#options
    if (this.#fault !== undefined) throw this.#fault
    if ('cell' in entry) return this.#start(record, entry)
    if ('docs' in entry) {
      await this.#caughtUp()
      await this.#options.addDocs(entry.docs)
      this.#after = record.n
      return
    }
    if ('end' in entry) {
      await this.#caughtUp()
      await sandbox.end(record.execution)
      this.#settled.add(record.execution)
      this.#after = record.n
      return
    }
    await sandbox.room()
    const n = sandbox.deliver(await this.#bodyOf(record, entry, answers))
    const keys = slotsOf(entry).map((slot) => knownOf(slot, answers))
    this.#sent.push({ n, record, entry, keys })
  }

  /** A cell starts when the one before it is over, as it did the first time. */
  async #start(record: TapeRecord, entry: TapeEntry): Promise<void> {
    const { sandbox, executions, goingOn, sendContext } = this.#options
    await this.#caughtUp()
    const { execution } = record
    this.#checkEnd()
    const cell = executions.get(execution)
    if (cell === undefined) throw new ReplmError('STORE', `The tape of this session starts execution ${execution}, which is not written down`)
    this.#execution = execution
    this.#cells += 1
    this.#options.onStart(goingOn?.execution === execution ? goingOn.run : undefined)
    if (cell.text.includes('context')) await sendContext()
    const cpuMs = goingOn?.execution === execution ? this.#options.cpuMs : Math.min(this.#options.cpuMs, Math.max(cpuLeastMs, Math.ceil(cell.cpuMs ?? Infinity) + cpuSpareMs))
    const n = sandbox.run({ execution, cell: cell.cell, file: cell.name, text: cell.text, typescript: cell.typescript, cpuMs })
    this.#sent.push({ n, record, entry, keys: [] })
  }

  async #bodyOf(record: TapeRecord, entry: TapeEntry, answers: ReadonlyMap<number, AnswerRecord>): Promise<Readonly<Record<string, unknown>>> {
    if ('interrupt' in entry || 'text' in entry || !('id' in entry)) return entry as Readonly<Record<string, unknown>>
    const { id } = entry
    if ('doc' in entry) {
      const value = await this.#options.documents.read(entry.doc, entry.read)
      if (sumOf(value) !== entry.sum && this.#options.acceptChanges) {
        await this.#caughtUp()
        throw this.#apart(record, describe(entry))
      }
      if (sumOf(value) !== entry.sum) throw new ReplmError('CHANGED', `The document ${this.#options.documents.list[entry.doc]?.name ?? entry.doc} is no longer what it was when the session read it`)
      return { id, ok: true, value }
    }
    if ('search' in entry) {
      const value = await this.#options.documents.grep(entry.search)
      if (sumOf(value) === entry.sum) return { id, ok: true, value }
      if (!this.#options.acceptChanges) throw new ReplmError('CHANGED', `A search for ${JSON.stringify(entry.search.pattern.slice(0, 60))} no longer finds what it found when the session ran`)
      await this.#caughtUp()
      throw this.#apart(record, describe(entry))
    }
    if ('error' in entry) return { id, ok: false, error: entry.error }
    if ('slot' in entry) return { id, ok: true, value: this.#slotOf(record, entry.slot, answers) }
    if ('slots' in entry) return { id, slots: entry.slots.map((slot) => ({ index: slot.index, ...this.#slotOf(record, slot, answers) })), done: entry.done }
    return { id, ok: true, value: entry.value }
  }

  #slotOf(record: TapeRecord, slot: TapeSlot, answers: ReadonlyMap<number, AnswerRecord>): Unplaced<WireSlot> {
    if (!('answer' in slot)) return { ok: false, error: slot.error, attempts: slot.attempts }
    const answer = answers.get(slot.answer)
    if (answer === undefined) throw new ReplmError('STORE', `Entry ${record.n} of this session's tape names an answer that is not written down`)
    const { text, inputTokens, outputTokens, usd, queueMs, llmMs, attempts } = answer
    return { ok: true, text, usage: { inputTokens, outputTokens, usd }, queueMs, llmMs, attempts }
  }

  /** An answer that was given, on the account of the execution that asked. */
  #count(slot: TapeSlot, key: RequestKey | undefined, execution: number): void {
    if ('answer' in slot) this.#answers += 1
    if ('answer' in slot && this.#options.goingOn?.execution === execution) this.#answersGoingOn += 1
    if (key === undefined) return
    const [hash, occurrence] = key
    const taken = this.#taken.get(execution) ?? new Map<string, Set<number>>()
    this.#taken.set(execution, taken)
    const known = taken.get(hash)
    if (known === undefined) taken.set(hash, new Set([occurrence]))
    else known.add(occurrence)
  }

  /** Resolves when every entry so far is over and was right. */
  async #caughtUp(): Promise<void> {
    await this.#options.sandbox.settled()
    if (this.#fault !== undefined) throw this.#fault
  }

  #look({ record, entry, keys }: Sent): void {
    if ('id' in entry) {
      const heard = this.#heard.get(entry.id)
      if (heard === undefined || !this.#isAskedBy(entry, keys, heard.message)) throw this.#apart(record, describe(entry))
      const { message } = heard
      if ('execution' in message) slotsOf(entry).forEach((slot, index) => this.#count(slot, keys[index]?.key, message.execution))
      if ('text' in entry) heard.text += entry.text
      else if ('slots' in entry && !entry.done) for (const { index } of entry.slots) heard.slots.add(index)
      else {
        this.#heard.delete(entry.id)
        if (heard.message.type === 'batch') this.#answered.push(heard.message)
      }
    }
    this.#after = record.n
  }

  #isAskedBy(entry: TapeEntry & { readonly id: number }, keys: Sent['keys'], message: Heard['message']): boolean {
    const { type } = message
    if ('error' in entry) return true
    if ('doc' in entry) return type === 'doc' && message.doc === entry.doc && JSON.stringify(message.read) === JSON.stringify(entry.read)
    if ('search' in entry) return type === 'grep' && JSON.stringify(message.search) === JSON.stringify(entry.search)
    if ('input' in entry) return type === 'input' && inputKey(this.#execution, message) === entry.input
    if ('slot' in entry) return type === 'query' && this.#isRequest(message.request, keys[0])
    if ('slots' in entry) return type === 'batch' && entry.slots.every((slot, index) => this.#isRequest(message.requests[slot.index], keys[index]))
    if ('text' in entry) return type === 'query'
    return type === 'sleep' || type === 'budget'
  }

  #isRequest(request: WireRequest | undefined, known: Known | undefined): boolean {
    if (request === undefined) return false
    return known === undefined || this.#options.hashOf(request, known.model) === known.key[0]
  }

  /** A cell that ended has to end again before anything comes after it. */
  #checkEnd(): void {
    const execution = this.#execution
    if (execution === 0 || this.#settled.has(execution) || this.#options.goingOn?.execution === execution) return
    throw new Divergence({ after: this.#after, execution, request: 'its end' })
  }

  #apart(record: TapeRecord, request: string): Divergence {
    return new Divergence({ after: this.#after, execution: record.execution, request })
  }
}

type Unplaced<S> = S extends unknown ? Omit<S, 'index'> : never

const noAnswers: ReadonlyMap<number, AnswerRecord> = new Map()

function slotsOf(entry: TapeEntry): readonly TapeSlot[] {
  return 'slots' in entry ? entry.slots : 'slot' in entry ? [entry.slot] : []
}

function knownOf(slot: TapeSlot, answers: ReadonlyMap<number, AnswerRecord>): Known | undefined {
  if (!('answer' in slot)) return slot.key === undefined ? undefined : { key: slot.key, model: slot.model ?? '' }
  const answer = answers.get(slot.answer)
  return answer === undefined ? undefined : { key: [answer.hash, answer.occurrence], model: answer.model }
}

/** What an entry answers, for a person. */
function describe(entry: TapeEntry & { readonly id: number }): string {
  const what = 'doc' in entry ? 'a read of a document' : 'search' in entry ? 'a search' : 'slots' in entry ? 'a batch of questions' : 'slot' in entry || 'text' in entry ? 'a question' : 'input' in entry ? 'what a person was asked' : 'error' in entry ? 'a call that failed' : 'a timer or a look at the budget'
  return `${what} (call ${entry.id})`
}
