/** Where to listen, and what callers may have, in; a server of the HTTP API, until it is told to end, and an exit code out. */
import { inspect } from 'node:util'
import { ReplmError } from '../errors.ts'
import type { isLoopback, openServer, Server, ServerOptions } from '../server/server.ts'
import { UsageError } from './arguments.ts'
import { onInterrupt } from './interrupts.ts'
import { type ModelOptions, replmOptions, type Stage } from './stage.ts'
import { showControls } from './terminal.ts'

export interface ServeOptions extends ModelOptions {
  readonly host?: string
  readonly port?: number
  readonly root?: readonly string[]
  readonly allowHost?: readonly string[]
  readonly jobs?: number
  readonly idleMs?: number
  readonly maxAwake?: number
  readonly maxBodyMb?: number
}

interface ServerModule {
  readonly openServer: typeof openServer
  readonly isLoopback: typeof isLoopback
}

/** Where it listens when no port is named and this one is free. */
const usualPort = 8421

/** `replm serve`. */
export async function serve(options: ServeOptions, { terminal }: Stage): Promise<number> {
  const { promise: told, resolve: tell } = Promise.withResolvers<void>()
  const stopListening = onInterrupt((press) => {
    if (press > 1) process.exit(130)
    tell()
  })
  // The extension of this file: it runs from the sources and from what was built of them.
  const place = new URL(`../server/server${import.meta.url.slice(-3)}`, import.meta.url)
  // That file exports both.
  const [{ openReplm }, { openServer, isLoopback }] = await Promise.all([import('../index.ts'), import(place.href) as Promise<ServerModule>])
  const { idleMs, maxAwake } = options
  await using replm = await openReplm({ ...replmOptions(options), ...(idleMs === undefined ? {} : { idleMs }), ...(maxAwake === undefined ? {} : { maxAwake }) })
  const { host, root, allowHost, jobs, maxBodyMb } = options
  if (host !== undefined && !isLoopback(host)) terminal.complain(`\`--host ${showControls(host)}\` is open to more than this machine: whoever reads the traffic has the token, and with it the models and the documents\n`)
  const server = await open(openServer, options.port, {
    replm,
    ...(host === undefined ? {} : { host }),
    ...(root === undefined ? {} : { roots: root }),
    ...(allowHost === undefined ? {} : { allowedHosts: allowHost }),
    ...(jobs === undefined ? {} : { concurrency: jobs }),
    ...(maxBodyMb === undefined ? {} : { maxBodyBytes: maxBodyMb * 1024 * 1024 }),
    onFault: (fault) => terminal.complain(`${showControls(fault instanceof ReplmError ? `${fault.code}: ${fault.message}` : inspect(fault))}\n`),
  })
  const address = `${server.url}/?token=${server.token}`
  terminal.write(options.json === true ? `${JSON.stringify({ address, url: server.url, token: server.token })}\n` : `${address}\n`)
  terminal.tell('Open this address in a browser, or send its token as `Authorization: Bearer`. Ctrl-C ends the server; what it has begun goes on with the next one.\n')
  await told
  await server.close()
  stopListening()
  return 0
}

async function open(openServer: ServerModule['openServer'], port: number | undefined, options: Omit<ServerOptions, 'port'>): Promise<Server> {
  try {
    return await openServer({ ...options, port: port ?? usualPort })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE' && port === undefined) return openServer({ ...options, port: 0 })
    const place = `${showControls(options.host ?? '127.0.0.1')}:${port ?? usualPort}`
    if (code === 'EADDRINUSE') throw new UsageError(`The port is in use: nothing can listen on ${place}. Name another one with \`--port\`; 0 takes any that is free`)
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') throw new UsageError(`Nothing can listen on ${place} (${code})`)
    throw error
  }
}
