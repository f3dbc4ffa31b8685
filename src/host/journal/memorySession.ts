/** What a session writes down in; the same, as the memory journal keeps it, out. Answers and entries stand outside V8's heap. */
import { hostname } from 'node:os'
import { assertNever } from '../../errors.ts'
import type { Claim, ExecutionRecord, NewSession, SessionConfig, SessionRecord, Write } from './journal.ts'
import { NumberList } from './numberList.ts'
import { pageLimits, tapeOf, type Page, type Value } from './pages.ts'
import { Rows } from './rows.ts'
import { createTally, spentOf, type Tally } from './tally.ts'

type Of<T extends Write['type']> = Extract<Write, { readonly type: T }>

type Execution = { -readonly [K in keyof ExecutionRecord]: ExecutionRecord[K] }

/** A session with all that it has written down. */
export interface MemorySession {
  readonly made: NewSession
  name: string | null
  config: SessionConfig
  generation: number
  epoch: number
  readonly createdMs: number
  usedMs: number
  /** Since when it has an owner; null for none. */
  ownedMs: number | null
  readonly sum: Tally
  readonly unknown: { queries: number; tokens: number; usd: number }
  readonly executions: Map<number, Execution>
  /** As `tapeColumns` has them. */
  tape: Rows
  /** As `answerColumns` has them. */
  readonly answers: Rows
  /** Of each answer, by its row. */
  readonly numbers: NumberList
  readonly cells: Map<string, Cell>
  readonly intents: Map<number, Of<'call.sent'>>
}

/** What a cell has bought. */
interface Cell {
  /** Rows of its answers, by generation. */
  readonly rows: Map<number, NumberList>
  answers: number
  inputTokens: number
  outputTokens: number
  usd: number
  isPriced: boolean
}

/** Columns of texts that few answers have alone: cell, model, and how the reply ended. */
const repeatedOfAnswers = [3, 5, 7]

export function createSession(made: NewSession): MemorySession {
  const now = Date.now()
  return {
    made,
    name: made.name,
    config: made.config,
    generation: 1,
    epoch: 1,
    createdMs: now,
    usedMs: now,
    ownedMs: now,
    sum: createTally(),
    unknown: { queries: 0, tokens: 0, usd: 0 },
    executions: new Map(),
    tape: createTape(),
    answers: new Rows({ width: 14, repeated: repeatedOfAnswers }),
    numbers: new NumberList(),
    cells: new Map(),
    intents: new Map(),
  }
}

/** It has no owner any more: what is under way counts as spent, as far as is known. */
export function giveUp(session: MemorySession): void {
  session.ownedMs = null
  for (const { tokens, usd } of session.intents.values()) {
    session.unknown.queries++
    session.unknown.tokens += tokens
    session.unknown.usd += usd ?? 0
  }
  session.intents.clear()
}

/** All but a name, which is the journal's matter: no other session may have it. */
export function apply(session: MemorySession, write: Write): void {
  switch (write.type) {
    case 'entry':
      session.tape.append([write.n, write.execution, write.entry])
      return
    case 'call.sent':
      session.intents.set(write.intent, write)
      return
    case 'call.failed':
      session.intents.delete(write.intent)
      return
    case 'call.lost':
      session.unknown.tokens += write.tokens
      session.unknown.usd += write.usd ?? 0
      return
    case 'answer': {
      if (write.intent !== null) session.intents.delete(write.intent)
      keep(session, write)
      return
    }
    case 'execution.started': {
      const { execution, cell, name, generation, text, typescript, startedMs } = write
      session.executions.set(execution, { execution, cell, name, generation, text, typescript, state: 'running', startedMs, endedMs: null, outcome: null, cpuMs: null, prints: 0 })
      return
    }
    case 'execution.ended': {
      const record = session.executions.get(write.execution)
      if (record === undefined) return
      if (record.state !== 'left') record.state = write.state
      record.outcome = write.outcome
      record.cpuMs = write.cpuMs
      record.endedMs = write.endedMs
      return
    }
    case 'execution.printed': {
      const record = session.executions.get(write.execution)
      if (record !== undefined) record.prints = write.prints
      return
    }
    case 'executions.left':
      for (const record of session.executions.values()) record.state = 'left'
      session.tape = createTape()
      session.sum.entryBytes = 0
      return
    case 'tape.cut':
      cut(session, write.after)
      return
    case 'session.changed':
      if (write.config !== undefined) session.config = write.config
      if (write.generation !== undefined) session.generation = write.generation
      return
    default:
      assertNever(write)
  }
}

export function claimOf(session: MemorySession): Claim {
  const { entry, execution, answer, intent } = session.sum
  return { session: recordOf(session), epoch: session.epoch, last: { entry, execution, answer, intent } }
}

export function recordOf(session: MemorySession): SessionRecord {
  const { made, name, config, generation, createdMs, usedMs, ownedMs, sum, unknown } = session
  const last = session.executions.get(sum.execution)
  return {
    ...made,
    name,
    config,
    generation,
    createdMs,
    usedMs,
    executions: sum.executions,
    answers: sum.answers,
    spent: spentOf(sum, unknown),
    bytes: sum.answerBytes + sum.entryBytes,
    last: last === undefined ? null : { name: last.name, state: last.state },
    owner: ownedMs === null ? null : { pid: process.pid, host: hostname() },
  }
}

/** Some rows from the one on, up to `to` of all. */
export function page(rows: Rows, from: number, to: number): Page {
  const values: Value[] = []
  for (let row = from; row < Math.min(from + pageLimits.rows, to); row++) rows.read(row, values)
  return { values, next: null }
}

function createTape(): Rows {
  return new Rows({ width: 3 })
}

function cut(session: MemorySession, after: number): void {
  const { tape, sum } = session
  let length = tape.length
  for (; length > 0; length--) {
    const [record] = tapeOf(page(tape, length - 1, length))
    if (record === undefined || record.n <= after) break
    sum.entryBytes -= Buffer.byteLength(record.entry)
  }
  tape.truncate(length)
}

function keep({ answers, numbers, cells }: MemorySession, write: Of<'answer'>): void {
  const { answer, hash, occurrence, cell: id, generation, model, text, finishReason, inputTokens, outputTokens, usd, queueMs, llmMs, attempts } = write
  let cell = cells.get(id)
  if (cell === undefined) cells.set(id, (cell = { rows: new Map(), answers: 0, inputTokens: 0, outputTokens: 0, usd: 0, isPriced: true }))
  let rows = cell.rows.get(generation)
  if (rows === undefined) cell.rows.set(generation, (rows = new NumberList()))
  rows.push(answers.length)
  numbers.push(answer)
  answers.append([answer, hash, occurrence, id, generation, model, text, finishReason, inputTokens, outputTokens, usd, queueMs, llmMs, attempts])
  cell.answers++
  if (attempts === 0) return
  cell.inputTokens += inputTokens
  cell.outputTokens += outputTokens
  cell.usd += usd ?? 0
  if (usd === null) cell.isPriced = false
}
