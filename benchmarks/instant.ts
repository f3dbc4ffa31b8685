/** Nothing in; a replm whose provider answers at once, and sessions on it, out. */
import type { Replm, Session } from '../src/index.ts'
import { loadBuilt } from './built.ts'

/** A prompt of 1 KB. */
export const prompt = 'p'.repeat(1024)

/** What the provider answers. */
export const reply = 'r'.repeat(100)

/** Opens a replm in this process, with nothing kept and no limit in the way of what is measured. */
export async function openInstant(): Promise<Replm> {
  const { openReplm, defineProvider } = await loadBuilt()
  const provider = defineProvider({ name: 'instant', query: () => Promise.resolve({ text: reply, usage: { inputTokens: 256, outputTokens: 25 } }) })
  return openReplm({ providers: [provider], model: 'instant/x', store: ':memory:', concurrency: 1_000 })
}

/** Runs a cell that gives the milliseconds of its own work, as its host sees them. */
export async function timeCell(session: Session, cell: string): Promise<number> {
  const start = performance.now()
  await session.run(cell)
  return performance.now() - start
}
