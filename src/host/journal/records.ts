/** A store's database in; pages of what its sessions hold, out. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { fromColumn, toColumn } from './column.ts'
import { answerColumns, boughtColumns, executionColumns, pageLimits, spendingColumns, tapeColumns, type Page, type Value } from './pages.ts'

export interface Records {
  readonly executions: (session: number, after: number) => Page
  /** Without entries of executions that are cut or left. */
  readonly tape: (session: number, after: number) => Page
  readonly bought: (session: number, of: { readonly cell: string; readonly generation: number; readonly after: number }) => Page
  /** All at once: there are few cells. */
  readonly boughtByCell: (session: number) => Page
  /** `next` counts the numbers that were looked up. */
  readonly answers: (session: number, numbers: readonly number[]) => Page
  readonly answersAfter: (session: number, after: number) => Page
}

type Row = (string | number | Uint8Array | null)[]

export function openRecords(database: DatabaseSync): Records {
  const executions = prepared(`SELECT ${executionColumns} FROM executions WHERE session = ? AND execution > ? ORDER BY execution`)
  const tape = prepared(
    `SELECT ${tapeColumns} FROM tape t WHERE session = ?1 AND n > ?2
     AND NOT EXISTS (SELECT 1 FROM executions e WHERE e.session = ?1 AND e.execution = t.execution AND e.state IN ('cut', 'left')) ORDER BY n`,
  )
  const bought = prepared(`SELECT ${boughtColumns} FROM answers WHERE session = ? AND generation = ? AND cell = ? AND answer > ? ORDER BY answer`)
  const spending = prepared(`SELECT ${spendingColumns} FROM answers WHERE session = ? GROUP BY cell ORDER BY min(answer)`)
  const answer = prepared(`SELECT ${answerColumns} FROM answers WHERE session = ? AND answer = ?`)
  const run = prepared(`SELECT ${answerColumns} FROM answers WHERE session = ? AND answer BETWEEN ? AND ? ORDER BY answer`)
  const answersAfter = prepared(`SELECT ${answerColumns} FROM answers WHERE session = ? AND answer > ? ORDER BY answer`)

  function prepared(sql: string): StatementSync {
    const statement = database.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }

  return {
    executions: (session, after) => pageOf(executions.iterate(session, after)),
    tape: (session, after) => pageOf(tape.iterate(session, after)),
    bought: (session, { cell, generation, after }) => pageOf(bought.iterate(session, generation, toColumn(cell), after)),
    boughtByCell: (session) => {
      const values: Value[] = []
      for (const row of spending.iterate(session) as unknown as Iterable<Row>) add(values, row) // as the statement is set
      return { values, next: null }
    },
    answers: (session, numbers) => {
      // Mostly all of a session's are asked for: one walk then, not a search for each.
      if (isRun(numbers)) {
        const page = pageOf(run.iterate(session, numbers[0] ?? 0, numbers.at(-1) ?? 0))
        return { values: page.values, next: page.next === null ? null : page.next + 1 - (numbers[0] ?? 0) }
      }
      const values: Value[] = []
      let units = 0
      let looked = 0
      for (const number of numbers) {
        if (looked >= pageLimits.rows || units >= pageLimits.units) return { values, next: looked }
        looked++
        const row = answer.get(session, number) as unknown as Row | undefined // as the statement is set
        if (row !== undefined) units += add(values, row)
      }
      return { values, next: null }
    },
    answersAfter: (session, after) => pageOf(answersAfter.iterate(session, after)),
  }
}

/** Each one more than the one before. */
function isRun(numbers: readonly number[]): boolean {
  return numbers.length > 1 && numbers.every((number, index) => number === (numbers[0] ?? 0) + index)
}

/** The first rows; the first column is the one they are ordered by. */
function pageOf(rows: Iterable<unknown>): Page {
  const values: Value[] = []
  let units = 0
  let count = 0
  let last = 0
  for (const row of rows as Iterable<Row>) { // as the statement is set
    if (count >= pageLimits.rows || units >= pageLimits.units) return { values, next: last }
    units += add(values, row)
    count++
    last = row[0] as number // every order is by a number
  }
  return { values, next: null }
}

function add(values: Value[], row: Row): number {
  let units = 0
  for (const column of row) {
    const value = column instanceof Uint8Array ? fromColumn(column) : column
    if (typeof value === 'string') units += value.length
    values.push(value)
  }
  return units
}
