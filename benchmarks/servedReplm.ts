/** Words of `replm serve` in; the server in a process of its own, and requests to it, out. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface ServedReplm extends AsyncDisposable {
  readonly url: string
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>
  /** Posts JSON; gives what was answered. */
  readonly post: (path: string, body: unknown) => Promise<{ readonly id: string }>
}

/** `env` is added to this process's own. */
export async function startServedReplm(words: readonly string[], env: Readonly<Record<string, string>>): Promise<ServedReplm> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../bin/replm.js', import.meta.url)), 'serve', '--port', '0', ...words], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  const [, url = '', token = ''] = /^(.*)\/\?token=(.*)$/.exec(await firstLine(child)) ?? []
  const ask: ServedReplm['ask'] = (path, init = {}) => fetch(url + path, { ...init, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } })
  return {
    url,
    ask,
    // Whatever begins a job gives it, with its id.
    post: async (path, body) => (await (await ask(path, { method: 'POST', body: JSON.stringify(body) })).json()) as { readonly id: string },
    [Symbol.asyncDispose]: () => ended(child),
  }
}

export interface IdleServer extends AsyncDisposable {
  readonly url: string
}

/** An HTTP server of Node's own that does nothing else. */
export async function startIdleServer(): Promise<IdleServer> {
  const text = "const server = require('node:http').createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1', () => console.log(server.address().port))"
  const child = spawn(process.execPath, ['--eval', text], { stdio: ['ignore', 'pipe', 'inherit'] })
  return { url: `http://127.0.0.1:${await firstLine(child)}/`, [Symbol.asyncDispose]: () => ended(child) }
}

async function firstLine(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) return line
  throw new Error('The server ended before it said where it is')
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}
