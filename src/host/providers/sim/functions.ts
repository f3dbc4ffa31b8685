/** Source text of JavaScript or TypeScript in; its functions, whom each calls and what it returns, out. */

export interface FoundFunction {
  readonly name: string
  /** In the order of its text, each once. */
  readonly calls: readonly string[]
  /** The expression of its last `return`; undefined where it has none. */
  readonly returns: string | undefined
}

/** Longest line that is looked at, in UTF-16 units. */
const maxLine = 2_000

const header = /^(\s*)(?:export\s+)?(?:default\s+)?(?:async\s+)?function\s*\*?\s*([\w$]+)\s*[(<]/

/** Words that stand before a parenthesis and call nothing. */
const keywords: ReadonlySet<string> = new Set(['if', 'for', 'while', 'switch', 'catch', 'return', 'function', 'await', 'typeof', 'void', 'yield', 'new', 'in', 'of'])

/** Declared functions whose beginning stands in the text: each ends at the brace that stands as far in as its first line. */
export function findFunctions(text: string): FoundFunction[] {
  const found: FoundFunction[] = []
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const [, indent = '', name] = header.exec((lines[at] ?? '').slice(0, maxLine)) ?? []
    if (name === undefined) continue
    const body: string[] = []
    for (at++; at < lines.length && (lines[at] ?? '').trimEnd() !== `${indent}}`; at++) {
      // It was cut off: here begins the next one.
      if (header.exec((lines[at] ?? '').slice(0, maxLine))?.[1] === indent) {
        at--
        break
      }
      body.push((lines[at] ?? '').slice(0, maxLine))
    }
    found.push({ name, ...readBody(body.join('\n')) })
  }
  return found
}

function readBody(body: string): Omit<FoundFunction, 'name'> {
  const code = withoutWords(body)
  const calls = new Set([...code.matchAll(/(?<![\w$.])([A-Za-z_$][\w$]{0,200})\s{0,8}\(/g)].map(([, name = '']) => name).filter((name) => !keywords.has(name)))
  const returns = [...code.matchAll(/(?<![\w$.])return\s+([^\n;]+)/g)].at(-1)?.[1]?.trim()
  return { calls: [...calls], returns }
}

/** Without comments, and with nothing in its strings. */
function withoutWords(code: string): string {
  return code.replaceAll(/\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, (words) =>
    words.startsWith('/') ? '' : `${words[0]}${words[0]}`,
  )
}
