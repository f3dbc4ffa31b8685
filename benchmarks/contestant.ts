/** A file of `contestants/` in; that way of doing things in a process of its own, which does it once per task, out. */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What such a file exports as `open`: gets ready, and gives what does one task. */
export type Open<Setup, Task, Outcome> = (setup: Setup) => Promise<(task: Task) => Promise<Outcome>>

export interface Contestant<Task, Outcome> extends AsyncDisposable {
  readonly pid: number
  readonly run: (task: Task) => Promise<Outcome>
}

/** Parent → contestant. */
export type Order = { readonly type: 'open'; readonly file: string; readonly setup: unknown } | { readonly type: 'run'; readonly task: unknown }

/** Contestant → parent, one for each order. */
export type Reply = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string }

/** `env` is added to this process's own. Rejects where it cannot open. */
export async function startContestant<Setup, Task, Outcome>(file: string, setup: Setup, env: Readonly<Record<string, string>> = {}): Promise<Contestant<Task, Outcome>> {
  const child = fork(fileURLToPath(new URL('contestants/main.ts', import.meta.url)), {
    env: { ...process.env, ...env },
    execArgv: ['--expose-gc'],
    serialization: 'advanced',
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))

  function order(message: Order): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const onExit = (): void => reject(new Error(`The contestant ${file} ended in the middle of its task`))
      child.once('exit', onExit)
      child.once('message', (reply: Reply) => {
        child.off('exit', onExit)
        if (reply.ok) resolve(reply.value)
        else reject(new Error(reply.message))
      })
      child.send(message)
    })
  }

  await order({ type: 'open', file, setup })
  return {
    pid: child.pid ?? 0,
    // What the file's `open` gives back; both sides import the same types.
    run: (task) => order({ type: 'run', task }) as Promise<Outcome>,
    [Symbol.asyncDispose]: async () => {
      child.disconnect()
      await gone
    },
  }
}
