/** Nothing in; journals of the built library, in files of their own, and what to write to them, out. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as sqlite from '../src/host/journal/sqliteJournal.ts'
import type * as memory from '../src/host/journal/memoryJournal.ts'
import type { Claim, Journal, NewSession, Write } from '../src/host/journal/journal.ts'
import { loadPart } from './built.ts'
import { reply } from './instant.ts'

export async function openInMemory(): Promise<Journal> {
  return (await loadPart<typeof memory>('host/journal/memoryJournal')).openMemoryJournal()
}

export async function openInFile(file: string): Promise<Journal> {
  return (await loadPart<typeof sqlite>('host/journal/sqliteJournal')).openSqliteJournal({ file })
}

/** A file that is not there yet, in a folder that goes with it. */
export function temporaryFile(): { readonly file: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'replm-bench-'))
  return { file: join(folder, 'replm.db'), [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

export function newSession(): NewSession {
  const id = randomUUID()
  return {
    id,
    name: null,
    parent: null,
    root: id,
    depth: 0,
    config: { model: 'instant/x', models: [], args: {}, timeZone: 'UTC', locale: 'en', seed: id, limits: {}, budget: {}, documents: [], isFirstPlain: false, initialDocuments: 0 },
  }
}

/** What is written before the call with this number is sent. */
export function sent(number: number): readonly Write[] {
  return [{ type: 'call.sent', intent: number, execution: 1, hash: 'f'.repeat(64), occurrence: number, attempt: 1, model: 'instant/x', tokens: 281, usd: 0.001 }]
}

/** What is written when it was answered. */
export function answered(number: number): readonly Write[] {
  return [
    {
      type: 'answer', intent: number, answer: number, hash: 'f'.repeat(64), occurrence: number, cell: 'main', generation: 1, model: 'instant/x', text: reply,
      finishReason: 'stop', inputTokens: 256, outputTokens: 25, usd: 0.001, queueMs: 0.5, llmMs: 50.5, attempts: 1,
    },
    { type: 'entry', n: number, execution: 1, entry: JSON.stringify({ type: 'answer', call: number, answer: number, clock: [[1_700_000_000_000 + number, 1]] }) },
  ]
}

/** Answers from `from` on, so many under way at once: each is durable before the next of its line is sent. */
export async function writeAnswers(journal: Journal, claim: Claim, { from, count, inFlight }: { readonly from: number; readonly count: number; readonly inFlight: number }): Promise<void> {
  let number = from
  const end = from + count
  async function line(): Promise<void> {
    while (number < end) {
      const mine = number++
      void journal.write(claim, sent(mine))
      await journal.write(claim, answered(mine))
    }
  }
  await Promise.all(Array.from({ length: inFlight }, line))
}

/** A store with one session of so many answers, written in big groups. Gives its id. */
export async function fillStore(file: string, count: number): Promise<string> {
  await using journal = await openInFile(file)
  const claim = await journal.create(newSession())
  await journal.write(claim, [{ type: 'execution.started', execution: 1, cell: 'main', name: 'main', generation: 1, text: '1', typescript: false, startedMs: 0 }])
  for (let from = 1; from <= count; from += 5_000) {
    await journal.write(claim, Array.from({ length: Math.min(5_000, count + 1 - from) }, (_, index) => answered(from + index)).flat())
  }
  return claim.session.id
}
