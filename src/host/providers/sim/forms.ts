/** A question in; how its answer is read out of a text, and put together of several, out. */
import { findFunctions } from './functions.ts'
import { countByValue, countLines, listValues, type Condition } from './labelled.ts'
import { isThere, textOf, type Said } from './said.ts'
import { findStated } from './statements.ts'

export interface Form {
  readonly read: (text: string) => Said
  /** Answers to the same question about pieces of a text, as JSON has them, into that about all of it. */
  readonly merge: (parts: readonly unknown[]) => Said
}

/** What is understood, in words. */
export const formsInWords = [
  'What is the … of …?',
  'List every … of ….',
  'How many lines have FIELD "value" and FIELD "value"?',
  'How many lines are there of each FIELD: "value", "value"?',
  'List every FIELD of the lines that have FIELD "value".',
  'List every function that calls `name`.',
  'Which function does `name` call?',
  'What does the function `name` return?',
  'Does the text help to answer: QUESTION',
  'Combine the answers below to: QUESTION',
] as const

/** Longest question, in UTF-16 units. */
const maxQuestion = 2_000

/** undefined for a question that is none of {@link formsInWords}. */
export function parseForm(question: string): Form | undefined {
  if (question.length > maxQuestion) return undefined
  for (const [pattern, make] of patterns) {
    const words = pattern.exec(question)
    if (words !== null) return make(words[1] ?? '', words[2] ?? '')
  }
  return undefined
}

/** The first one that fits is taken: what is about lines and functions before what is about anything. */
const patterns: readonly (readonly [RegExp, (first: string, second: string) => Form | undefined])[] = [
  [/^does the text help to answer: (.+)$/i, (question) => whether(parseForm(question))],
  [/^combine the answers below to: (.+)$/i, (question) => combined(parseForm(question))],
  [/^how many lines have (.+?)\??$/i, (text) => withConditions(text, (conditions) => ({ read: (lines) => countLines(lines, conditions), merge: sum }))],
  [/^how many lines are there of each ([\w ]+): (.+?)\??$/i, countsOf],
  [
    /^list every ([\w ]+) of the lines that have (.+?)\.?$/i,
    (field, text) => withConditions(text, (conditions) => ({ read: (lines) => listValues(lines, field, conditions), merge: union })),
  ],
  [/^list every function that calls `([\w$]+)`\.?$/i, callersOf],
  [/^which function does `([\w$]+)` call\?$/i, (name) => ({ read: (text) => functionOf(text, name)?.calls[0] ?? null, merge: first })],
  [/^what does (?:the function )?`([\w$]+)` return\?$/i, (name) => ({ read: (text) => functionOf(text, name)?.returns ?? null, merge: first })],
  [/^list every (.+?)\.?$/i, (subject) => ({ read: (text) => findStated(text, subject), merge: union })],
  [/^(?:what|who|which|where) is the (.+?)\?$/i, (subject) => ({ read: (text) => findStated(text, subject)[0] ?? null, merge: first })],
]

function whether(form: Form | undefined): Form | undefined {
  return form === undefined ? undefined : { read: (text) => isThere(form.read(text)), merge: (parts) => parts.includes(true) }
}

/** One answer to a line, as JSON or in words. */
function combined(form: Form | undefined): Form | undefined {
  if (form === undefined) return undefined
  const lines = (text: string): string[] => text.split('\n').map((line) => line.trim())
  // One that ends in a colon introduces the others.
  const read = (text: string): Said => form.merge(lines(text).flatMap((line) => (line === '' || line.endsWith(':') ? [] : [partOf(line)])))
  return { read, merge: form.merge }
}

function countsOf(field: string, list: string): Form | undefined {
  const values = [...list.matchAll(/"([^"]*)"/g)].map(([, value = '']) => value)
  if (values.length === 0) return undefined
  const merge = (parts: readonly unknown[]): Said => new Map(values.map((value) => [value, sum(parts.map((part) => memberOf(part, value)))]))
  return { read: (text) => countByValue(text, field, values), merge }
}

function callersOf(name: string): Form {
  const read = (text: string): Said =>
    text.includes(name)
      ? findFunctions(text)
          .filter(({ calls }) => calls.includes(name))
          .map((found) => found.name)
      : []
  return { read, merge: union }
}

function functionOf(text: string, name: string): ReturnType<typeof findFunctions>[number] | undefined {
  return text.includes(name) ? findFunctions(text).find((found) => found.name === name) : undefined
}

/** `Label "colour" and User "u17"`, and nothing else. */
function withConditions(text: string, make: (conditions: readonly Condition[]) => Form): Form | undefined {
  const conditions: Condition[] = []
  let rest = text
  for (;;) {
    const found = /^([\w ]+?) "([^"]*)"(?: and (?=[\w ])|$)/.exec(rest)
    if (found === null) return undefined
    conditions.push({ field: found[1] ?? '', value: found[2] ?? '' })
    rest = rest.slice(found[0].length)
    if (rest === '') return make(conditions)
  }
}

function first(parts: readonly unknown[]): string | null {
  const found = parts.find((part) => typeof part === 'string' || typeof part === 'number')
  return found === undefined ? null : String(found)
}

function sum(parts: readonly unknown[]): number {
  return parts.reduce<number>((total, part) => total + (typeof part === 'number' ? part : 0), 0)
}

function union(parts: readonly unknown[]): string[] {
  return [...new Set(parts.flat().flatMap((part) => (typeof part === 'string' || typeof part === 'number' ? [String(part)] : [])))]
}

function memberOf(part: unknown, name: string): unknown {
  return typeof part === 'object' && part !== null && Object.hasOwn(part, name) ? Reflect.get(part, name) : 0
}

function partOf(line: string): unknown {
  if (line === textOf(null)) return null
  if (line === textOf([])) return []
  try {
    const part: unknown = JSON.parse(line)
    // A code of twenty digits is no number that can be written again.
    return typeof part === 'number' && String(part) !== line ? line : part
  } catch {
    return line // A model that was asked for no form writes words.
  }
}
