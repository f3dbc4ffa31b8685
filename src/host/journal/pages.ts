/** Rows of a store as pages of plain values, which cross between threads at a fraction of the cost of objects; and back into records. */
import type { FinishReason } from '../../types.ts'
import type { AnswerRecord, BoughtKey, CellSpending, ExecutionRecord, ExecutionState, TapeRecord } from './journal.ts'

export type Value = string | number | null

/** Some rows, one after another, each with as many values as its kind has. */
export interface Page {
  readonly values: readonly Value[]
  /** To be asked for next: what the first row after these comes after; null where there is none. */
  readonly next: number | null
}

/** The most rows of a page, and about the most UTF-16 units: the host's loop is not held up by one. */
export const pageLimits = Object.freeze({ rows: 1_000, units: 1_048_576 })

export const executionColumns = 'execution, cell, generation, text, typescript, state, started_ms, ended_ms, outcome, cpu_ms, prints, name'

export function executionsOf({ values }: Page): readonly ExecutionRecord[] {
  return rows(values, 12, (row) => ({
    execution: number(row(0)),
    cell: string(row(1)),
    generation: number(row(2)),
    text: string(row(3)),
    typescript: row(4) === 1,
    state: string(row(5)) as ExecutionState, // as the table checks
    startedMs: number(row(6)),
    endedMs: row(7) as number | null, // as the table says
    outcome: row(8) as string | null, // as the table says
    cpuMs: row(9) as number | null, // as the table says
    prints: number(row(10)),
    name: string(row(11)),
  }))
}

export const tapeColumns = 'n, execution, entry'

export function tapeOf({ values }: Page): readonly TapeRecord[] {
  return rows(values, 3, (row) => ({ n: number(row(0)), execution: number(row(1)), entry: string(row(2)) }))
}

export const boughtColumns = 'answer, hash, occurrence'

export function boughtOf({ values }: Page): readonly BoughtKey[] {
  return rows(values, 3, (row) => ({ answer: number(row(0)), hash: string(row(1)), occurrence: number(row(2)) }))
}

export const spendingColumns = 'cell, count(*), total(input_tokens * (attempts > 0)), total(output_tokens * (attempts > 0)), total(usd * (attempts > 0)), total(usd IS NULL AND attempts > 0)'

export function spendingOf({ values }: Page): readonly CellSpending[] {
  return rows(values, 6, (row) => ({ cell: string(row(0)), answers: number(row(1)), inputTokens: number(row(2)), outputTokens: number(row(3)), usd: row(5) === 0 ? number(row(4)) : null }))
}

export const answerColumns = 'answer, hash, occurrence, cell, generation, model, text, finish_reason, input_tokens, output_tokens, usd, queue_ms, llm_ms, attempts'

export function answersOf({ values }: Page): readonly AnswerRecord[] {
  return rows(values, 14, (row) => ({
    answer: number(row(0)),
    hash: string(row(1)),
    occurrence: number(row(2)),
    cell: string(row(3)),
    generation: number(row(4)),
    model: string(row(5)),
    text: string(row(6)),
    finishReason: string(row(7)) as FinishReason, // as it was written
    inputTokens: number(row(8)),
    outputTokens: number(row(9)),
    usd: row(10) as number | null, // as the table says
    queueMs: number(row(11)),
    llmMs: number(row(12)),
    attempts: number(row(13)),
  }))
}

function rows<T>(values: readonly Value[], width: number, make: (row: (column: number) => Value) => T): readonly T[] {
  const made: T[] = []
  let start = 0
  const row = (column: number): Value => values[start + column] ?? null
  for (; start < values.length; start += width) made.push(make(row))
  return made
}

function number(value: Value): number {
  return value as number // the table says so
}

function string(value: Value): string {
  return value as string // the table says so
}
