/** What people write without replm: the `openai` package as it comes, p-limit around it, no sandbox, no budget, no checks. */
import { OpenAI } from 'openai'
import pLimit from 'p-limit'
import type { Batch, BatchOutcome } from '../batch.ts'
import type { Open } from '../contestant.ts'
import { measureBatch } from './measured.ts'

export interface BareSdkSetup {
  readonly baseUrl: string
  /** @default the package's own, 2 */
  readonly maxRetries?: number
}

export const open: Open<BareSdkSetup, Batch, BatchOutcome> = async ({ baseUrl, maxRetries = 2 }) => {
  const client = new OpenAI({ apiKey: 'none', baseURL: baseUrl, maxRetries })
  return (batch) =>
    measureBatch(batch, (prompts) => {
      const limit = pLimit(batch.concurrency)
      const ask = async (prompt: string): Promise<string> => {
        const reply = await client.chat.completions.create({ model: batch.model, messages: [{ role: 'user', content: prompt }] })
        return reply.choices[0]?.message.content ?? ''
      }
      return Promise.allSettled(prompts.map((prompt) => limit(() => ask(prompt))))
    })
}
