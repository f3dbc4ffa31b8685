/** A journal in; the sessions in it, to be listed, looked at, written out and removed, out. */
import { ReplmError } from '../errors.ts'
import type { CellRecord, SessionInfo, Usage } from '../types.ts'
import { cellRecord } from './executions.ts'
import type { CellSpending, Journal, PruneOptions, SessionRecord } from './journal/journal.ts'

/** The sessions of a store, also those of other processes. */
export interface Sessions {
  /** All of them, the one used last first. */
  list(): Promise<readonly SessionInfo[]>
  /** One, by id or name. Rejects with NOT_FOUND. */
  get(idOrName: string): Promise<SessionInfo>
  /** What it has run. Rejects with NOT_FOUND. */
  cells(idOrName: string): Promise<readonly CellRecord[]>
  /** What its cells have bought, of all their runs together. Rejects with NOT_FOUND. */
  spending(idOrName: string): Promise<readonly CellSpending[]>
  /** All that is kept of it, a line of JSON at a time. Rejects with NOT_FOUND. */
  export(idOrName: string): AsyncIterable<string>
  /** Removes it with all that it holds. Rejects with IN_USE, or NOT_FOUND. */
  remove(idOrName: string): Promise<void>
  /** Removes those that nobody has used for so long, in milliseconds; gives their ids. */
  prune(options: PruneOptions): Promise<readonly string[]>
  /** Bytes on disk of the whole store. */
  size(): Promise<number>
  /** Version of the store's tables; 0 in memory. */
  version(): Promise<number>
}

/** `liveJobs` gives the ids of jobs that are not over, which are those of their sessions. */
export function createSessions(openJournal: () => Promise<Journal>, liveJobs: () => Promise<readonly string[]>): Sessions {
  async function find(idOrName: string): Promise<{ readonly journal: Journal; readonly record: SessionRecord }> {
    if (typeof idOrName !== 'string') throw new TypeError(`Expected \`idOrName\` to be a string, got ${idOrName === null ? 'null' : typeof idOrName}`)
    const journal = await openJournal()
    const record = await journal.find(idOrName)
    if (record === undefined) throw new ReplmError('NOT_FOUND', `There is no session ${JSON.stringify(idOrName)} in this store`)
    return { journal, record }
  }
  return {
    list: async () => (await (await openJournal()).list()).map(sessionInfo),
    get: async (idOrName) => sessionInfo((await find(idOrName)).record),
    cells: async (idOrName) => {
      const { journal, record } = await find(idOrName)
      return (await journal.executions(record.id)).map(cellRecord)
    },
    spending: async (idOrName) => {
      const { journal, record } = await find(idOrName)
      return journal.boughtByCell(record.id)
    },
    export: async function* (idOrName) {
      const { journal, record } = await find(idOrName)
      yield* journal.export(record.id)
    },
    remove: async (idOrName) => {
      const { journal, record } = await find(idOrName)
      if ((await liveJobs()).includes(record.id)) throw new ReplmError('IN_USE', `The session ${record.id} is that of a job that is not over: cancel the job first (\`replm jobs cancel ${record.id}\`)`)
      await journal.remove(record.id)
    },
    // Those that only go where nobody comes back to them are no job's.
    prune: async (options) => (await openJournal()).prune(options.onlyUnnamed === true ? options : { ...options, except: [...(options.except ?? []), ...(await liveJobs())] }),
    size: async () => (await openJournal()).size(),
    version: async () => (await openJournal()).version(),
  }
}

/** What a session has spent over all its runs, as a result tells it; `queries` were asked by its program. */
export function usageOf({ spent, answers }: SessionRecord, queries: number): Usage {
  const { inputTokens, outputTokens, usd, unpriced, unknownUsd } = spent
  return { queries, bought: answers, replayed: Math.max(0, queries - answers), inputTokens, outputTokens, usd: unpriced > 0 ? null : usd, unknownUsd }
}

function sessionInfo({ id, name, createdMs, usedMs, executions, answers, spent, bytes, last, owner }: SessionRecord): SessionInfo {
  const { queries, inputTokens, outputTokens, usd, unpriced, unknownQueries, unknownUsd } = spent
  return { id, name, createdMs, usedMs, cells: executions, answers, queries, inputTokens, outputTokens, usd: unpriced > 0 ? null : usd, unknownQueries, unknownUsd, bytes, lastCell: last?.name ?? null, isCutOff: last?.state === 'running' && owner === null, owner: owner === null ? null : { pid: owner.pid } }
}
