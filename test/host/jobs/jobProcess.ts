/** An engine's module in; a process that opens it and does what it is told, to be killed or stopped, with what it has said, out. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { ReplmError, type ErrorCode } from '../../../src/errors.ts'
import { untilStopped } from '../../stopped.ts'
import type { ProcessCommand, ProcessLine, ProcessSetup } from './fixtures/process.ts'

type Line<T extends ProcessLine['type']> = Extract<ProcessLine, { readonly type: T }>

export interface JobProcess extends Disposable {
  readonly pid: number
  readonly lines: readonly ProcessLine[]
  /** The first such line, also of those said before; rejects when the process ends without. */
  readonly said: <T extends ProcessLine['type']>(type: T, is?: (line: Line<T>) => boolean) => Promise<Line<T>>
  readonly tell: (command: Exclude<ProcessCommand, { do: 'call' }>) => void
  /** Calls a method of its engine. */
  readonly call: (method: Extract<ProcessCommand, { do: 'call' }>['method'], ...args: readonly unknown[]) => Promise<unknown>
  /** Resolves, for a stop, when none of its threads runs any more. */
  readonly signal: (signal: NodeJS.Signals) => Promise<void>
  readonly ended: Promise<void>
}

const fixture = fileURLToPath(new URL('./fixtures/process.ts', import.meta.url))

export function startJobProcess(setup: ProcessSetup, onLine?: (line: ProcessLine) => void): JobProcess {
  const child = spawn(process.execPath, [fixture, JSON.stringify(setup)], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.on('error', () => undefined) // it is gone
  const pid = child.pid ?? 0
  const lines: ProcessLine[] = []
  const watchers = new Set<() => void>()
  let isEnded = false
  let last = 0
  const changed = (): void => {
    for (const watch of watchers) watch()
  }
  const output = createInterface({ input: child.stdout })
  output.on('line', (text) => {
    const line = JSON.parse(text) as ProcessLine // as the fixture says it
    lines.push(line)
    onLine?.(line)
    changed()
  })
  const ended = Promise.all([once(output, 'close'), once(child, 'exit')]).then(() => {
    isEnded = true
    changed()
  })

  function said<T extends ProcessLine['type']>(type: T, is: (line: Line<T>) => boolean = () => true): Promise<Line<T>> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = lines.find((line): line is Line<T> => line.type === type && is(line as Line<T>)) // as was just asked
        if (found === undefined && !isEnded) return
        watchers.delete(look)
        if (found === undefined) reject(new Error(`The process ended before it said ${type}: ${JSON.stringify(lines.slice(-3))}`))
        else resolve(found)
      }
      watchers.add(look)
      look()
    })
  }

  function write(command: ProcessCommand): void {
    child.stdin.write(`${JSON.stringify(command)}\n`)
  }

  return {
    pid,
    lines,
    said,
    tell: write,
    call: async (method, ...args) => {
      const number = ++last
      write({ do: 'call', number, method, args })
      const { value, code } = await said('answered', (line) => line.number === number)
      if (code !== undefined) throw new ReplmError(code as ErrorCode, `${method} in another process`) // as an engine throws it
      return value
    },
    signal: async (signal) => {
      child.kill(signal)
      if (signal === 'SIGSTOP') await untilStopped(pid)
    },
    ended,
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  }
}
