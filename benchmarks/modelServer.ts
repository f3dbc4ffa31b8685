/** Nothing in; a benchmark server in a process of its own, its address and its counts, out. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Certificate } from './certificate.ts'
import type { Counts } from './server/main.ts'

export interface ModelServer extends Disposable {
  /** For clients of OpenAI's API, with its version. */
  readonly baseUrl: string
  readonly origin: string
  readonly port: number
  readonly counts: () => Promise<Counts>
  /** The counts so far; then they begin at 0, and every model begins anew. */
  readonly reset: () => Promise<Counts>
}

/** With a certificate it speaks https, to clients that trust it. */
export async function startModelServer({ certificate }: { readonly certificate?: Certificate } = {}): Promise<ModelServer> {
  const files = certificate === undefined ? [] : [certificate.keyFile, certificate.certificateFile]
  const child = spawn(process.execPath, [fileURLToPath(new URL('server/main.ts', import.meta.url)), ...files], { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting: ((line: string) => void)[] = []
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line))
  const next = (): Promise<string> => new Promise((resolve) => waiting.push(resolve))
  const port = Number(await next())
  const ask = (command: string): Promise<Counts> => {
    child.stdin.write(`${command}\n`)
    return next().then((line) => JSON.parse(line) as Counts)
  }
  const origin = `http${certificate === undefined ? '' : 's'}://127.0.0.1:${port}`
  return {
    baseUrl: `${origin}/v1`,
    origin,
    port,
    counts: () => ask('counts'),
    reset: () => ask('reset'),
    [Symbol.dispose]: () => child.stdin.end(),
  }
}
