/** Documents and a search in; all that its windows hold, one after another, out. */
import type { Documents } from '../../../../src/host/context/documents.ts'
import type { WireGrep, WireGrepMatch, WireGrepPlace } from '../../../../src/protocol.ts'

export interface Found {
  readonly matches: readonly WireGrepMatch[]
  readonly total: number
  readonly windows: number
}

export const plain: Omit<WireGrep, 'pattern' | 'docs'> = {
  ignoreCase: false, fixed: false, word: false, multiline: false, unicode: true, before: 0, after: 0, maxColumns: 4_000, engine: 'auto', max: Number.MAX_SAFE_INTEGER, count: true, from: null,
}

export async function allMatches(documents: Documents, search: Partial<WireGrep> & { readonly pattern: string }, options: { readonly signal?: AbortSignal } = {}): Promise<Found> {
  const matches: WireGrepMatch[] = []
  let total = 0
  let windows = 0
  const max = search.max ?? plain.max
  for (let from: WireGrepPlace | null | undefined; from !== null; ) {
    const window = await documents.grep({ ...plain, docs: documents.list.length, ...search, max: max - matches.length, from: from ?? null }, options)
    if ('invalid' in window) throw new SyntaxError(window.invalid)
    matches.push(...window.matches)
    total += window.rest
    windows += 1
    from = window.next
  }
  return { matches, total: total + matches.length, windows }
}
