/** What a person calls a session in; its id out. */
import { ReplmError } from '../../errors.ts'
import type { Replm } from '../../index.ts'
import { nearestNames } from '../nearest.ts'
import { showControls } from '../terminal.ts'

/** Fewest characters of an id that name a session. */
const leastPrefix = 4

/** Sessions that are named where one is not found. */
const maxNear = 3

export interface FindOptions {
  /** What is no session yet may be the name of a new one: undefined then. @default false */
  readonly orName?: boolean
}

/** A session's id, by its id, its name, or the beginning of its id. Rejects with NOT_FOUND, naming those that are near. */
export function idOf(replm: Replm, word: string, options: { readonly orName: true }): Promise<string | undefined>
export function idOf(replm: Replm, word: string, options?: FindOptions): Promise<string>
export async function idOf({ sessions }: Replm, word: string, { orName = false }: FindOptions = {}): Promise<string | undefined> {
  const known = await sessions.get(word).catch((thrown: unknown) => {
    if (thrown instanceof ReplmError && thrown.code === 'NOT_FOUND') return undefined
    throw thrown
  })
  if (known !== undefined) return known.id
  const mayBeId = /^[0-9a-f-]+$/.test(word) && word.length >= leastPrefix
  if (orName && !mayBeId) return undefined
  const all = await sessions.list()
  const found = mayBeId ? all.filter(({ id }) => id.startsWith(word)) : []
  if (found.length === 1) return found[0]?.id
  if (found.length > 1) throw new ReplmError('NOT_FOUND', `${word} is the beginning of ${found.length} sessions: ${found.slice(0, maxNear).map(({ id }) => id).join(', ')}${found.length > maxNear ? ', …' : ''}. Write more of the id`)
  if (orName && !isWholeId(word)) return undefined
  const near = nearestNames(word, all.flatMap(({ name }) => name ?? []), { atMost: maxNear })
  throw new ReplmError('NOT_FOUND', `There is no session ${showControls(JSON.stringify(word))} in this store. ${near.length === 0 ? (all.length === 0 ? 'It has none' : '`replm sessions list` shows those that there are') : `Did you mean ${near.map((name) => showControls(name)).join(', ')}?`}`)
}

function isWholeId(word: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(word)
}

/** The shortest beginnings, all of one length, that tell these ids apart. */
export function shortIds(ids: readonly string[], least = 8): (id: string) => string {
  let length = least
  while (length < 36 && new Set(ids.map((id) => id.slice(0, length))).size < ids.length) length += 1
  // A hyphen at the end looks like a mistake.
  return (id) => id.slice(0, length).replace(/-$/, '')
}
