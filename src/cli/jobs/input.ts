/** A job that asks in; a person's answer, given with flags or at the terminal, to it. */
import { exitCodes, ReplmError } from '../../errors.ts'
import type { Job, JobInput } from '../../index.ts'
import { UsageError } from '../arguments.ts'
import { onInterrupt } from '../interrupts.ts'
import { personAt } from '../review/person.ts'
import { Reviewer } from '../review/reviewer.ts'
import { type CommonOptions, type Stage, storeOptions } from '../stage.ts'
import { jobIdOf } from './find.ts'
import { openJobStore } from './store.ts'
import { oneLine } from './words.ts'

export interface InputOptions extends CommonOptions {
  readonly action?: string
  /** JSON text. */
  readonly data?: string
}

/** `replm jobs input ID`. */
export async function answerJob(word: string, { json, store, action, data }: InputOptions, stage: Stage): Promise<number> {
  const { terminal } = stage
  const given = data === undefined ? {} : { data: parsed(data) }
  if (action === undefined && data !== undefined) throw new UsageError('Expected `--action` beside `--data`: an answer is an action')
  await using replm = await openJobStore(storeOptions(store))
  const id = await jobIdOf(replm, word)
  const asking = await replm.jobs.get(id)
  if (asking.status !== 'awaiting_input') throw new ReplmError('JOB_STATE', `The job ${id} asks nothing: it is ${asking.status}`)
  const { key } = asking.inputRequest
  const answer: JobInput | null = action === undefined ? await review(asking, stage) : { action, ...given, key }
  if (answer === null) {
    terminal.complain('The job still waits for its answer\n')
    return exitCodes.INPUT_NEEDED
  }
  const job = await replm.jobs.input(id, answer)
  if (json === true) terminal.write(`${JSON.stringify(job)}\n`)
  else terminal.write(`${job.id} ${job.status}\n`)
  return 0
}

/** Null when the person leaves without an answer. */
async function review({ inputRequest }: Extract<Job, { status: 'awaiting_input' }>, { terminal, stdin, env }: Stage): Promise<JobInput | null> {
  if (stdin.isTTY !== true || !terminal.isTerminal('stderr')) {
    throw new UsageError(`Expected \`--action\`, as there is no terminal to ask at: one of ${inputRequest.actions.map((name) => oneLine(name)).join(', ')}`)
  }
  const leaving = new AbortController()
  const stopListening = onInterrupt(() => leaving.abort())
  try {
    const answer = await new Reviewer({ terminal, person: personAt(stdin), env }).review(inputRequest, { signal: leaving.signal })
    return answer === null ? null : { ...answer, key: inputRequest.key }
  } catch (thrown) {
    if (!leaving.signal.aborted) throw thrown
    throw new ReplmError('INTERRUPTED', 'Interrupted; the job still waits for its answer')
  } finally {
    stopListening()
  }
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data) as unknown
  } catch (thrown) {
    throw new UsageError(`Expected \`--data\` to be JSON, got ${JSON.stringify(data.length > 40 ? `${data.slice(0, 40)}…` : data)}: ${(thrown as Error).message}`) // JSON.parse throws SyntaxError
  }
}
