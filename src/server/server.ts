/** A replm and where to listen in; its HTTP server out. The only importer of what joins hono with Node. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import type { Replm } from '../index.ts'
import { type App, createApp } from './app.ts'
import { createGuard } from './guard.ts'
import { createModelList } from './modelList.ts'
import { createOnce } from './once.ts'
import { documentOf } from './openapi.ts'
import type { Operation } from './operation.ts'
import { eventOperations } from './operations/events.ts'
import { jobOperations } from './operations/jobs.ts'
import { questionOperations } from './operations/questions.ts'
import { serverOperations } from './operations/server.ts'
import { sessionOperations } from './operations/sessions.ts'
import { createPage } from './page.ts'
import type { Parts } from './parts.ts'
import { openRoots } from './roots.ts'

export interface ServerOptions {
  readonly replm: Replm
  /** @default '127.0.0.1': this machine only */
  readonly host?: string
  /** 0 takes any that is free. @default 0 */
  readonly port?: number
  /** Names besides this machine's own that it may be asked for under. @default none */
  readonly allowedHosts?: readonly string[]
  /** Folders whose files callers may name. @default none */
  readonly roots?: readonly string[]
  /** Programs at work at the same time, each with a sandbox of its own; cells of sessions, and questions, do not count. @default 16 */
  readonly concurrency?: number
  /** Largest body of a request, in bytes. @default 32 MiB */
  readonly maxBodyBytes?: number
  /** Between signs of life on a stream of events, in milliseconds. @default 15_000 */
  readonly heartbeatMs?: number
  /** Streams of events that are read at the same time. @default 1_000 */
  readonly maxStreams?: number
  /** Told of what went wrong here. @default nobody */
  readonly onFault?: (fault: unknown) => void
}

export interface Server {
  /** Without the token. */
  readonly url: string
  readonly token: string
  /** Takes no more requests, and lets go of the jobs it works on: whoever opens the store next goes on with them. */
  close(): Promise<void>
}

/** Longest that one may take to send the head of a request, and all of it, in milliseconds: whoever sends a byte now and then holds nothing for long. */
const headersMs = 10_000
const requestMs = 60_000

/** Connections at the same time. */
const maxConnections = 2_048

/** Longest that requests under way may take when the server ends, in milliseconds. */
const lettingGoMs = 2_000

/** Rejects with a TypeError for a root that is no folder, and with the system's error where it cannot listen. */
export async function openServer({ replm, host = '127.0.0.1', port = 0, allowedHosts = [], roots: folders = [], concurrency = 16, maxBodyBytes = 32 * 1024 * 1024, heartbeatMs = 15_000, maxStreams = 1_000, onFault = () => undefined }: ServerOptions): Promise<Server> {
  const roots = await openRoots(folders)
  const stop = new AbortController()
  const { signal: stopping } = stop
  const token = randomBytes(32).toString('base64url')
  const isOpen = !isLoopback(host)
  const guard = createGuard({ token, hosts: [...allowedHosts, ...(isAnyAddress(host) ? [] : [host])], isOpen })
  const parts: Parts = { replm, roots, models: createModelList(replm, stopping), once: createOnce(), stopping, heartbeatMs, maxStreams }
  const operations = operationsOf(parts)
  const app = createApp({ operations, guard, page: createPage(), maxBodyBytes, stopping, hide: (text) => roots.hide(text), onFault })
  const worker = replm.jobs.work({ concurrency, sessions: true })
  try {
    const server = await listen(app, { host, port })
    // A server that listens on a port has such an address.
    const { port: bound } = server.address() as AddressInfo
    return {
      token,
      url: `http://${isAnyAddress(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${bound}`,
      close: async () => {
        stop.abort(new DOMException('The server ends', 'AbortError'))
        await Promise.all([closeServer(server), worker[Symbol.asyncDispose]()])
      },
    }
  } catch (error) {
    await worker[Symbol.asyncDispose]()
    throw error
  }
}

/** Whether only this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

/** In the order of the document. */
function operationsOf(parts: Parts): readonly Operation[] {
  let document: unknown
  const operations: readonly Operation[] = [
    ...questionOperations(parts),
    ...jobOperations(parts),
    ...eventOperations(parts),
    ...sessionOperations(parts),
    ...serverOperations(parts, () => (document ??= documentOf(operations, readVersion()))),
  ]
  return operations
}

function readVersion(): string {
  // The package's own file has a version.
  return (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version
}

async function listen(app: App, { host, port }: { readonly host: string; readonly port: number }): Promise<HttpServer> {
  const listener = getRequestListener((request) => app(request), { overrideGlobalObjects: false, errorHandler: () => Response.json(malformed, { status: 400, headers: { 'content-type': 'application/problem+json' } }) })
  const server = createServer({ headersTimeout: headersMs, requestTimeout: requestMs, connectionsCheckingInterval: 1_000, maxHeaderSize: 16 * 1024, keepAliveTimeout: 5_000 }, (request, response) => {
    // One that names two hosts could be taken for asking either.
    if (request.headersDistinct['host']?.length !== 1) return void response.writeHead(400, { 'content-type': 'application/problem+json', connection: 'close' }).end(JSON.stringify(malformed))
    void listener(request, response)
  })
  server.maxConnections = maxConnections
  server.on('clientError', refuseRaw)
  server.on('connect', (_, socket) => void sendRaw(socket, { status: 400, title: 'Bad Request', detail: 'This server is no proxy' }))
  server.listen({ host, port })
  await once(server, 'listening')
  return server
}

const malformed = Object.freeze({ type: 'about:blank', title: 'Bad Request', status: 400, detail: 'This is no request of HTTP', code: 'CONFIG' })

const rawStatuses: Readonly<Record<string, readonly [number, string]>> = Object.freeze({
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
})

/** What never became a request is refused on its connection, which ends. */
function refuseRaw(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const [status, title] = rawStatuses[error.code ?? ''] ?? [400, 'Bad Request']
  sendRaw(socket, { status, title, detail: status === 400 ? malformed.detail : title })
}

function sendRaw(socket: Duplex, { status, title, detail }: { readonly status: number; readonly title: string; readonly detail: string }): void {
  const body = JSON.stringify({ ...malformed, status, title, detail })
  // Whoever has left meanwhile wants no reply.
  socket.on('error', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`)
}

async function closeServer(server: HttpServer): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  const late = setTimeout(() => server.closeAllConnections(), lettingGoMs)
  await closed
  clearTimeout(late)
}
