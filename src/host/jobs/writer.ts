/** Changes as they come in; groups of them, each one durable transaction, out: what came while the last one was on its way is the next. */
import { fromWire, type WireError } from '../../errors.ts'
import type { JobsThread } from './jobsThread.ts'
import type { Change, Changed, ChangeKind, Changes } from './threadMessages.ts'

export interface Writer {
  /** Resolves when it is durable. A function is called as the group leaves. */
  readonly change: <K extends ChangeKind>(kind: K, ask: Changes[K]['ask'] | (() => Changes[K]['ask'])) => Promise<Changes[K]['reply']>
  /** Resolves when all that was asked for so far has been made, or has failed. */
  readonly flushed: () => Promise<void>
}

interface Waiting {
  readonly change: () => Change
  readonly onDone: (changed: Changed) => void
}

/** One transaction: others who write wait for no longer than that takes. */
const maxGroup = 512

export function openWriter(thread: Pick<JobsThread, 'change'>): Writer {
  let waiting: Waiting[] = []
  let isScheduled = false
  let underWay: Promise<void> | undefined

  function schedule(): void {
    if (isScheduled || underWay !== undefined) return
    isScheduled = true
    setImmediate(() => {
      isScheduled = false
      post()
    })
  }

  function post(): void {
    if (waiting.length === 0 || underWay !== undefined) return
    const group = waiting.slice(0, maxGroup)
    waiting = waiting.slice(maxGroup)
    underWay = send(group).finally(() => {
      underWay = undefined
      post()
    })
  }

  async function send(group: readonly Waiting[]): Promise<void> {
    let all: readonly Changed[]
    try {
      all = await thread.change(group.map(({ change }) => change()))
    } catch (thrown) {
      const error = thrown as WireError // the thread rejects with errors of ours
      all = group.map(() => ({ error }))
    }
    for (const [index, { onDone }] of group.entries()) onDone(all[index] ?? { reply: undefined })
  }

  return {
    change: <K extends ChangeKind>(kind: K, ask: Changes[K]['ask'] | (() => Changes[K]['ask'])) =>
      new Promise<Changes[K]['reply']>((resolve, reject) => {
        const onDone = (changed: Changed): void => {
          if ('error' in changed) reject(fromWire(changed.error))
          else resolve(changed.reply as Changes[K]['reply']) // the thread answers each kind with its reply
        }
        const change = (): Change => ({ kind, ask: typeof ask === 'function' ? ask() : ask }) as Change // kind and ask belong together
        waiting.push({ change, onDone })
        schedule()
      }),
    flushed: async () => {
      // In their order: what comes later is not waited for.
      const last = waiting.pop()
      if (last === undefined) await underWay
      else {
        await new Promise<void>((resolve) => {
          waiting.push({
            change: last.change,
            onDone: (changed) => {
              last.onDone(changed)
              resolve()
            },
          })
        })
      }
    },
  }
}
