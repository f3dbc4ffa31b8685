/** The address of a list of models in; the list's names, or undefined where nothing answers in time, out. On node:http, loaded when it is needed: it must cost a start nothing. */
import { isRecord } from './record.ts'

/** Most of a list that is read, in bytes. */
const maxBytes = 4 * 1024 * 1024

/** Understands Ollama's `/api/tags` and the `/models` of chat completions; leaves out models that only make embeddings. Never rejects. */
export async function probeModels(url: string, { timeoutMs }: { readonly timeoutMs: number }): Promise<readonly string[] | undefined> {
  try {
    return readNames(JSON.parse(await fetchText(url, timeoutMs)))
  } catch {
    return undefined // nothing there, too slow, or something else than a model server: it does not run, as far as we can use it
  }
}

async function fetchText(url: string, timeoutMs: number): Promise<string> {
  const { get } = url.startsWith('https:') ? await import('node:https') : await import('node:http')
  return new Promise((resolve, reject) => {
    // A connection of its own, closed after the reply: a pooled one would keep the process from ending.
    const request = get(url, { agent: false, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > maxBytes) request.destroy(new Error('too long'))
        else chunks.push(chunk)
      })
      response.once('end', () => (response.statusCode === 200 ? resolve(Buffer.concat(chunks).toString()) : reject(new Error(String(response.statusCode)))))
      response.once('error', reject)
    })
    request.once('error', reject)
  })
}

function readNames(reply: unknown): readonly string[] | undefined {
  const list = isRecord(reply) ? (reply['models'] ?? reply['data']) : undefined
  if (!Array.isArray(list)) return undefined
  return list.filter(isRecord).flatMap((model) => {
    const name = model['name'] ?? model['id']
    const family = isRecord(model['details']) ? model['details']['family'] : undefined
    return typeof name === 'string' && !/embed/i.test(name) && !/bert/i.test(String(family)) ? [name] : []
  })
}
