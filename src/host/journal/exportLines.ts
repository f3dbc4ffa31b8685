/** A session and what it holds in; lines of JSON out. */
import type { AnswerRecord, ExecutionRecord, SessionRecord, TapeRecord } from './journal.ts'

export interface ExportParts {
  readonly session: SessionRecord
  readonly executions: readonly ExecutionRecord[]
  readonly tape: AsyncIterable<readonly TapeRecord[]>
  readonly answers: AsyncIterable<readonly AnswerRecord[]>
}

/** `{type: 'session' | 'execution' | 'entry' | 'answer', …}`, a line each, without line ends. An entry is JSON as it was written; one that is not becomes a string. */
export async function* exportLines({ session, executions, tape, answers }: ExportParts): AsyncGenerator<string> {
  yield JSON.stringify({ type: 'session', ...session })
  for (const execution of executions) yield JSON.stringify({ type: 'execution', ...execution, outcome: parsed(execution.outcome) })
  for await (const page of tape) for (const record of page) yield JSON.stringify({ type: 'entry', ...record, entry: parsed(record.entry) })
  for await (const page of answers) for (const record of page) yield JSON.stringify({ type: 'answer', ...record })
}

function parsed(json: string | null): unknown {
  if (json === null) return null
  try {
    return JSON.parse(json) as unknown
  } catch {
    return json // the store does not look into it, so it may be anything
  }
}
