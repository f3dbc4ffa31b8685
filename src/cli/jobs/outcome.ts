/** A job in; what is left of it for standard output, and its exit code, out. */
import { exitCodes, ReplmError } from '../../errors.ts'
import type { BatchLine, CellJobResult, Job } from '../../index.ts'
import { resultText } from '../performRun.ts'
import { reportFailure } from '../report.ts'
import type { Terminal } from '../terminal.ts'
import { waitsFor } from './words.ts'

/** 0 for one that is completed; what its error has; 6 for one that asks, 130 for one that was canceled, 5 for one that still goes on. */
export function jobExitCode(job: Job): number {
  switch (job.status) {
    case 'completed':
      return 0
    case 'failed':
      return Object.hasOwn(exitCodes, job.error.code) ? exitCodes[job.error.code as keyof typeof exitCodes] : exitCodes.CELL
    case 'awaiting_input':
      return exitCodes.INPUT_NEEDED
    case 'canceled':
      return exitCodes.INTERRUPTED
    default:
      return exitCodes.TIMEOUT
  }
}

/** As `run` shows its result; of a batch a line of JSON for each question. */
export function printOutcome(job: Job, terminal: Terminal): void {
  switch (job.status) {
    case 'completed':
      if (job.kind === 'batch') for (const line of (job.result as { readonly value: readonly BatchLine[] }).value) terminal.print(`${JSON.stringify(batchLine(line))}\n`) // as a batch gives it
      else terminal.print(resultText(job.result as Pick<CellJobResult, 'value' | 'text'>)) // as scripts, cells and questions give it
      return
    case 'failed':
      return reportFailure(errorOf(job.error), { terminal, json: false })
    case 'awaiting_input':
      terminal.complain(`${waitsFor(job)}\n`)
      return
    case 'canceled':
      terminal.complain('The job was canceled\n')
      return
    default:
      terminal.complain(`The job is not over yet: it is ${job.status}\n`)
  }
}

/** In the words of the file it came from. */
export function batchLine({ customId, ...line }: BatchLine): object {
  return { custom_id: customId, ...line }
}

function errorOf({ code, message, line, column, stack }: Extract<Job, { status: 'failed' }>['error']): ReplmError {
  const known = Object.hasOwn(exitCodes, code) ? (code as keyof typeof exitCodes) : 'CELL'
  const error = new ReplmError(known, message)
  // A cell's own stack is for its author.
  return stack === undefined ? error : Object.assign(error, { line: line ?? null, column: column ?? null, stack, ran: true })
}
