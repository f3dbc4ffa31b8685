/** Files in; a search of them by JavaScript's own patterns out, in a sandbox, where one without end can be stopped. Lines leave it part by part: it holds no more of them than one part. */
import { ReplmError } from '../../errors.ts'
import type { FileMatch, FileSearchOptions, openFileSearch, Session } from '../../index.ts'
import type { Searchable } from './searchable.ts'

type FindingOptions = NonNullable<Parameters<typeof openFileSearch>[1]>

/** Most characters of a line that leave a sandbox. */
const mostColumns = 65_536

/** `begin` opens a stream of lines, `part` gives the next ones of it; bounded in lines and characters. */
const cell = `
const streams = new Map()
function begin(id, doc, pattern, options) {
  streams.set(id, (doc === null ? grep : docs[doc].grep).stream(pattern, options)[Symbol.asyncIterator]())
}
async function part(id) {
  const lines = []
  for (let units = 0; lines.length < 1_000 && units < 1_000_000; ) {
    const { value, done } = await streams.get(id).next()
    if (done) {
      streams.delete(id)
      return { lines, isDone: true }
    }
    lines.push(value)
    units += [value.text, ...(value.before ?? []), ...(value.after ?? [])].reduce((sum, text) => sum + text.length, 0)
  }
  return { lines, isDone: false }
}`

/** Rejects as a session does whose context the files are. */
export async function openProgramSearch(files: readonly string[], options: FindingOptions): Promise<Searchable> {
  const { openReplm } = await import('../../index.ts')
  const { context, skipped, isOne } = await findFiles(files, options)
  await using opened = new AsyncDisposableStack()
  const replm = opened.use(await openReplm({ store: ':memory:' }))
  const { encoding } = options
  // Names stand for what was found: nothing is left out of that a second time.
  const session = opened.use(await replm.openSession({ context, limits: { valueBytes: 1e9 }, ignoreFiles: false, ...(encoding === undefined ? {} : { encoding }) }))
  await valueOf(session, cell)
  const stack = opened.move()
  let streams = 0
  async function* matches(pattern: string, given: FileSearchOptions & { readonly doc?: number; readonly max?: number }): AsyncGenerator<FileMatch, undefined> {
    const id = streams++
    const { doc = null, ...rest } = searchOptions(given)
    // JSON is an expression of a program, too.
    await valueOf(session, `begin(${id}, ${doc}, ${JSON.stringify(pattern)}, ${JSON.stringify(rest)})`)
    for (let isDone = false; !isDone; ) {
      const part = (await valueOf(session, `await part(${id})`)) as { readonly lines: readonly FileMatch[]; readonly isDone: boolean } // as the cell above gives it
      yield* part.lines
      isDone = part.isDone
    }
    return undefined
  }
  return {
    names: session.documents.map(({ name }) => name), skipped, isOne, matches,
    count: async (pattern, given) => {
      const { doc, ...rest } = searchOptions(given)
      return (await valueOf(session, `(await docs[${doc}].grep(${JSON.stringify(pattern)}, ${JSON.stringify({ ...rest, max: 0 })})).total`)) as number // as grep gives it
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** What is there of what was asked for, by names that say where it is. */
async function findFiles(files: readonly string[], options: FindingOptions): Promise<Pick<Searchable, 'skipped' | 'isOne'> & { readonly context: readonly string[] }> {
  const { openFileSearch } = await import('../../index.ts')
  const context: string[] = []
  const skipped: Searchable['skipped'][number][] = []
  let isOne = files.length === 1
  for (const file of files) {
    // A session reads it itself, and it can be read once.
    if (file === '-') {
      context.push(file)
      continue
    }
    await using found = await openFileSearch(file, options)
    context.push(...found.names)
    skipped.push(...found.skipped)
    isOne &&= found.isOne
  }
  return { context, skipped, isOne }
}

function searchOptions({ maxColumns = Infinity, max = Infinity, ...options }: FileSearchOptions & { readonly doc?: number; readonly max?: number }) {
  return { ...options, engine: 'js', maxColumns: Math.min(maxColumns, mostColumns), ...(max === Infinity ? {} : { max }) }
}

/** What a cell gives. What is wrong with a pattern is the person's mistake, not a program's. */
async function valueOf(session: Session, text: string): Promise<unknown> {
  try {
    return (await session.run(text)).value
  } catch (thrown) {
    if (!(thrown instanceof ReplmError)) throw thrown
    if (thrown.code === 'CELL') throw new ReplmError('CONFIG', thrown.message, { cause: thrown })
    if (thrown.code === 'CPU') throw new ReplmError('CPU', 'The pattern takes too long: more than 30 s of CPU time from one line that it finds to the next ones. Without `--engine js` no pattern does.', { cause: thrown })
    throw thrown
  }
}
