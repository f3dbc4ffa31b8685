/** A query in; texts of which every line that matches holds one, out. Lines without them need no engine. */
import type { GrepQuery } from './job.ts'
import { isRare, type Literals, literalsFrom, rarerOf } from './literals.ts'
import { maxFilters } from './kernel.ts'

/** Undefined for a pattern that has none for certain, and for one whose texts stand in every other line anyway. */
export function requiredLiterals({ pattern, fixed, ignoreCase, multiline, unicode }: GrepQuery): Literals | undefined {
  if (fixed || multiline) return undefined
  const alternatives = textsOf(pattern)
  if (alternatives === undefined || alternatives.length > maxFilters) return undefined
  const chosen: string[] = []
  for (const texts of alternatives) {
    // What stands for letters beyond itself is the engine's: in any case, K stands for the Kelvin sign as well.
    const sure = texts.flatMap((text) => text.split(ignoreCase ? /[^\0-\x7f]|[ksKS]/u : unicode ? /$^/ : /[^\0-\x7f]/u))
    const best = sure.filter(isRare).reduce<string | undefined>((found, text) => (found === undefined ? text : rarerOf(found, text)), undefined)
    if (best === undefined) return undefined
    chosen.push(best)
  }
  return literalsFrom(chosen, ignoreCase)
}

/** Of each alternative the texts that a match of it holds; undefined where that is not certain. */
function textsOf(pattern: string): readonly (readonly string[])[] | undefined {
  // Flags change what the rest of a pattern means.
  if (/\(\?(?!:|P?<[A-Za-z_])/.test(pattern)) return undefined
  const chars = Array.from(pattern)
  const alternatives: string[][] = [[]]
  let text: string[] = []
  const end = (): void => {
    if (text.length > 0) alternatives.at(-1)?.push(text.join(''))
    text = []
  }
  for (let at = 0; at < chars.length; ) {
    const char = chars[at] ?? ''
    let next: number | undefined = at + 1
    if (char === '|') {
      end()
      alternatives.push([])
    } else if (char === '(') {
      end()
      next = behindGroup(chars, at)
    } else if (char === '[') {
      end()
      next = behindClass(chars, at)
    } else if ('*?+{'.includes(char)) {
      // It may be there no time at all.
      if (char !== '+') text.pop()
      end()
      next = behindRepetition(chars, at)
    } else if ('.^$'.includes(char)) end()
    else if (char === '\\') {
      const escaped = chars[at + 1] ?? ''
      next = at + 2
      if (/[!-/:-@[-`{-~]/.test(escaped) && escaped !== '<' && escaped !== '>') text.push(escaped)
      else if (/[dDwWsSbB]/.test(escaped)) end()
      else return undefined
    } else if (/[)\0\n\r]/.test(char)) return undefined
    else text.push(char)
    if (next === undefined) return undefined
    at = next
  }
  end()
  return alternatives
}

function behindGroup(chars: readonly string[], from: number): number | undefined {
  let depth = 0
  for (let at: number | undefined = from; at !== undefined && at < chars.length; ) {
    const char: string | undefined = chars[at]
    if (char === '(') depth++
    else if (char === ')' && --depth === 0) return at + 1
    at = char === '[' ? behindClass(chars, at) : at + (char === '\\' ? 2 : 1)
  }
  return undefined
}

/** Undefined for a class that holds others, but for `[:alpha:]` and its like, or that is one less another. */
function behindClass(chars: readonly string[], from: number): number | undefined {
  let at = from + (chars[from + 1] === '^' ? 2 : 1)
  if (chars[at] === ']') return undefined
  for (; at < chars.length; at++) {
    const char = chars[at]
    if (char === ']') return at + 1
    if (char === '\\') at++
    else if (char === '[') {
      const named = /^\[:\^?[a-z]+:\]/.exec(chars.slice(at, at + 16).join(''))
      if (named === null) return undefined
      at += named[0].length - 1
    } else if ((char === '&' || char === '-' || char === '~') && chars[at + 1] === char) return undefined
  }
  return undefined
}

/** Undefined for a repetition of a repetition. */
function behindRepetition(chars: readonly string[], from: number): number | undefined {
  let at = from + 1
  if (chars[from] === '{') {
    const count = /^\{[\d, ]*\}/.exec(chars.slice(from, from + 32).join(''))
    if (count === null) return undefined
    at = from + count[0].length
  }
  if (chars[at] === '?') at++
  return '*?+{'.includes(chars[at] ?? '.') ? undefined : at
}
