/** What a person types, or a pipe brings, in; one whole cell or command, whenever it is asked for, out. */
import type { Person } from '../review/person.ts'
import type { Entry, ReadOptions } from './editor.ts'

export interface CellSource extends Disposable {
  /** Whether a person sits there: then Ctrl-C comes as a key. */
  readonly isPrompt: boolean
  /** Whom a program can ask while its cell runs; undefined where nobody is. */
  readonly person?: Person
  /** The next cell or command; what was typed ahead comes first. */
  next(options?: Pick<ReadOptions, 'isBlock' | 'text'>): Promise<Entry>
  /** Calls back for Ctrl-C while nothing is asked for, until the returned function is called: with the number of lines typed ahead, which are dropped. */
  onInterrupt(listener: (droppedLines: number) => void): () => void
}
