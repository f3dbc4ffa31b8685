/** A benchmark server in; what it can do at the most, in words, out: it must not be what is measured. */
import { connect } from 'node:net'
import { once } from 'node:events'
import type { ModelServer } from './modelServer.ts'
import { shown } from './pairReport.ts'

const connections = 64
const requests = 19_200

/** Asks over raw sockets, each the next as soon as it was answered. */
export async function capacityNote(server: ModelServer): Promise<string> {
  const before = await server.counts()
  const start = performance.now()
  await Promise.all(Array.from({ length: connections }, () => askRaw(server.port, requests / connections)))
  const seconds = (performance.now() - start) / 1_000
  const after = await server.counts()
  const microseconds = ((after.cpuMs - before.cpuMs) * 1_000) / (after.requests - before.requests)
  return `The benchmark server is a process of its own: ${shown(microseconds)} µs of its CPU per small reply; it gave ${shown(requests / seconds)} a second over ${connections} raw connections while the asking process had the other core.`
}

async function askRaw(port: number, count: number): Promise<void> {
  const body = JSON.stringify({ model: 'fixed-0', messages: [{ role: 'user', content: 'p'.repeat(1_024) }] })
  const request = Buffer.from(`POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  let replyBytes = 0
  let read = 0
  let answered = 0
  socket.write(request)
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      read += chunk.length
      // All replies are alike: the first one tells their length.
      if (replyBytes === 0) replyBytes = Number(/content-length: (\d+)/.exec(String(chunk))?.[1]) + String(chunk).indexOf('\r\n\r\n') + 4
      while (read >= replyBytes) {
        read -= replyBytes
        answered += 1
        if (answered >= count) return resolve()
        socket.write(request)
      }
    })
  })
  socket.destroy()
}
