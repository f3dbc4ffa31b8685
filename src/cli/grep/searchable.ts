/** Nothing in; what files that can be searched give, whoever searches them, out. */
import type { FileMatch, FileSearch, FileSearchOptions } from '../../index.ts'

export interface Searchable extends AsyncDisposable {
  readonly names: readonly string[]
  readonly skipped: FileSearch['skipped']
  /** There is one file, and it was asked for by itself. */
  readonly isOne: boolean
  /** Of one file where it is named by its number. */
  matches(pattern: string, options: FileSearchOptions & { readonly doc?: number; readonly max?: number }): AsyncIterable<FileMatch>
  count(pattern: string, options: FileSearchOptions & { readonly doc: number }): Promise<number>
}
