/** Our HTTP client in; a `fetch` for the official SDKs out: the same calls at half the CPU of the global one. */
import type { Http, HttpReply } from './http.ts'

export type SdkFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** Only for what the two SDKs send: an absolute URL at `origin`, a body of text, and a signal of their own. */
export function createSdkFetch(http: Http, origin: string): SdkFetch {
  return async (input, init = {}) => {
    const url = String(input)
    const { method, headers, body, signal } = init
    const reply = await http.request(
      {
        method: method === 'POST' ? 'POST' : 'GET',
        path: url.slice(origin.length),
        headers: { ...Object.fromEntries(headers instanceof Headers ? headers : new Headers(headers)), 'accept-encoding': 'identity' },
        ...(typeof body === 'string' ? { body } : {}),
      },
      { signal: signal ?? new AbortController().signal },
    )
    return createResponse(reply, url)
  }
}

/** What the SDKs read of a Response. A real one would put a stream around a text that is already here, and check headers that a parser has checked. */
function createResponse(reply: HttpReply, url: string): Response {
  const response = {
    status: reply.status,
    ok: reply.status >= 200 && reply.status < 300,
    url,
    // They ask for names in lower case only.
    headers: new Map(Object.entries(reply.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')])),
    body: null,
    text: () => Promise.resolve(reply.text),
    json: async (): Promise<unknown> => JSON.parse(reply.text),
  }
  // The SDKs use these members only (openai 7.55 and @anthropic-ai/sdk 1.11, client.js and internal/parse.js).
  return response as unknown as Response
}
