/** The port of a server of the host's in; what this process, shut in like a sandbox, managed to do, out on the channel as JSON. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { connect } from 'node:net'
import os from 'node:os'
import { Worker } from 'node:worker_threads'
import { die } from './confine.ts'

/** What each attempt found: null when it was refused, else what it got at. */
export interface ProbeReport {
  readonly read: string | null
  readonly write: string | null
  readonly spawn: string | null
  readonly thread: string | null
  readonly connect: string | null
  readonly signal: string | null
  /** Names of environment variables beyond the two that a sandbox has. */
  readonly environment: string | null
  /** Other processes that can be seen. */
  readonly processes: string | null
}

const port = Number(process.argv[2])

function attempt(act: () => string | null): string | null {
  try {
    return act()
  } catch {
    return null // Refused, as it should be.
  }
}

function attemptConnection(): Promise<string | null> {
  return new Promise((resolve) => {
    try {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(`127.0.0.1:${port}`))
      socket.once('error', () => resolve(null))
    } catch {
      resolve(null) // Refused before a socket was made.
    }
  })
}

const extra = Object.keys(process.env).filter((name) => name !== 'TZ' && name !== 'LANG')
const report: ProbeReport = {
  read: attempt(() => (readFileSync('/etc/passwd', 'utf8') === '' ? null : '/etc/passwd')),
  write: attempt(() => {
    writeFileSync('/tmp/replm-probe', '')
    return '/tmp/replm-probe'
  }) ?? attempt(() => {
    // Not imported: there is no such module here.
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
    new DatabaseSync('/tmp/replm-probe').exec('CREATE TABLE IF NOT EXISTS probe (x)')
    return '/tmp/replm-probe, as a database'
  }),
  spawn: attempt(() => (spawnSync('/bin/true').error === undefined ? '/bin/true' : null)) ?? attempt(() => {
    try {
      process.dlopen({ exports: {} }, process.execPath)
    } catch (error) {
      // The system refused to load what is no addon: so it was asked to.
      if ((error as NodeJS.ErrnoException).code !== 'ERR_DLOPEN_FAILED') throw error
    }
    return 'code of any file'
  }),
  thread: attempt(() => {
    void new Worker('', { eval: true }).terminate()
    return 'a worker thread'
  }),
  connect: await attemptConnection(),
  signal: attempt(() => (typeof process.kill === 'function' ? 'process.kill' : typeof os.setPriority === 'function' ? 'os.setPriority' : null)),
  environment: extra.length === 0 ? null : extra.join(', '),
  processes: attempt(() => readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid).join(', ') || null),
}
writeSync(3, JSON.stringify(report))
die()
