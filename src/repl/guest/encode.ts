/**
 * Any value in; pieces of JSON that the host's `decodeValue` makes it of again out.
 *
 * The JSON is one of
 * - `{}`: undefined;
 * - `{"v": …}`: a value that JSON itself can hold;
 * - `{"s": slot}`: another primitive, `{"g": [node, …]}`: a graph whose first node is the value (see encode-graph.ts).
 */
import { arrayPush, createList, jsonStringify, regExpTest, setPrototypeOf, stringCodeAt, stringSlice } from './primordials.ts'
import { encodeGraph, encodePrimitive } from './encode-graph.ts'
import { surveyValue } from './encode-survey.ts'

export type Encoded =
  | { readonly type: 'encoded'; readonly pieces: readonly string[] }
  /** It holds a function, symbol, proxy or another thing that cannot cross: the pieces stand for undefined. */
  | { readonly type: 'opaque'; readonly pieces: readonly string[] }
  /** More bytes than the limit; nothing was made of it. */
  | { readonly type: 'tooLarge' }
  /** Nested deeper than {@link maxValueDepth}. */
  | { readonly type: 'tooDeep' }

/** UTF-16 units of a piece at most: with every one of them escaped it still fits a message. */
export const maxPieceUnits = 512 * 1024

/** Joining texts costs a copy of them: above this they stay apart. */
const shortPieceUnits = 64 * 1024

/** Levels of nesting of a value at most: what goes on to a console, a file or a test must still find stack for it. */
export const maxValueDepth = 5_000

/**
 * Encodes by the rules of structured clone, with two differences: accessors are not run but left out (undefined in an array), and what cannot cross makes the whole opaque.
 * Symbol keys are left out; class instances become plain objects. Properties of arrays longer than 16,384 items, beside the items, are not found.
 * `maxBytes` bounds the UTF-8 of the JSON, and the work.
 */
export function encodeValue(value: unknown, maxBytes: number): Encoded {
  const survey = surveyValue(value, maxBytes, maxValueDepth)
  switch (survey) {
    case 'tooLarge':
    case 'tooDeep': return { type: survey }
    case 'opaque': return { type: 'opaque', pieces: listOf('{}') }
    case 'json': return encoded(listOf('{"v":', jsonStringify(value), '}'), maxBytes)
    case 'primitive': return encoded(listOf(value === undefined ? '{}' : `{"s":${encodePrimitive(value)}}`), maxBytes)
    case 'graph': return encoded(encodeGraph(value as object, maxBytes), maxBytes)
  }
}

function listOf(...texts: string[]): string[] {
  return setPrototypeOf(texts, null) as string[]
}

function encoded(texts: readonly string[] | undefined, maxBytes: number): Encoded {
  if (texts === undefined || !fits(texts, maxBytes)) return { type: 'tooLarge' }
  const pieces = createList<string>()
  for (let index = 0; index < texts.length; index++) addPieces(pieces, texts[index] as string)
  return { type: 'encoded', pieces }
}

function fits(texts: readonly string[], maxBytes: number): boolean {
  let units = 0
  for (let index = 0; index < texts.length; index++) units += (texts[index] as string).length
  // A UTF-16 unit takes one to three bytes.
  if (units * 3 <= maxBytes || units > maxBytes) return units <= maxBytes
  let bytes = 0
  for (let index = 0; index < texts.length; index++) bytes += utf8Length(texts[index] as string)
  return bytes <= maxBytes
}

/** Bytes of a text in UTF-8. */
function utf8Length(text: string): number {
  // oxlint-disable-next-line no-control-regex -- the class of all ASCII
  if (!regExpTest(/[^\x00-\x7f]/, text)) return text.length
  let bytes = 0
  for (let at = 0; at < text.length; at++) {
    const code = stringCodeAt(text, at)
    bytes += code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 2 : 3
  }
  return bytes
}

/** Adds a text cut to pieces; a short one goes to the piece before it. */
function addPieces(pieces: string[], text: string): void {
  const last = pieces.length - 1
  if (last >= 0 && text.length + (pieces[last] as string).length <= shortPieceUnits) {
    pieces[last] = (pieces[last] as string) + text
    return
  }
  for (let from = 0; from < text.length; ) {
    let to = from + maxPieceUnits
    // Both halves of a surrogate pair stay in one piece.
    if (to < text.length && stringCodeAt(text, to - 1) >= 0xd800 && stringCodeAt(text, to - 1) <= 0xdbff) to--
    arrayPush(pieces, stringSlice(text, from, to))
    from = to
  }
}
