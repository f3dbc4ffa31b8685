/** Many questions under way at once, in a process of its own: what it holds of memory before, and while none is answered yet. */
import { setTimeout as sleep } from 'node:timers/promises'
import { OpenAI } from 'openai'
import { promptOf } from '../batch.ts'
import type { Open } from '../contestant.ts'
import { memoryMb } from '../processes.ts'
import { askOne, openDispatchers } from './dispatch.ts'

export interface InFlightSetup {
  readonly baseUrl: string
  readonly client: 'replm' | 'openai'
}

export interface InFlightTask {
  readonly queries: number
  /** Longer than it takes to send all of them. */
  readonly latencyMs: number
}

export interface InFlightOutcome {
  readonly kbPerQuery: number
}

export const open: Open<InFlightSetup, InFlightTask, InFlightOutcome> = async ({ baseUrl, client }) => {
  const ask = client === 'replm' ? await lean(baseUrl) : bare(baseUrl)
  return async ({ queries, latencyMs }) => {
    // Code is loaded and compiled, and the heap has grown to its working size.
    await all(ask, 200, 'fixed-0')
    await sleep(100)
    globalThis.gc?.()
    const before = memoryMb(process.pid).rss
    const answers = all(ask, queries, `fixed-${latencyMs}`)
    await sleep(latencyMs - 200)
    const { rss } = memoryMb(process.pid)
    await answers
    return { kbPerQuery: ((rss - before) * 1_024) / queries }
  }
}

type Ask = (prompt: string, model: string) => Promise<string>

function all(ask: Ask, queries: number, model: string): Promise<string[]> {
  return Promise.all(Array.from({ length: queries }, (_, index) => ask(promptOf(index), model)))
}

async function lean(baseUrl: string): Promise<Ask> {
  const { dispatch } = (await openDispatchers({ path: 'async', baseUrl }))(4_096)
  return (prompt, model) => askOne(dispatch, prompt, { model })
}

function bare(baseUrl: string): Ask {
  const client = new OpenAI({ apiKey: 'none', baseURL: baseUrl })
  return async (prompt, model) => (await client.chat.completions.create({ model, messages: [{ role: 'user', content: prompt }] })).choices[0]?.message.content ?? ''
}
