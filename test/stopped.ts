/** A process that was sent SIGSTOP in; when none of its threads runs any more, out. */
import { readdirSync, readFileSync } from 'node:fs'

export async function untilStopped(pid: number): Promise<void> {
  const states = (): string[] =>
    readdirSync(`/proc/${pid}/task`).map((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
      return stat.charAt(stat.lastIndexOf(')') + 2)
    })
  while (states().some((state) => state !== 'T')) await new Promise((resolve) => setImmediate(resolve))
}
