/** A store and a session's name in; a process that writes to it, with what it has said so far, out. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface WriterOptions {
  readonly file: string
  readonly name: string
  /** Answers to write. @default without end */
  readonly count?: number
  /** `big`: texts of 100 KB; `end`: dispose of the journal before the end. */
  readonly mode?: 'big' | 'end'
  /** A command that runs it. */
  readonly under?: readonly string[]
}

export interface Writer {
  readonly pid: number
  /** The greatest number that it has said to be durable, and all of them. */
  readonly durable: ReadonlySet<number>
  readonly lines: readonly string[]
  /** The first line that begins so, also of those said before; rejects when the process ends without. */
  readonly said: (beginning: string) => Promise<string>
  /** When it has said so many to be durable. */
  readonly wrote: (count: number) => Promise<void>
  /** Stops it; resolves when none of its threads runs any more. */
  readonly stop: () => Promise<void>
  readonly signal: (signal: NodeJS.Signals) => void
  readonly ended: Promise<void>
}

const fixture = fileURLToPath(new URL('./fixtures/writer.ts', import.meta.url))

export function startWriter({ file, name, count, mode, under = [] }: WriterOptions): Writer {
  const [command = '', ...args] = [...under, process.execPath, fixture, file, name, count === undefined ? 'endless' : `${count}`, mode ?? '']
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const durable = new Set<number>()
  const lines: string[] = []
  const listeners = new Set<() => void>()
  const output = createInterface({ input: child.stdout })
  output.on('line', (line) => {
    lines.push(line)
    if (line.startsWith('durable ')) durable.add(Number(line.slice(8)))
    for (const listener of listeners) listener()
  })
  let isEnded = false
  const ended = once(output, 'close').then(() => {
    isEnded = true
    for (const listener of listeners) listener()
  })

  function until<T>(look: () => T | undefined, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const listener = (): void => {
        const found = look()
        if (found === undefined && !isEnded) return
        listeners.delete(listener)
        if (found === undefined) reject(new Error(`The writer ended before ${what}: ${lines.slice(-3).join(' | ')}`))
        else resolve(found)
      }
      listeners.add(listener)
      listener()
    })
  }

  return {
    pid: child.pid ?? 0,
    durable,
    lines,
    said: (beginning) => until(() => lines.find((line) => line.startsWith(beginning)), `it said "${beginning}"`),
    wrote: async (some) => {
      await until(() => (durable.size >= some ? true : undefined), `it wrote ${some}`)
    },
    stop: async () => {
      child.kill('SIGSTOP')
      while (threadsOf(child.pid ?? 0).some((state) => state !== 'T')) await new Promise((resolve) => setImmediate(resolve))
    },
    signal: (signal) => {
      child.kill(signal)
    },
    ended,
  }
}

/** States of a process's threads, on Linux. */
function threadsOf(pid: number): readonly string[] {
  const folder = `/proc/${pid}/task`
  if (!existsSync(folder)) return []
  return readdirSync(folder).map((thread) => {
    const stat = readFileSync(`${folder}/${thread}/stat`, 'utf8')
    return stat.charAt(stat.lastIndexOf(')') + 2)
  })
}
