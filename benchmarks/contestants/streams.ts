/** Streamed replies read by the lean client, or by the least that can read them: undici's dispatch, and a parser that trusts its server. */
import { StringDecoder } from 'node:string_decoder'
import pLimit from 'p-limit'
import { Pool } from 'undici'
import type { createRegistry as CreateRegistry } from '../../src/host/providers/registry.ts'
import type { Batch, BatchOutcome } from '../batch.ts'
import { loadPart } from '../built.ts'
import type { Open } from '../contestant.ts'
import { measureBatch } from './measured.ts'

export interface StreamsSetup {
  readonly origin: string
  readonly client: 'lean' | 'raw'
}

type Read = (model: string, prompt: string) => Promise<string>

export const open: Open<StreamsSetup, Batch, BatchOutcome> = async ({ origin, client }) => {
  const read = client === 'lean' ? await openLean(origin) : openRaw(origin)
  return (batch) =>
    measureBatch(batch, (prompts) => {
      const limit = pLimit(batch.concurrency)
      return Promise.allSettled(prompts.map((prompt) => limit(() => read(batch.model, prompt))))
    })
}

async function openLean(origin: string): Promise<Read> {
  const { createRegistry } = await loadPart<{ readonly createRegistry: typeof CreateRegistry }>('host/providers/registry')
  const provider = await createRegistry({ env: { REPLM_BASE_URL: `${origin}/v1` } }).get('compatible')
  const { signal } = new AbortController()
  return async (model, prompt) => {
    if (provider.stream === undefined) throw new Error('The lean client has no streams')
    const pieces = provider.stream({ model, prompt }, { signal })
    for (;;) {
      const { done, value } = await pieces.next()
      if (done === true) return value.text
    }
  }
}

function openRaw(origin: string): Read {
  const pool = new Pool(origin, { connections: 512, headersTimeout: 0, bodyTimeout: 0 })
  return (model, prompt) =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify({ model, messages: [{ role: 'user', content: prompt }], stream: true, stream_options: { include_usage: true } })
      const decoder = new StringDecoder()
      let [rest, text] = ['', '']
      pool.dispatch(
        { method: 'POST', path: '/v1/chat/completions', headers: { 'content-type': 'application/json' }, body },
        {
          onRequestStart: () => undefined,
          onResponseStart: () => undefined,
          onResponseData: (_, chunk) => {
            const lines = (rest + decoder.write(chunk)).split('\n')
            rest = lines.pop() ?? ''
            for (const line of lines) text += pieceOf(line)
          },
          onResponseEnd: () => resolve(text),
          onResponseError: (_, error) => reject(error),
        },
      )
    })
}

function pieceOf(line: string): string {
  if (!line.startsWith('data: {')) return ''
  // Our own server writes them.
  return (JSON.parse(line.slice(6)) as { choices: { delta?: { content?: string } }[] }).choices[0]?.delta?.content ?? ''
}
