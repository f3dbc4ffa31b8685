/** An open database of jobs in; jobs, their inputs, lists and events, as they cross to the host, out. What may be big is read only where it is asked for. */
import type { DatabaseSync } from 'node:sqlite'
import { fromColumn, toColumn } from '../journal/column.ts'
import type { InputRequest, JobStatus } from '../../types.ts'
import type { JobRecord } from './jobRecord.ts'
import { noSuchJob } from './refusal.ts'
import { errorOf, fieldsOf, jobColumns, type Column, type JobRow } from './row.ts'
import { isOver, transitions } from './states.ts'
import type { Asks } from './threadMessages.ts'

export interface Reads {
  /** undefined for one that is not there, or is kept no longer. */
  readonly row: (id: string) => JobRow | undefined
  readonly record: (row: JobRow) => JobRecord
  readonly input: (id: string) => string | null
  readonly list: (ask: Asks['list']['ask']) => Asks['list']['reply']
  readonly events: (ask: Asks['events']['ask']) => Asks['events']['reply']
}

const allStatuses = Object.keys(transitions) as JobStatus[] // its keys are these

/** Of a page of events: so much crosses at once. */
const eventsAtOnce = 500
const eventUnitsAtOnce = 1024 * 1024

export function openReads(database: DatabaseSync): Reads {
  const kept = '(remove_ms IS NULL OR remove_ms > ?)'
  const selectRow = database.prepare(`SELECT ${jobColumns} FROM jobs WHERE id = ? AND ${kept}`)
  const selectInput = database.prepare('SELECT input FROM inputs WHERE job = ?')
  const selectResult = database.prepare('SELECT result FROM results WHERE job = ?')
  const selectHead = database.prepare('SELECT head FROM requests WHERE job = ? AND key = ?')
  const selectData = database.prepare('SELECT data FROM requests WHERE job = ? AND key = ?')
  const selectEvents = database.prepare('SELECT seq, at_ms AS atMs, type, data FROM events WHERE job = ? AND seq > ? ORDER BY seq')
  const lists = new Map<string, ReturnType<DatabaseSync['prepare']>>()

  function row(id: string): JobRow | undefined {
    return selectRow.get(id, Date.now()) as JobRow | undefined // as the statement says
  }

  function found(id: string): JobRow {
    const one = row(id)
    if (one === undefined) throw noSuchJob(id)
    return one
  }

  /** Without what may be big. */
  function listed(row: JobRow): JobRecord {
    const fields = fieldsOf(row)
    const { status } = row
    if (status === 'failed') return { fields, status, error: errorOf(row) }
    if (status !== 'awaiting_input' || row.input_key === null) return { fields, status }
    const { head } = selectHead.get(row.key, row.input_key) as { readonly head: string } // written with the status
    return { fields, status, request: { key: fromColumn(row.input_key), ...(JSON.parse(head) as Omit<InputRequest, 'key' | 'data'>) } } // as it was written
  }

  function newest({ status, kind, before, count }: { readonly status: JobStatus | null; readonly kind: string | null; readonly before: number | null; readonly count: number }): readonly JobRow[] {
    const index = kind !== null ? 'INDEXED BY jobs_by_kind' : status !== null ? 'INDEXED BY jobs_by_status' : ''
    const sql = `SELECT ${jobColumns} FROM jobs ${index} WHERE ${kept} AND key < ?${status === null ? '' : ' AND status = ?'}${kind === null ? '' : ' AND kind = ?'} ORDER BY key DESC LIMIT ?`
    const statement = lists.get(sql) ?? database.prepare(sql)
    lists.set(sql, statement)
    const values = [before ?? Number.MAX_SAFE_INTEGER, ...(status === null ? [] : [status]), ...(kind === null ? [] : [toColumn(kind)]), count]
    return statement.all(Date.now(), ...values) as unknown as readonly JobRow[] // as the statement says
  }

  return {
    row,
    record: (row) => {
      const record = listed(row)
      if (row.status === 'completed') {
        const kept = selectResult.get(row.key) as { readonly result: string } | undefined // as the statement says
        return { ...record, result: kept?.result ?? null }
      }
      if (row.status !== 'awaiting_input') return record
      const { data } = selectData.get(row.key, row.input_key) as { readonly data: string } // written with the status
      return { ...record, requestData: data }
    },
    input: (id) => {
      const kept = selectInput.get(found(id).key) as { readonly input: string } | undefined // as the statement says
      return kept?.input ?? null
    },
    list: ({ statuses, kind, limit, before }) => {
      // One more tells whether there is another page. Each status for itself: asked for together, all of their jobs would be sorted for the newest few.
      const each = statuses ?? (kind === null ? [null] : allStatuses)
      const rows = each.flatMap((status) => newest({ status, kind, before, count: limit + 1 })).toSorted((one, other) => other.key - one.key)
      const page = rows.slice(0, limit)
      return { jobs: page.map(listed), next: rows.length > limit ? (page.at(-1)?.key ?? null) : null }
    },
    events: ({ id, after }) => {
      const { key, status, last_event: last } = found(id)
      const events: { seq: number; atMs: number; type: string; data: string }[] = []
      let units = 0
      for (const event of selectEvents.iterate(key, after) as unknown as Iterable<{ seq: number; atMs: number; type: Column; data: string }>) { // as the statement says
        events.push({ ...event, type: fromColumn(event.type) })
        units += event.data.length
        if (events.length >= eventsAtOnce || units >= eventUnitsAtOnce) break
      }
      return { events, hasMore: (events.at(-1)?.seq ?? last) < last, isOver: isOver(status) }
    },
  }
}
