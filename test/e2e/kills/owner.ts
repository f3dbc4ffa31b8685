/** A store and a cell in; a process that owns the session, to be killed or stopped, with what it has said, out. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { SessionEvent, Usage } from '../../../src/index.ts'

/** What the process says of itself. */
export type OwnerLine =
  | { readonly type: 'opened'; readonly id: string }
  | Extract<SessionEvent, { type: 'console.printed' | 'session.rebuilt' | 'session.diverged' | 'query.answered' }>
  | { readonly type: 'ended'; readonly value: unknown; readonly printed: readonly string[]; readonly usage: Usage }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }

export interface OwnerOptions {
  readonly store: string
  readonly cell: string
  /** The session to go on with. @default a new one */
  readonly id?: string | undefined
  /** Where `compatible/` asks. */
  readonly url: string
  /** A command that runs it. */
  readonly under?: readonly string[]
  readonly onLine?: (line: OwnerLine) => void
}

export interface Owner extends Disposable {
  readonly pid: number
  readonly lines: readonly OwnerLine[]
  /** The first line of this type, also of those said before; undefined when the process ends without. */
  readonly said: <T extends OwnerLine['type']>(type: T) => Promise<Extract<OwnerLine, { type: T }> | undefined>
  readonly signal: (signal: NodeJS.Signals) => void
  /** Resolves when it is gone and all it said has been read. */
  readonly ended: Promise<void>
}

const fixture = fileURLToPath(new URL('./fixtures/owner.ts', import.meta.url))

export function startOwner({ store, cell, id = '', url, under = [], onLine }: OwnerOptions): Owner {
  const [command = '', ...words] = [...under, process.execPath, fixture, store, cell, id]
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, REPLM_BASE_URL: `${url}/v1` } })
  const lines: OwnerLine[] = []
  const watchers = new Set<() => void>()
  let isEnded = false
  const changed = (): void => {
    for (const watch of watchers) watch()
  }
  const output = createInterface({ input: child.stdout })
  output.on('line', (text) => {
    const line = JSON.parse(text) as OwnerLine // as the fixture says it
    lines.push(line)
    onLine?.(line)
    changed()
  })
  const ended = Promise.all([once(output, 'close'), once(child, 'exit')]).then(() => {
    isEnded = true
    changed()
  })
  return {
    pid: child.pid ?? 0,
    lines,
    said: <T extends OwnerLine['type']>(type: T) =>
      new Promise<Extract<OwnerLine, { type: T }> | undefined>((resolve) => {
        const look = (): void => {
          const found = lines.find((line): line is Extract<OwnerLine, { type: T }> => line.type === type)
          if (found === undefined && !isEnded) return
          watchers.delete(look)
          resolve(found)
        }
        watchers.add(look)
        look()
      }),
    signal: (signal) => void child.kill(signal),
    ended,
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  }
}
