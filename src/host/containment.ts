/** This machine in; how well a sandbox is shut in here, by trying, out. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import type { Readable } from 'node:stream'
import { type Containment, type Launch, planLaunch } from './launch.ts'

/** One thing that was tried. */
export interface ContainmentCheck {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
  /** The command that mends it, where there is one. */
  readonly mend?: string
}

export interface ContainmentReport {
  readonly level: Containment
  /** All attempts, each refused: the sandbox holds at its level. */
  readonly ok: boolean
  readonly checks: readonly ContainmentCheck[]
}

/** A probe takes a tenth of a second; this is a bound for a machine in trouble, in milliseconds. */
const probeMs = 20_000

const attempts: Readonly<Record<string, string>> = {
  read: 'reads files of the host',
  write: 'writes files',
  spawn: 'starts programs',
  thread: 'starts threads',
  connect: 'opens connections',
  signal: 'signals processes',
  environment: 'sees the environment',
  processes: 'sees other processes',
}

/** Starts a process as a sandbox is started, lets it try to get out, and says what it managed. */
export async function probeContainment(): Promise<ContainmentReport> {
  const server = await listen()
  try {
    const contained = await tryLevel('contained', server)
    if (contained !== null) return report('contained', contained, { name: 'namespaces', ok: true, detail: 'bubblewrap: own user, process, network and file namespaces' })
    const mend = process.platform === 'linux' ? (existsSync('/usr/bin/apt-get') ? 'sudo apt-get install bubblewrap' : 'install bubblewrap with your package manager') : undefined
    const missing = {
      name: 'namespaces',
      ok: false,
      detail: process.platform === 'linux' ? 'bubblewrap is missing, or user namespaces are forbidden here' : 'there is no bubblewrap on this platform',
      ...(mend === undefined ? {} : { mend }),
    }
    return report('best effort', (await tryLevel('best effort', server)) ?? {}, missing)
  } finally {
    server.close()
  }
}

function report(level: Containment, found: Readonly<Record<string, unknown>>, namespaces: ContainmentCheck): ContainmentReport {
  const checks = Object.entries(attempts).map(([key, name]): ContainmentCheck => {
    const got = found[key]
    if (!Object.hasOwn(found, key)) return { name, ok: false, detail: 'could not be tried: the probe did not answer' }
    return { name, ok: got === null, detail: got === null ? 'refused' : `reached ${String(got)}` }
  })
  return { level, ok: checks.every((check) => check.ok), checks: [namespaces, ...checks] }
}

/** What the probe found at this level, by attempt; null when it does not run here. */
async function tryLevel(level: Containment, server: Server): Promise<Readonly<Record<string, unknown>> | null> {
  const launch = planLaunch(level, { entry: 'probe' })
  if (launch === null) return null
  const address = server.address()
  const text = await runProbe(launch, typeof address === 'object' && address !== null ? address.port : 0)
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return null
  }
}

function runProbe(launch: Launch, port: number): Promise<string> {
  const child = spawn(launch.command, [...launch.args, String(port)], { env: launch.env, cwd: '/', stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], timeout: probeMs, killSignal: 'SIGKILL' })
  let text = ''
  const [, , , channel, info] = child.stdio as unknown as readonly (Readable | null)[]
  channel?.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
  channel?.on('error', () => undefined) // Its end is what counts.
  info?.on('error', () => undefined).resume()
  return new Promise((resolve) => {
    child.once('error', () => resolve(''))
    child.once('close', () => resolve(text))
  })
}

function listen(): Promise<Server> {
  const server = createServer((socket) => socket.destroy())
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}
