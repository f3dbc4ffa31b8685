/** Nothing in; a plain Node process that sends back what it is sent, the floor under every crossing, out. */
import { spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'

export interface PlainChild {
  readonly pid: number
  /** One line of JSON there and back. */
  readonly echo: (value: unknown) => Promise<unknown>
  /** Ends with the process. */
  readonly gone: Promise<void>
  readonly kill: () => void
}

/** Parses and writes each line again, as a sandbox must at least. */
const program = `
  let rest = ''
  process.stdin.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\\n')
    rest = lines.pop()
    for (const line of lines) process.stdout.write(JSON.stringify(JSON.parse(line)) + '\\n')
  })`

/** A program of its own may take the place of the echo. */
export async function startPlainChild(source: string = program): Promise<PlainChild> {
  const child = spawn(process.execPath, ['--eval', source], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [stdin, stdout] = [child.stdin as Writable, child.stdout as Readable] // made by 'pipe' above
  const waiting: ((value: unknown) => void)[] = []
  let rest = ''
  stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) waiting.shift()?.(JSON.parse(line))
  })
  stdin.on('error', () => undefined) // Killed on purpose: 'exit' says so.
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await new Promise((resolve) => child.once('spawn', resolve))
  return {
    pid: child.pid ?? 0,
    echo: (value) =>
      new Promise((resolve) => {
        waiting.push(resolve)
        stdin.write(`${JSON.stringify(value)}\n`)
      }),
    gone,
    kill: () => void child.kill('SIGKILL'),
  }
}
