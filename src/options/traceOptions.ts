/** Where to write what happens in, as a caller wrote it; the file, and whether with content, out. */
import { checkNames, expected, flag, given, isPlainObject, text } from './check.ts'

/** What is written of a run into a file. */
export interface TraceOptions {
  readonly file: string
  /** Write prompts, answers, messages and what is printed as well. @default false */
  readonly content?: boolean
}

export interface ResolvedTraceOptions {
  readonly file: string
  readonly content: boolean
}

export function resolveTrace(value: unknown, name: string): ResolvedTraceOptions {
  if (typeof value === 'string') return Object.freeze({ file: text('a path')(value, name), content: false })
  if (!isPlainObject(value)) throw expected(name, 'a path or {file, content}', value, false)
  checkNames(name, value, ['file', 'content'])
  return Object.freeze({ file: text('a path')(value['file'], `${name}.file`), content: given(value['content'], `${name}.content`, flag) ?? false })
}
