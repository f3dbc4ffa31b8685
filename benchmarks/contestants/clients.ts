/** A kind of client in; questions asked with it, as many at once as the batch says, out: ours, the packages that people take, and the least there is. */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { Anthropic } from '@anthropic-ai/sdk'
import { generateText } from 'ai'
import { OpenAI } from 'openai'
import pLimit from 'p-limit'
import { Pool } from 'undici'
import type { createRegistry as CreateRegistry } from '../../src/host/providers/registry.ts'
import type { Batch, BatchOutcome } from '../batch.ts'
import { loadPart } from '../built.ts'
import type { Open } from '../contestant.ts'
import { measureBatch } from './measured.ts'

export interface ClientsSetup {
  readonly origin: string
  readonly client: 'raw' | 'compatible' | 'openai' | 'anthropic' | 'openai package' | 'anthropic package' | 'ai package'
}

/** Gives what the server said: its text, or for `raw` the bytes of its reply. */
type Ask = (model: string, prompt: string) => Promise<string>

export const open: Open<ClientsSetup, Batch, BatchOutcome> = async ({ origin, client }) => {
  const ask = await openClient(origin, client)
  return async (batch) => {
    // Connections were closed while others had their turn: to open them, a matter of milliseconds over https, is not a question's cost.
    await Promise.allSettled(Array.from({ length: batch.concurrency }, () => ask(batch.model, 'Are you there?')))
    return measureBatch(batch, (prompts) => {
      const limit = pLimit(batch.concurrency)
      return Promise.allSettled(prompts.map((prompt) => limit(() => ask(batch.model, prompt))))
    })
  }
}

async function openClient(origin: string, client: ClientsSetup['client']): Promise<Ask> {
  switch (client) {
    case 'raw':
      return openRaw(origin)
    case 'openai package': {
      const sdk = new OpenAI({ apiKey: 'none', baseURL: `${origin}/v1`, maxRetries: 0 })
      return async (model, prompt) => (await sdk.chat.completions.create({ model, messages: [{ role: 'user', content: prompt }] })).choices[0]?.message.content ?? ''
    }
    case 'anthropic package': {
      const sdk = new Anthropic({ apiKey: 'none', baseURL: origin, maxRetries: 0 })
      return async (model, prompt) => {
        const { content } = await sdk.messages.create({ model, max_tokens: 1_000, messages: [{ role: 'user', content: prompt }] })
        return content[0]?.type === 'text' ? content[0].text : ''
      }
    }
    case 'ai package': {
      const provider = createOpenAICompatible({ name: 'bench', apiKey: 'none', baseURL: `${origin}/v1` })
      return async (model, prompt) => (await generateText({ model: provider(model), prompt, maxRetries: 0 })).text
    }
    case 'compatible':
    case 'openai':
    case 'anthropic':
      return openOurs(origin, client)
  }
}

/** Each question has a signal of its own, as the pump gives it one. */
async function openOurs(origin: string, name: string): Promise<Ask> {
  const { createRegistry } = await loadPart<{ readonly createRegistry: typeof CreateRegistry }>('host/providers/registry')
  const env = {
    REPLM_BASE_URL: `${origin}/v1`,
    REPLM_API_KEY: 'none',
    OPENAI_BASE_URL: `${origin}/v1`,
    OPENAI_API_KEY: 'none',
    ANTHROPIC_BASE_URL: origin,
    ANTHROPIC_API_KEY: 'none',
  }
  const provider = await createRegistry({ env }).get(name)
  return async (model, prompt) => (await provider.query({ model, prompt }, { signal: new AbortController().signal })).text
}

/** Sends the question and gathers the bytes of the reply: not parsed, not looked at, without deadline or abort. */
function openRaw(origin: string): Ask {
  const pool = new Pool(origin, { connections: 512, headersTimeout: 0, bodyTimeout: 0 })
  const headers = { accept: 'application/json', 'content-type': 'application/json', authorization: 'Bearer none' }
  return (model, prompt) =>
    new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      pool.dispatch(
        { method: 'POST', path: '/v1/chat/completions', headers, body: `{"model":"${model}","messages":[{"role":"user","content":"${prompt}"}]}` },
        {
          onRequestStart: () => undefined,
          onResponseStart: () => undefined,
          onResponseData: (_, chunk) => void chunks.push(chunk),
          onResponseEnd: () => resolve(Buffer.concat(chunks).toString('latin1')),
          onResponseError: (_, error) => reject(error),
        },
      )
    })
}
