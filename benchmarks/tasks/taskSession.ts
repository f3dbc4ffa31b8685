/** A task's text in; a session with it, and what programs answer there with one model after another, out. */
import { readFileSync } from 'node:fs'
import type { Replm } from '../../src/index.ts'
import type { ProgramName } from './expectation.ts'
import type { Task } from './task.ts'

export interface RunOutcome {
  readonly answer: unknown
  /** How many questions each of its batches had, as it says itself. */
  readonly stages: readonly number[]
  /** Questions asked, as the runtime counts them. */
  readonly calls: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly wallMs: number
}

export interface TaskOptions {
  readonly task: Task
  readonly paths: readonly string[]
  /** Of a piece. */
  readonly chars: number
  /** Lines around a line that was found. */
  readonly around: number
}

export interface TaskSession extends AsyncDisposable {
  /** A program is a cell of its own. */
  readonly run: (program: ProgramName, model: string) => Promise<RunOutcome>
}

export async function openTask(replm: Replm, { task, paths, chars, around }: TaskOptions): Promise<TaskSession> {
  const args = {
    ask: task.templates.map(({ ask }) => ask).join('\n'),
    find: task.templates.map(({ find }) => find ?? '').join('\n'),
    merge: task.merge,
    chars: String(chars),
    around: String(around),
  }
  const session = await replm.openSession({ context: paths, args, limits: { cpuMs: 600_000 } })
  // Its sandbox is there then.
  await session.run('0')
  return {
    async run(program, model) {
      await session.setModel(model)
      const text = readFileSync(new URL(`programs/${program}.ts`, import.meta.url), 'utf8')
      const start = performance.now()
      const { value, usage } = await session.run(text, { name: `${program}.ts`, typescript: true })
      const wallMs = performance.now() - start
      const { answer, stages } = value as { readonly answer: unknown; readonly stages: readonly number[] } // as the programs end
      return { answer, stages, calls: usage.queries, inputTokens: usage.inputTokens, outputTokens: usage.outputTokens, wallMs }
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  }
}
