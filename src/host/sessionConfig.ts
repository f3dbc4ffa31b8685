/** What a session is opened with in; what is written down of it, and what has changed since it was, out. */
import { ReplmError } from '../errors.ts'
import type { BudgetLimits, SessionChange, SessionLimits } from '../types.ts'
import type { Documents, KeptContext, KeptText } from './context/documents.ts'
import { placeHere } from './launch.ts'
import type { DocumentRecord, Journal, SessionConfig } from './journal/journal.ts'

/** Limits as JSON: Infinity is null. */
export function limitsRecord(limits: SessionLimits | BudgetLimits): SessionConfig['limits'] {
  return Object.fromEntries(Object.entries(limits).map(([name, value]: [string, number]) => [name, value === Infinity ? null : value]))
}

/** Limits as they were written down. */
export function limitsOf(record: SessionConfig['limits']): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, value ?? Infinity]))
}

/** Documents by what tells whether they are the same another time; what is no file is kept by its content. */
export async function documentRecords(documents: Documents, journal: Journal): Promise<readonly DocumentRecord[]> {
  return Promise.all(
    documents.list.map(async ({ name, bytes, origin }, index): Promise<DocumentRecord> => {
      if (origin.type === 'file') return { name, path: origin.path, bytes, mtimeMs: origin.mtimeMs, hash: null, ...(origin.encoding === undefined ? {} : { encoding: origin.encoding }) }
      return { name, path: null, bytes, mtimeMs: null, hash: origin.hash ?? (await journal.keep((await documents.readAll(index)).blocks)) }
    }),
  )
}

/** Where the documents of a session come from that is opened again. */
export async function recordedContext({ documents }: { readonly documents: readonly Pick<DocumentRecord, 'name' | 'path' | 'hash' | 'encoding'>[] }, journal: Journal): Promise<KeptContext> {
  const sources = documents.map(async ({ name, path, hash, encoding }) => {
    if (path === null) return [name, await keptText(name, hash ?? '', journal)] as const
    return [name, encoding === undefined ? path : { path, encoding }] as const
  })
  return Object.fromEntries(await Promise.all(sources))
}

/** From its file where it has one: it may be larger than memory. */
async function keptText(name: string, hash: string, journal: Journal): Promise<KeptText> {
  const path = await journal.keptFile(hash)
  return { name, hash, content: path ?? (await journal.kept(hash)) }
}

/** A document of the session that is not there is one that has changed. */
export function asChanged(thrown: unknown): unknown {
  return thrown instanceof ReplmError && thrown.code === 'NOT_FOUND' ? new ReplmError('CHANGED', `A document of the session is gone: ${thrown.message}`, { cause: thrown }) : thrown
}

/** What is not as it was; empty where all is. */
export function changesOf(before: SessionConfig, now: SessionConfig, { acceptChanges }: { readonly acceptChanges: boolean }): readonly SessionChange[] {
  const changes = acceptChanges ? [] : documentChanges(before.documents, now.documents).map((text): SessionChange => ({ of: 'documents', text }))
  if (JSON.stringify(before.args) !== JSON.stringify(now.args)) changes.push({ of: 'args', text: 'it is opened with other `args`' })
  if (before.model !== null && before.model !== now.model) changes.push({ of: 'model', text: `it asked ${before.model}, and is opened with ${now.model ?? 'no model'}` })
  return changes
}

function documentChanges(before: readonly DocumentRecord[], now: readonly DocumentRecord[]): string[] {
  const changes: string[] = []
  for (const document of now) {
    const known = before.find(({ name }) => name === document.name)
    if (known === undefined) changes.push(`the document ${document.name} was not there`)
    else if (known.path !== document.path || known.hash !== document.hash || known.encoding !== document.encoding || known.bytes !== document.bytes || known.mtimeMs !== document.mtimeMs) changes.push(`the document ${document.name} has changed`)
  }
  for (const { name } of before) if (!now.some((document) => document.name === name)) changes.push(`the document ${name} is not loaded`)
  return changes
}

/** What is frozen in a new session; `seed` is of its own. */
export function newConfig(options: { readonly args: SessionConfig['args'] | undefined; readonly limits: SessionLimits; readonly budget: BudgetLimits }, rest: Pick<SessionConfig, 'model' | 'models' | 'seed' | 'documents' | 'isFirstPlain'>): SessionConfig {
  return { ...rest, ...placeHere(), initialDocuments: rest.documents.length, args: options.args ?? {}, limits: limitsRecord(options.limits), budget: limitsRecord(options.budget) }
}
