/** A text in; about how many tokens a model reads in it, out. */

/** Bytes of UTF-8 divided by four, rounded up: for servers that do not state their usage. */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 4)
}

/** No reply has more: a count beyond it is none. */
const mostTokens = 1e9

/** A count of tokens as a server stated it, or undefined where what it stated is none. */
export function readTokens(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= mostTokens ? Math.round(value) : undefined
}
