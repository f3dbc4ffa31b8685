/** Nothing in; an HTTP server that counts what it is asked, out. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface StepServer extends AsyncDisposable {
  readonly url: string
  /** Paths by how often each was asked for. */
  readonly asked: ReadonlyMap<string, number>
  readonly arrived: number
  /** Requests whose client has left before its answer. */
  readonly left: readonly string[]
  /** Resolves when it holds, looked at with every request that arrives or is left. */
  readonly until: (holds: () => boolean) => Promise<void>
}

export interface StepServerOptions {
  readonly onArrival?: (path: string) => void
  /** Never answers. @default false */
  readonly isSilent?: boolean
}

export async function openStepServer({ onArrival, isSilent = false }: StepServerOptions = {}): Promise<StepServer> {
  const asked = new Map<string, number>()
  const left: string[] = []
  const watchers = new Set<() => void>()
  let arrived = 0
  const changed = (): void => {
    for (const watch of watchers) watch()
  }

  const server = createServer(({ url = '' }, response: ServerResponse) => {
    arrived += 1
    asked.set(url, (asked.get(url) ?? 0) + 1)
    response.on('close', () => {
      if (!response.writableFinished) left.push(url)
      changed()
    })
    onArrival?.(url)
    if (!isSilent) setImmediate(() => response.end('done'))
    changed()
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo // of a TCP server

  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    get arrived() {
      return arrived
    },
    left,
    until: (holds) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!holds()) return
          watchers.delete(look)
          resolve()
        }
        watchers.add(look)
        look()
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
