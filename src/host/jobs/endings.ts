/** An open database of jobs in; what their handlers, and people, make of them at last, out. */
import type { DatabaseSync } from 'node:sqlite'
import { ReplmError, toWire } from '../../errors.ts'
import { fromColumn, toColumn } from '../journal/column.ts'
import type { InputRequest, JobError } from '../../types.ts'
import type { Moves } from './moves.ts'
import { answeredAlready, noSuchAction, noSuchJob, notWaiting, otherRequest } from './refusal.ts'
import type { Column, JobRow } from './row.ts'
import { isOver } from './states.ts'
import type { Changes, Ending } from './threadMessages.ts'
import type { Upkeep } from './upkeep.ts'

export interface Endings {
  readonly end: (row: JobRow, ending: Ending) => void
  /** Throws NOT_FOUND. */
  readonly cancel: (row: JobRow) => JobRow
  /** Throws JOB_STATE. */
  readonly answer: (row: JobRow | undefined, ask: Changes['answer']['ask']) => JobRow
}

export function openEndings(database: DatabaseSync, { moves, upkeep }: { readonly moves: Moves; readonly upkeep: Upkeep }): Endings {
  const insertResult = database.prepare('INSERT INTO results (job, result) VALUES (?, ?)')
  const insertRequest = database.prepare('INSERT OR IGNORE INTO requests (job, key, asked, head, data) VALUES (?, ?, ?, ?, ?)')
  const selectRequest = database.prepare('SELECT head, data, answer FROM requests WHERE job = ? AND key = ?')
  const setAnswer = database.prepare('UPDATE requests SET action = ?, answer = ? WHERE job = ? AND key = ? AND answer IS NULL')

  interface RequestRow {
    readonly head: string
    readonly data: string
    readonly answer: string | null
  }

  function request(row: JobRow, key: Column): RequestRow | undefined {
    return selectRequest.get(row.key, key) as RequestRow | undefined // as the statement says
  }

  function fail(row: JobRow, error: JobError): void {
    moves.move(row, { to: 'failed', error, event: { type: 'job.failed', data: { code: error.code, message: error.message } } })
  }

  function end(row: JobRow, ending: Ending): void {
    if (ending.type === 'released') return upkeep.giveBack(row, 'workerClosed')
    // A deadline holds whatever the handler makes of it; a result that is there when it was to be canceled is kept.
    if (ending.type === 'expired' || (row.deadline_ms !== null && row.deadline_ms <= Date.now())) return upkeep.expire(row)
    if (ending.type === 'canceled' || (row.cancel_requested_ms !== null && ending.type === 'awaitingInput')) {
      moves.move(row, { to: 'canceled', event: { type: 'job.canceled' } })
      return
    }
    switch (ending.type) {
      case 'completed':
        moves.move(row, { to: 'completed', event: { type: 'job.completed' } })
        if (ending.result !== null) insertResult.run(row.key, ending.result)
        break
      case 'failed':
        fail(row, ending.error)
        break
      case 'awaitingInput': {
        const { key, head, data } = ending
        const { changes } = insertRequest.run(row.key, toColumn(key), row.last_event, head, data)
        if (Number(changes) === 0 && request(row, toColumn(key))?.answer !== null) {
          // Begun again it would ask for ever.
          fail(row, toWire(new ReplmError('JOB_STATE', `The job asks ${JSON.stringify(key)} again, which was answered. Every asking needs a key of its own.`)))
          break
        }
        moves.move(row, { to: 'awaiting_input', inputKey: key, event: { type: 'job.inputRequested', data: { key, ...(JSON.parse(head) as Omit<InputRequest, 'key' | 'data'>) } } }) // as it was written
        break
      }
    }
  }

  return {
    end,
    cancel: (row) => {
      if (isOver(row.status)) return row
      // Durable before anybody at work on it hears of it.
      if (row.status === 'running') return row.cancel_requested_ms === null ? moves.requestCancel(row) : row
      return moves.move(row, { to: 'canceled', cancelRequestedMs: Date.now(), event: { type: 'job.canceled' } })
    },
    answer: (row, { id, requestKey, action, data }) => {
      if (row === undefined) throw noSuchJob(id)
      const key = toColumn(requestKey)
      const asked = request(row, key)
      if (asked !== undefined && asked.answer !== null) throw answeredAlready(id, requestKey)
      if (row.status !== 'awaiting_input' || row.input_key === null) throw notWaiting(id, row.status)
      if (asked === undefined) throw otherRequest(id, requestKey, fromColumn(row.input_key))
      const { actions } = JSON.parse(asked.head) as InputRequest // as it was written
      if (!actions.includes(action)) throw noSuchAction(id, action, actions)
      setAnswer.run(toColumn(action), data ?? asked.data, row.key, key)
      return moves.move(row, { to: 'queued', event: { type: 'job.inputReceived', data: { key: requestKey, action } } })
    },
  }
}
