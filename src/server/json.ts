/** Bytes of a request's body in; the JSON they are, not nested too deep and with each name once, out. */
import { RequestProblem } from './problem.ts'

/** Values may be nested so deep: a schema of a question may be 32, and lies in a list of requests. */
const maxDepth = 64

/** Throws a {@link RequestProblem} for what is no JSON, or such that two readers may take it for different things. `what` begins the sentence. */
export function parseJson(bytes: Uint8Array, what = 'The body'): unknown {
  const text = decodeUtf8(bytes, what)
  const { depth, members } = measure(text)
  if (depth > maxDepth) throw new RequestProblem(400, `${what} is nested more than ${maxDepth} levels deep`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new RequestProblem(400, `${what} is no JSON: ${syntaxOf(error)}`)
  }
  // JSON.parse keeps the last of two members of one name in silence; another reader of the same bytes may keep the first.
  if (membersOf(value) !== members) throw new RequestProblem(400, `${what} names a member of an object twice`)
  return value
}

export function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new RequestProblem(400, `${what} is no UTF-8`)
  }
}

/** The parser's own words quote the text, which may be long or secret: only the place is kept. */
function syntaxOf(error: unknown): string {
  const place = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
  return place === undefined ? 'it ends too early, or is wrong' : `it is wrong at character ${Number(place) + 1}`
}

/** Brackets open at most, as far as that is allowed, and colons outside of strings: of a text that is JSON, its depth and how many members its objects were written with. */
function measure(text: string): { readonly depth: number; readonly members: number } {
  const marks = /["[\]{}:]/g
  let open = 0
  let depth = 0
  let members = 0
  for (let mark = marks.exec(text); mark !== null && depth <= maxDepth; mark = marks.exec(text)) {
    const sign = mark[0]
    if (sign === '"') {
      const end = endOfString(text, marks.lastIndex)
      if (end === -1) break
      marks.lastIndex = end + 1
    } else if (sign === ':') members += 1
    else {
      open += sign === '[' || sign === '{' ? 1 : -1
      depth = Math.max(depth, open)
    }
  }
  return { depth, members }
}

/** Where the quote stands that ends a string; -1 where none does. */
function endOfString(text: string, from: number): number {
  for (let quote = text.indexOf('"', from); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0
    while (text[quote - 1 - slashes] === '\\' && quote - 1 - slashes >= from) slashes += 1
    if (slashes % 2 === 0) return quote
  }
  return -1
}

function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const values: unknown[] = Object.values(value)
  return values.reduce<number>((sum, item) => sum + membersOf(item), Array.isArray(value) ? 0 : values.length)
}
