/** A list, its order, and where a caller stands in it, in; the next page of it, and where it ends, out. */
import { RequestProblem } from './problem.ts'

const standardLimit = 100

interface Listed {
  readonly id: string
  readonly usedMs: number
}

/** By time of use, the latest first. An entry that is used meanwhile moves to the front: it may be missed by one who is past it, nothing is told twice. */
export function pageOf<T extends Listed>(list: readonly T[], { limit = standardLimit, cursor }: { readonly limit?: number | undefined; readonly cursor?: string | undefined }): { readonly items: readonly T[]; readonly cursor: string | null } {
  const last = cursor === undefined ? undefined : placeOf(cursor)
  const rest = list.toSorted(inOrder).filter((each) => last === undefined || inOrder(last, each) < 0)
  const items = rest.slice(0, limit)
  const end = items.at(-1)
  return { items, cursor: end === undefined || items.length === rest.length ? null : Buffer.from(`${end.usedMs} ${end.id}`).toString('base64url') }
}

function inOrder(a: Listed, b: Listed): number {
  return b.usedMs - a.usedMs || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)
}

function placeOf(cursor: string): Listed {
  const [, time, id] = /^(\d+(?:\.\d+)?) (\S+)$/.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? []
  if (time === undefined || id === undefined) throw new RequestProblem(422, 'Expected `cursor` to be one that a page before gave', { errors: [{ in: 'query', at: 'cursor', message: 'Is no cursor' }] })
  return { usedMs: Number(time), id }
}
