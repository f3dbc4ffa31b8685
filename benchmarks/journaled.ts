/** How long answers take in; two sessions on equal providers, one with its journal in a file and one in memory, out. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Replm, Session } from '../src/index.ts'
import { loadBuilt } from './built.ts'
import { reply } from './instant.ts'
import { temporaryFile } from './journals.ts'

export interface BothJournals extends AsyncDisposable {
  /** That of the file. */
  readonly replm: Replm
  readonly file: Session
  readonly memory: Session
}

export async function openBoth({ latencyMs }: { readonly latencyMs: number }): Promise<BothJournals> {
  const { openReplm, defineProvider } = await loadBuilt()
  const temporary = temporaryFile()
  const open = (store: string): Promise<Replm> => {
    const provider = defineProvider({
      name: 'instant',
      query: async () => {
        if (latencyMs > 0) await sleep(latencyMs)
        return { text: reply, usage: { inputTokens: 256, outputTokens: 25 } }
      },
    })
    return openReplm({ providers: [provider], model: 'instant/x', store, concurrency: 1_000 })
  }
  const [replm, other] = await Promise.all([open(temporary.file), open(':memory:')])
  const limits = { cpuMs: 600_000 }
  const [file, memory] = await Promise.all([replm.openSession({ limits }), other.openSession({ limits })])
  return {
    replm,
    file,
    memory,
    async [Symbol.asyncDispose]() {
      await Promise.all([replm[Symbol.asyncDispose](), other[Symbol.asyncDispose]()])
      temporary[Symbol.dispose]()
    },
  }
}
