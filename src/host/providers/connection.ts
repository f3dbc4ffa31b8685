/** What a connection to a server is, and what it carries. */
import type { ChunkedReply } from './chunkedReply.ts'
import type { WholeReply } from './wholeReply.ts'

/** Most connections to one origin; requests beyond it wait. Opening thousands at once costs more than the questions do. */
export const maxConnections = 1_024

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  /** With its query, beginning with a slash. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** What listens to one request on its connection. */
export type Reply = WholeReply | ChunkedReply

/** Carries one request at a time, and opens its socket again where that has been closed. */
export interface Connection {
  /** Never throws: what goes wrong is told to the reply. */
  dispatch(request: HttpRequest, reply: Reply): void
  /** Called now and then, with the time of `performance.now()`. */
  sweep?(now: number): void
  destroy(): Promise<void>
}
