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
  if (store === ':memory:' || bought + replayed === 0) return undefined
  const command = showControls(shellWords([...words, ...(store === undefined ? [] : ['--store', store])]))
  if (toReplmError(thrown).code === 'BUDGET') return `With a higher budget, \`${command}\` goes on and buys only what is new`
  return `\`${command}\` buys only what is new`
}

/** Words as a shell reads them. */
export function shellWords(words: readonly string[]): string {
  return words.map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`)).join(' ')
}
