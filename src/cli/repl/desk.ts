/** What the commands of an interactive session work on: the session that is open, who answers, and the cells so far. */
import type { Replm, Session } from '../../index.ts'
import type { Terminal } from '../terminal.ts'
import { wrapped } from './columns.ts'
import type { Paper } from './paper.ts'
import type { ReadOptions } from './editor.ts'

export interface DeskOptions {
  readonly terminal: Terminal
  readonly paper: Paper
  readonly replm: Replm
  readonly session: Session
  /** `provider/model`. */
  readonly model: string
  readonly openSession: (id: string) => Promise<Session>
  /** Shows a session that goes on: its cell that was cut off, too. */
  readonly goOn: (session: Session) => Promise<unknown>
}

export class Desk {
  readonly terminal: Terminal
  readonly paper: Paper
  readonly replm: Replm
  /** Runs on what was cut off. */
  readonly goOn: (session: Session) => Promise<unknown>
  /** `provider/model` that answers where a question names none. */
  model: string
  readonly #openSession: (id: string) => Promise<Session>
  #session: Session
  #entry: Pick<ReadOptions, 'isBlock' | 'text'> = {}

  constructor({ terminal, paper, replm, session, model, openSession, goOn }: DeskOptions) {
    this.terminal = terminal
    this.paper = paper
    this.replm = replm
    this.model = model
    this.goOn = goOn
    this.#session = session
    this.#openSession = openSession
  }

  get session(): Session {
    return this.#session
  }

  /** Leaves the session that is open for another one. Rejects where that cannot be had, and then stays. */
  async change(id: string): Promise<void> {
    const next = await this.#openSession(id)
    await this.#session[Symbol.asyncDispose]()
    this.#session = next
  }

  /** How the next entry is read: as a block of lines, or beginning with a text. */
  prepareEntry(entry: Pick<ReadOptions, 'isBlock' | 'text'>): void {
    this.#entry = entry
  }

  takeEntry(): Pick<ReadOptions, 'isBlock' | 'text'> {
    const entry = this.#entry
    this.#entry = {}
    return entry
  }

  say(line: string): void {
    this.terminal.write(`${wrapped(line, this.terminal.size.columns)}\n`)
  }

  /** A line to be tried: broken by the terminal alone, so that it can be copied as a whole. */
  code(line: string): void {
    this.terminal.write(`${this.terminal.paint('dim', line, 'stdout')}\n`)
  }

  /** What is said beside the matter. */
  hint(line: string): void {
    this.terminal.write(`${this.terminal.paint('dim', wrapped(line, this.terminal.size.columns), 'stdout')}\n`)
  }
}
