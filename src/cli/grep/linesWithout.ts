/** A pattern in; the lines that it does not match out: all lines but those that another search gives meanwhile. */
import type { FileMatch, FileSearchOptions } from '../../index.ts'
import type { Searchable } from './searchable.ts'

export async function* linesWithout(search: Searchable, pattern: string, { max = Infinity, ...options }: FileSearchOptions & { readonly doc?: number; readonly max?: number }): AsyncGenerator<FileMatch, undefined> {
  const { before, after, engine, maxColumns, doc } = options
  const all = search.matches('^', { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }), ...(engine === undefined ? {} : { engine }), ...(maxColumns === undefined ? {} : { maxColumns }), ...(doc === undefined ? {} : { doc }) })
  // Of a match over several lines its text says how many.
  const columns = options.multiline === true ? Infinity : 1
  const matching = search.matches(pattern, { ...options, before: 0, after: 0, maxColumns: columns })[Symbol.asyncIterator]()
  try {
    let next = await matching.next()
    let left = max
    for await (const line of all) {
      if (left <= 0) break
      while (next.done !== true && isBefore(next.value, line)) next = await matching.next()
      if (next.done !== true && next.value.doc === line.doc && next.value.line <= line.line) continue
      left -= 1
      yield { ...line, column: 1, submatches: [] }
    }
  } finally {
    await matching.return?.()
  }
  return undefined
}

/** Whether all lines of a match come before a line. */
function isBefore(match: FileMatch, { doc, line }: FileMatch): boolean {
  return match.doc < doc || (match.doc === doc && match.line + match.text.split('\n').length - 1 < line)
}
