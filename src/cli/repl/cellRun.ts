/** The text of a cell in; its prints, its live line, its value or why it failed, shown, out. */
import type { CellResult, OnInput, ReplmError, Session, SessionEvent } from '../../index.ts'
import { follow } from '../follow.ts'
import { exitCodeOf, failureOutcome, successOutcome, toReplmError } from '../outcome.ts'
import { costLine } from '../progress.ts'
import { reportFailure } from '../report.ts'
import { Reviewer } from '../review/reviewer.ts'
import { showControls } from '../terminal.ts'
import { wrapped } from './columns.ts'
import type { Desk } from './desk.ts'
import type { CellSource } from './source.ts'

export interface CellRunnerOptions {
  readonly desk: Desk
  readonly source: CellSource
  readonly json: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborts when nobody reads what is printed. */
  readonly unread: AbortSignal
}

/** Codes after which a cell that is run again goes on with what it had bought. */
const unfinished: ReadonlySet<string> = new Set(['INTERRUPTED', 'BUDGET', 'AUTH', 'RATE_LIMITED', 'PROVIDER', 'REFUSED', 'CPU', 'TIMEOUT', 'CRASHED'])

/** What the library says of a cell that was interrupted, and how it begins where there is more to say. */
const interrupted = 'The cell was interrupted'

export class CellRunner {
  readonly #options: CellRunnerOptions
  /** Asks the person at the prompt; not there where nobody is. */
  readonly asks: { readonly onInput?: OnInput }

  constructor(options: CellRunnerOptions) {
    this.#options = options
    const { desk, source, env } = options
    const reviewer = source.person === undefined ? undefined : new Reviewer({ terminal: desk.terminal, person: source.person, env })
    this.asks = reviewer === undefined ? {} : { onInput: (request, { signal }) => reviewer.review(request, { signal }) }
  }

  /** The exit code of a cell that failed, undefined for one that did not. */
  run(text: string): Promise<number | undefined> {
    const { desk, unread } = this.#options
    const name = unfinishedName(desk.session, text) ?? nextName(desk.session)
    return this.#show(desk.session.start(text, { name, signal: unread, ...this.asks }), text, name)
  }

  /** Shows a cell that goes on. */
  resume(run: ReturnType<Session['start']>, text: string, name: string): Promise<number | undefined> {
    return this.#show(run, text, name)
  }

  async #show(run: ReturnType<Session['start']>, text: string, name: string): Promise<number | undefined> {
    const { desk, source, json, unread } = this.#options
    const { terminal, paper } = desk
    const started = performance.now()
    let answers = 0
    let dropped = 0
    let wasInterrupted = false
    paper.begin()
    const stopListening = source.onInterrupt((lines) => {
      dropped += lines
      if (source.isPrompt && !wasInterrupted) terminal.write('^C\n')
      wasInterrupted = true
      run.interrupt()
    })
    const observe = (event: SessionEvent): void => {
      if (event.type === 'query.answered') answers += 1
    }
    const prints = json ? false : source.isPrompt ? (printed: string, stream: 'stdout' | 'stderr') => paper.print(printed, stream) : true
    try {
      const [result] = await Promise.allSettled([run.result, follow(run.events, { terminal, prints, shows: !json, note: () => (desk.session.isRebuilding ? 'bringing the session back; Ctrl-C stops that' : ''), observe })])
      if (unread.aborted) return undefined
      if (result.status === 'fulfilled') {
        this.#success(result.value)
        return undefined
      }
      const error = toReplmError(result.reason)
      if (error.incomplete === true && source.isPrompt) {
        // Nobody could say before that there is more to come.
        desk.prepareEntry({ text: `${text}\n` })
        return undefined
      }
      if (json) terminal.write(`${JSON.stringify(failureOutcome(result.reason, { session: desk.session.id, durationMs: performance.now() - started }))}\n`)
      if (wasInterrupted && error.code === 'INTERRUPTED' && !json) this.#tellInterruption(error)
      else reportFailure(result.reason, { terminal, json, source: { name, text } })
      if (answers > 0 && unfinished.has(error.code)) this.#tellAnswers(answers)
      return exitCodeOf(result.reason)
    } finally {
      stopListening()
      if (dropped > 0) terminal.complain(`${dropped} ${dropped === 1 ? 'line' : 'lines'} typed ahead ${dropped === 1 ? 'was' : 'were'} dropped\n`)
    }
  }

  #success(result: CellResult): void {
    const { desk, source, json } = this.#options
    const { terminal, paper } = desk
    const { value, text, pending, usage, durationMs } = result
    if (json) terminal.write(`${JSON.stringify(successOutcome(result, desk.session.id))}\n`)
    else if (value !== undefined || text !== 'undefined') {
      if (source.isPrompt) paper.value(value, text)
      else terminal.print(`${text}\n`)
    }
    if (pending > 0) terminal.tell(terminal.paint('dim', `${pending} ${pending === 1 ? 'call is' : 'calls are'} still under way\n`, 'stderr'))
    const cost = source.isPrompt && !json ? costLine(usage, durationMs) : ''
    if (cost !== '') terminal.tell(`${terminal.paint('dim', cost, 'stderr')}\n`)
  }

  /** It was wished: what the program made of its end is beside the matter. */
  #tellInterruption({ code, message }: ReplmError): void {
    const { terminal } = this.#options.desk
    const words = message.startsWith(interrupted) ? message : interrupted
    const text = wrapped(`${code}: ${showControls(words)}`, terminal.size.columns)
    terminal.complain(`${terminal.paint('red', code, 'stderr')}${text.slice(code.length)}\n`)
  }

  /** What was bought is not lost. */
  #tellAnswers(count: number): void {
    const { terminal } = this.#options.desk
    const line = `${count.toLocaleString('en-US')} finished ${count === 1 ? 'answer is' : 'answers are'} kept: run the cell again, and only the rest is bought`
    terminal.tell(`${terminal.paint('dim', line, 'stderr')}\n`)
  }
}

/** A cell that did not come to its end goes by the same name when it is entered again, whatever was run meanwhile. */
function unfinishedName({ cells }: Session, text: string): string | undefined {
  const last = cells.findLast((cell) => cell.text === text)
  return last !== undefined && last.code !== null && unfinished.has(last.code) ? last.cell : undefined
}

/** Cells are counted through the life of their session, whatever processes it lives in. */
function nextName({ cells }: Session): string {
  const numbers = cells.map(({ cell }) => Number(/^cell (\d+)$/.exec(cell)?.[1] ?? 0))
  return `cell ${Math.max(0, ...numbers) + 1}`
}
