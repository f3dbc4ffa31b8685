/** The text of a cell up to the cursor in; the path of names at its end, whose members may be meant, out. */
import type { CompletionPath } from '../../protocol.ts'
import { tokensOf } from './parse.ts'

/** Keys that a path may have. */
const maxKeys = 100

/** Undefined where no name can stand: inside of a string or a comment, behind a call. */
export function pathAtEnd(text: string): (CompletionPath & { readonly from: number }) | undefined {
  const tokens = tokensOf(text)
  if (tokens === undefined) return undefined
  let at = tokens.length - 1
  const last = tokens[at]
  let prefix = ''
  let from = text.length
  if (last?.isName === true && last.end === text.length) {
    prefix = last.text
    from = last.start
    at -= 1
  } else if (last?.type === 'number' && last.end === text.length) return undefined
  if (!isDot(at)) return { root: null, keys: [], prefix, from }
  const keys: string[] = []
  for (at -= 1; keys.length <= maxKeys; at -= 2) {
    const token = tokens[at]
    if (token === undefined) return undefined
    if (token.text === ']') {
      const key = tokens[at - 1]
      if ((key?.type !== 'number' && key?.type !== 'string') || tokens[at - 2]?.text !== '[') return undefined
      keys.unshift(key.value)
      // What is indexed stands right before the bracket, or behind a `?.`.
      at -= isDot(at - 3) ? 2 : 1
      continue
    }
    if (!isDot(at - 1)) {
      if (token.isName) return { root: { name: token.text === 'this' ? 'globalThis' : token.text }, keys, prefix, from }
      if (token.type === 'string' || token.type === 'RegExp') return { root: { literal: token.type }, keys, prefix, from }
      return undefined
    }
    if (!token.isName) return undefined
    keys.unshift(token.text)
  }
  return undefined

  function isDot(index: number): boolean {
    const token = tokens?.[index]
    return token?.text === '.' || token?.text === '?.'
  }
}
