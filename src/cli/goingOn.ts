/** A run that failed in; the line that tells a person how to go on with what it has bought, out. */
import type { Session } from '../index.ts'
import { toReplmError } from './outcome.ts'
import { showControls } from './terminal.ts'

export interface GoingOnOptions {
  readonly session: Session
  /** A command line that goes on in the session, without the store. */
  readonly words: readonly string[]
  readonly store?: string
}

/** Undefined where there is nothing to go on with. */
export function goingOn(thrown: unknown, { session, words, store }: GoingOnOptions): string | undefined {
  const { bought, replayed } = session.usage
  const { code } = toReplmError(thrown)
  if (code === 'INPUT_NEEDED') return inputNeeded(words, store)
  if (store === ':memory:' || bought + replayed === 0) return undefined
  const command = commandOf(words, store)
  if (code === 'BUDGET') return `With a higher budget, \`${command}\` goes on and buys only what is new`
  return `\`${command}\` buys only what is new`
}

function inputNeeded(words: readonly string[], store: string | undefined): string {
  if (store === ':memory:') return 'Run it where a person is at the terminal: this store keeps nothing'
  return `At a terminal, \`${commandOf(words, store)}\` asks and goes on where it was; \`replm jobs submit\` runs a script that can wait for its answer`
}

function commandOf(words: readonly string[], store: string | undefined): string {
  return showControls(shellWords([...words, ...(store === undefined ? [] : ['--store', store])]))
}

/** Words as a shell reads them. */
export function shellWords(words: readonly string[]): string {
  return words.map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`)).join(' ')
}
