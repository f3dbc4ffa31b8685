/** Bytes of an HTTP/1.1 connection in; its requests, one after the other, out. Only what clients of chat completions send: bodies have a length. */
import type { Socket } from 'node:net'

export interface Request {
  /** Method and path. */
  readonly line: string
  readonly body: Buffer
}

const headEnd = Buffer.from('\r\n\r\n')

/** Calls back for each request. A client that sends the next one before its answer gets answers in the order in which they are ready: ours never do. */
export function readRequests(socket: Socket, onRequest: (request: Request) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  /** Bytes that a request in the making is known to have: until then nothing is looked at again. */
  let needed = 0
  let parts: Buffer[] = []
  let partBytes = 0

  socket.on('data', (chunk) => {
    parts.push(chunk as Buffer) // No encoding is set.
    partBytes += chunk.length
    if (rest.length + partBytes < needed) return
    rest = rest.length === 0 && parts.length === 1 ? parts[0]! : Buffer.concat([rest, ...parts])
    parts = []
    partBytes = 0
    for (;;) {
      const end = rest.indexOf(headEnd)
      if (end === -1) return
      const head = rest.toString('latin1', 0, end)
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
      const next = end + 4 + length
      needed = next
      if (rest.length < next) return
      const body = rest.subarray(end + 4, next)
      rest = rest.subarray(next)
      needed = 0
      onRequest({ line: head.slice(0, head.indexOf(' HTTP/')), body })
      if (rest.length === 0) return
    }
  })
}
