/** A pattern that JavaScript cannot read in; a SyntaxError that says what is wrong with it, and where, out. */
import { IntrinsicSyntaxError, isError, jsonStringify, stringCodeAt, stringIndexOf, stringLastIndexOf, stringSlice } from './primordials.ts'

/** Of a longer pattern, in UTF-16 units, only what is wrong is said: to find out where takes as many looks as it has characters. */
const maxPlacedUnits = 1_000

/** `compile` throws as the pattern itself did, for parts of it as well. */
export function wrongPattern(pattern: string, thrown: unknown, compile: (pattern: string) => unknown): SyntaxError {
  const reason = reasonOf(thrown)
  const shown = pattern.length <= maxPlacedUnits ? ` at character ${placeOf(pattern, reason, compile)}` : ''
  return new IntrinsicSyntaxError(`Invalid pattern${shown}: ${reason}${pattern.length <= maxPlacedUnits ? ` (${jsonStringify(pattern)})` : ''}`)
}

/** The engine says no place: it is where a beginning of the pattern goes wrong for good, and of what does not end where that begins. */
function placeOf(pattern: string, reason: string, compile: (pattern: string) => unknown): number {
  const reasonAt = (end: number): string | undefined => {
    try {
      compile(stringSlice(pattern, 0, end))
      return undefined
    } catch (thrown) {
      return reasonOf(thrown)
    }
  }
  let right = pattern.length - 1
  while (right > 0 && reasonAt(right) !== undefined) right--
  let place = right + 1
  if (stringIndexOf(reason, 'Unterminated') === -1) while (place < pattern.length && reasonAt(place) !== reason) place++
  return charactersIn(pattern, place)
}

function charactersIn(text: string, end: number): number {
  let count = 0
  for (let at = 0; at < end; at++) if ((stringCodeAt(text, at) & 0xfc00) !== 0xdc00) count++
  return count
}

/** V8 says `Invalid regular expression: /PATTERN/FLAGS: REASON`. */
function reasonOf(thrown: unknown): string {
  const message = isError(thrown) ? thrown.message : ''
  return stringSlice(message, stringLastIndexOf(message, ': ') + 2)
}
