/** What programs ask in, one after another; what the person at the terminal answers, out. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { InputAnswer, InputRequest } from '../../index.ts'
import { showControls, type Terminal } from '../terminal.ts'
import { editData } from './editor.ts'
import type { Person } from './person.ts'

export interface ReviewerOptions {
  readonly terminal: Terminal
  readonly person: Person
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Lines of the data that are shown before the person asks for all. */
const maxLines = 40

export class Reviewer {
  readonly #options: ReviewerOptions
  #tail: Promise<unknown> = Promise.resolve()

  constructor(options: ReviewerOptions) {
    this.#options = options
  }

  /** Null when the person leaves without an answer. Rejects with the signal's reason. */
  review(request: InputRequest, { signal }: { readonly signal: AbortSignal }): Promise<InputAnswer | null> {
    // Two questions at once would share one line of the terminal.
    const answer = this.#tail.then(() => this.#ask(request, signal))
    this.#tail = answer.catch(() => undefined)
    return answer
  }

  async #ask(request: InputRequest, signal: AbortSignal): Promise<InputAnswer | null> {
    // What came before is shown before: a question is asked at once, events have a way to go.
    await nextTurn()
    signal.throwIfAborted()
    this.#show(request)
    for (;;) {
      this.#say(this.#paint('bold', `${choices(request.actions)} `))
      const line = await this.#readLine(signal)
      if (line === null) return null
      const word = line.trim()
      if (word === '?') {
        this.#sayData(request.data, Infinity)
        continue
      }
      const action = actionOf(word, request.actions)
      if (action === undefined) {
        this.#say(`${word === '' ? 'Type' : `${showControls(JSON.stringify(word))} is none of them: type`} one of these names, its beginning or its number; ? shows all of the data\n`)
        continue
      }
      const data = action === 'edit' ? await this.#edit(request.data, signal) : { data: request.data }
      if (data === undefined) continue
      // Behind the person's own line: from here on the screen is the program's again.
      this.#say(this.#paint('dim', `→ ${showControls(action)}\n`))
      return { action, data: data.data }
    }
  }

  async #readLine(signal: AbortSignal): Promise<string | null> {
    try {
      const line = await this.#options.person.readLine({ signal })
      if (line === null) this.#say('\n')
      return line
    } catch (thrown) {
      this.#say('\n')
      throw thrown
    }
  }

  /** Undefined when the person has given it up. */
  async #edit(data: unknown, signal: AbortSignal): Promise<{ readonly data: unknown } | undefined> {
    const { person, env } = this.#options
    let text: string | undefined
    for (;;) {
      const edited = await person.lend(() => editData(data, { env, signal, text }))
      signal.throwIfAborted()
      if (edited.ok) return edited
      this.#say(`${showControls(edited.problem)}\n`)
      if (edited.text === undefined) return undefined
      text = edited.text
      this.#say(this.#paint('bold', 'edit again? [y/n] '))
      const line = await this.#readLine(signal)
      if (line === null || !/^y/i.test(line.trim())) return undefined
    }
  }

  #show({ title, description, data }: InputRequest): void {
    this.#say(`${this.#paint('bold', showControls(title).replaceAll(/\s+/g, ' '))}\n`)
    if (description !== null) this.#say(`${showControls(description)}\n`)
    this.#sayData(data, maxLines)
  }

  #sayData(data: unknown, most: number): void {
    if (data === null) return
    const lines = showControls(typeof data === 'string' ? data : JSON.stringify(data, null, 2)).split('\n')
    const left = lines.length - most
    this.#say(`${lines.slice(0, most).map((line) => `  ${line}`).join('\n')}\n${left > 0 ? this.#paint('dim', `  … ${left} more ${left === 1 ? 'line' : 'lines'}: ? shows all\n`) : ''}`)
  }

  #say(text: string): void {
    this.#options.terminal.write(text, this.#options.person.stream)
  }

  #paint(colour: 'bold' | 'dim', text: string): string {
    return this.#options.terminal.paint(colour, text, this.#options.person.stream)
  }
}

/** `1 approve, 2 edit or 3 cancel?` */
function choices(actions: readonly string[]): string {
  const names = actions.map((name, index) => `${index + 1} ${showControls(name).replaceAll(/\s+/g, ' ')}`)
  return `${names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`}?`
}

/** By its name, its number, or a beginning that only one has. */
function actionOf(word: string, actions: readonly string[]): string | undefined {
  if (actions.includes(word)) return word
  const numbered = /^\d+$/.test(word) ? actions[Number(word) - 1] : undefined
  if (numbered !== undefined || word === '') return numbered
  const found = actions.filter((action) => action.toLowerCase().startsWith(word.toLowerCase()))
  return found.length === 1 ? found[0] : undefined
}
