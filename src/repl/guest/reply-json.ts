/** A model's reply in; the texts in it that may be the JSON it was asked for out, the likeliest first. */
import { arrayPush, createList, stringCodeAt, stringIndexOf, stringSlice, stringStartsWith, stringTrim } from './primordials.ts'

/** Candidates that are looked at, at most. */
const maxCandidates = 16

/** The whole reply, what stands in code fences, then each object or array in the prose. What a reasoning model put between `<think>` and `</think>` at the start is left out. */
export function jsonCandidates(reply: string): readonly string[] {
  const candidates = createList<string>()
  const text = withoutThoughts(reply)
  arrayPush(candidates, text)
  addFenced(candidates, text)
  addEmbedded(candidates, text)
  return candidates
}

function withoutThoughts(reply: string): string {
  const text = stringTrim(reply)
  const end = stringStartsWith(text, '<think>') ? stringIndexOf(text, '</think>') : -1
  return end === -1 ? text : stringTrim(stringSlice(text, end + 8))
}

function addFenced(candidates: string[], text: string): void {
  let open = stringIndexOf(text, '```')
  while (open !== -1 && candidates.length < maxCandidates) {
    // The rest of the first line names the language.
    const start = stringIndexOf(text, '\n', open)
    const end = start === -1 ? -1 : stringIndexOf(text, '```', start)
    if (end === -1) return
    arrayPush(candidates, stringTrim(stringSlice(text, start, end)))
    open = stringIndexOf(text, '```', end + 3)
  }
}

function addEmbedded(candidates: string[], text: string): void {
  for (let at = 0; at < text.length && candidates.length < maxCandidates; at++) {
    const code = stringCodeAt(text, at)
    if (code !== openBrace && code !== openBracket) continue
    const end = endOfValue(text, at)
    // What is open at the end closes nowhere: looking further from inside it would take quadratic time.
    if (end === -1) return
    arrayPush(candidates, stringSlice(text, at, end))
    at = end - 1
  }
}

const quoteMark = 34
const backslash = 92
const openBrace = 123
const closeBrace = 125
const openBracket = 91
const closeBracket = 93

/** Where the bracket opened at an index is closed again, brackets in strings not counted; -1 for nowhere. */
function endOfValue(text: string, from: number): number {
  let depth = 0
  let isString = false
  for (let at = from; at < text.length; at++) {
    const code = stringCodeAt(text, at)
    if (isString) {
      if (code === backslash) at++
      else if (code === quoteMark) isString = false
    } else if (code === quoteMark) isString = true
    else if (code === openBrace || code === openBracket) depth++
    else if (code === closeBrace || code === closeBracket) {
      depth--
      if (depth === 0) return at + 1
    }
  }
  return -1
}
