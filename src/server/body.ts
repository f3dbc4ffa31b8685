/** A request in; the bytes of its body, no more of them than are allowed, out. */
import { RequestProblem } from './problem.ts'

/** Rejects with 413 as soon as more is announced, or comes, than `maxBytes`. */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  const announced = request.headers.get('content-length')
  if (announced !== null && Number(announced) > maxBytes) throw tooLarge(maxBytes)
  if (request.body === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request.body) {
    bytes += chunk.byteLength
    // What comes after it is not read: the connection ends with the reply.
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, bytes)
}

function tooLarge(maxBytes: number): RequestProblem {
  return new RequestProblem(413, `The body is larger than the ${maxBytes} bytes that this server takes`, { headers: { connection: 'close' } })
}

/** The media type of a `Content-Type`, without its parameters; '' where there is none. 415 for a charset other than UTF-8. */
export function mediaTypeOf(header: string | null): string {
  const [type = '', ...parameters] = (header ?? '').split(';').map((part) => part.trim().toLowerCase())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length).replaceAll('"', '')
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') throw new RequestProblem(415, 'Expected the body to be UTF-8', { headers: { 'accept-charset': 'utf-8' } })
  return type
}
