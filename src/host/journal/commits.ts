/** What sessions wrote within one turn in; one durable transaction out. */
import type { DatabaseSync } from 'node:sqlite'
import { assertNever, type ReplmError } from '../../errors.ts'
import { toColumn } from './column.ts'
import type { Write } from './journal.ts'
import { nameTaken } from './refusal.ts'
import type { Held, SessionRows, SessionRowsOptions } from './sessionRows.ts'
import { createTally, tally } from './tally.ts'

type Of<T extends Write['type']> = Extract<Write, { readonly type: T }>

export interface Commits {
  /** All of a session's writes, or none: throws IN_USE when its owner is another one by now, and gives the error for a new name that is taken. Runs inside the caller's transaction. */
  readonly apply: (held: Held, writes: readonly Write[]) => ReplmError | undefined
}

export function openCommits(database: DatabaseSync, sessions: SessionRows, { leaseMs }: Pick<SessionRowsOptions, 'leaseMs'>): Commits {
  // The epoch stands in this statement: a writer that was stopped for longer than it was believed to live changes nothing.
  const account = database.prepare(
    `UPDATE sessions SET used_ms = ?, lease_ms = ?, queries = queries + ?, input_tokens = input_tokens + ?, output_tokens = output_tokens + ?, usd = usd + ?, unpriced = unpriced + ?,
       unknown_tokens = unknown_tokens + ?, unknown_usd = unknown_usd + ?,
       executions = executions + ?, answers = answers + ?, answer_bytes = answer_bytes + ?, entry_bytes = entry_bytes + ?,
       last_entry = max(min(last_entry, ?), ?), last_execution = max(last_execution, ?), last_answer = max(last_answer, ?), last_intent = max(last_intent, ?)
     WHERE key = ? AND epoch = ?`,
  )
  const start = database.prepare('INSERT INTO executions (session, execution, generation, state, typescript, started_ms, cell, name, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const end = database.prepare(`UPDATE executions SET state = CASE state WHEN 'left' THEN state ELSE ? END, outcome = ?, cpu_ms = ?, ended_ms = ? WHERE session = ? AND execution = ?`)
  const print = database.prepare('UPDATE executions SET prints = ? WHERE session = ? AND execution = ?')
  const leave = database.prepare(`UPDATE executions SET state = 'left' WHERE session = ?`)
  const leaveTape = database.prepare('DELETE FROM tape WHERE session = ?')
  const noEntries = database.prepare('UPDATE sessions SET entry_bytes = 0 WHERE key = ?')
  const cutBytes = database.prepare(
    'UPDATE sessions SET entry_bytes = entry_bytes - (SELECT total(octet_length(entry)) FROM tape WHERE session = ?1 AND n > ?2) WHERE key = ?1',
  )
  const cut = database.prepare('DELETE FROM tape WHERE session = ? AND n > ?')
  const entry = database.prepare('INSERT INTO tape (session, n, execution, entry) VALUES (?, ?, ?, ?)')
  const send = database.prepare(
    'INSERT OR REPLACE INTO intents (session, intent, epoch, execution, occurrence, attempt, tokens, usd, hash, model) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const settle = database.prepare('DELETE FROM intents WHERE session = ? AND intent = ?')
  const answer = database.prepare(
    `INSERT INTO answers (session, answer, generation, occurrence, finish_reason, input_tokens, output_tokens, usd, queue_ms, llm_ms, attempts, cell, hash, model, text)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const generation = database.prepare('UPDATE sessions SET generation = ? WHERE key = ?')

  function book({ key, epoch }: Held, writes: readonly Write[]): boolean {
    const sum = createTally()
    for (const write of writes) tally(sum, write)
    const now = Date.now()
    const { changes } = account.run(
      now, now + leaseMs, sum.queries, sum.inputTokens, sum.outputTokens, sum.usd, sum.unpriced, sum.lostTokens, sum.lostUsd,
      sum.executions, sum.answers, sum.answerBytes, sum.entryBytes,
      Math.min(sum.cutAfter, Number.MAX_SAFE_INTEGER), sum.entry, sum.execution, sum.answer, sum.intent,
      key, epoch,
    )
    return Number(changes) === 1
  }

  function apply(held: Held, writes: readonly Write[]): ReplmError | undefined {
    const name = newName(writes)
    if (name !== undefined && sessions.isNameTaken(held, name)) return nameTaken(name)
    if (!book(held, writes)) throw sessions.refusal(held)
    const { key, epoch } = held
    // A call that was sent and answered within one group was never in flight for anyone who reads the store.
    const sent = new Map<number, Of<'call.sent'>>()
    const settled = (intent: number): void => {
      // One that is attempted again stands in an earlier group as well.
      const isNew = sent.get(intent)?.attempt === 1
      sent.delete(intent)
      if (!isNew) settle.run(key, intent)
    }
    for (const write of writes) {
      switch (write.type) {
        case 'entry':
          entry.run(key, write.n, write.execution, toColumn(write.entry))
          break
        case 'call.sent':
          sent.set(write.intent, write)
          break
        case 'call.failed':
          settled(write.intent)
          break
        case 'call.lost':
          // It stands in the account.
          break
        case 'answer':
          if (write.intent !== null) settled(write.intent)
          answer.run(
            key, write.answer, write.generation, write.occurrence, write.finishReason, write.inputTokens, write.outputTokens, write.usd, write.queueMs, write.llmMs, write.attempts,
            toColumn(write.cell), toColumn(write.hash), toColumn(write.model), toColumn(write.text),
          )
          break
        case 'execution.started':
          start.run(key, write.execution, write.generation, 'running', write.typescript ? 1 : 0, write.startedMs, toColumn(write.cell), toColumn(write.name), toColumn(write.text))
          break
        case 'execution.ended':
          end.run(write.state, toColumn(write.outcome), write.cpuMs, write.endedMs, key, write.execution)
          break
        case 'execution.printed':
          print.run(write.prints, key, write.execution)
          break
        case 'executions.left':
          leave.run(key)
          leaveTape.run(key)
          noEntries.run(key)
          break
        case 'tape.cut':
          cutBytes.run(key, write.after)
          cut.run(key, write.after)
          break
        case 'session.changed':
          if (write.name !== undefined) sessions.rename(held, write.name)
          if (write.config !== undefined) sessions.configure(key, write.config)
          if (write.generation !== undefined) generation.run(write.generation, key)
          break
        default:
          assertNever(write)
      }
    }
    for (const { intent, execution, occurrence, attempt, tokens, usd, hash, model } of sent.values()) {
      send.run(key, intent, epoch, execution, occurrence, attempt, tokens, usd, toColumn(hash), toColumn(model))
    }
    return undefined
  }

  return { apply }
}

function newName(writes: readonly Write[]): string | undefined {
  for (const write of writes) if (write.type === 'session.changed' && typeof write.name === 'string') return write.name
  return undefined
}
