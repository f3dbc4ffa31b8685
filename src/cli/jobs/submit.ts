/** A script, a question or a file of questions in; its job, which somebody else does, out. */
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { ReplmError } from '../../errors.ts'
import type { BatchRequest, JobOptions, JobWork, Replm } from '../../index.ts'
import { readScript } from '../../script.ts'
import { UsageError } from '../arguments.ts'
import { budgetOptions, type ModelOptions, readingOptions, type Stage, storeOptions } from '../stage.ts'
import { openJobStore } from './store.ts'

export interface SubmitOptions extends ModelOptions {
  readonly query?: string
  readonly batch?: string
  readonly priority?: number
  readonly idempotencyKey?: string
  /** Milliseconds from now. */
  readonly deadline?: number
  readonly ttl?: number
  readonly maxAttempts?: number
}

/** `replm jobs submit`. */
export async function submitJob(script: string | undefined, options: SubmitOptions, { terminal, stdin }: Stage): Promise<number> {
  const { query, batch, json } = options
  if ([script, query, batch].filter((work) => work !== undefined).length !== 1) throw new UsageError('Expected one thing to do: a script, `--query PROMPT` or `--batch FILE.jsonl`')
  if (script === '-' && options.context?.includes('-') === true) throw new UsageError('Standard input can be the script or the context, not both: name a file for one of them')
  await using replm = await openJobStore(storeOptions(options.store))
  const job = await replm.jobs.submit(await workOf(script, options, stdin), { ...jobOptions(options), work: false })
  if (json === true) terminal.write(`${JSON.stringify(job)}\n`)
  else terminal.write(`${job.id}\n`)
  if (terminal.isTerminal('stderr')) terminal.tell(terminal.paint('dim', `${await whatNow(replm, job.id)}\n`, 'stderr'))
  return 0
}

async function workOf(script: string | undefined, { query, batch, model, allowModel, context, arg, ...rest }: SubmitOptions, stdin: NodeJS.ReadableStream): Promise<JobWork> {
  const answering = model === undefined ? {} : { model }
  const budget = budgetOptions(rest)
  const bounded = Object.keys(budget).length === 0 ? {} : { budget }
  if (script === undefined && (context !== undefined || arg !== undefined || allowModel !== undefined)) throw new UsageError('`--context`, `--arg` and `--allow-model` are a script\'s: a question has all it needs in its prompt')
  if (query !== undefined) {
    if ('budget' in bounded) throw new UsageError('A budget is for scripts and batches: one question costs what it costs')
    return { prompt: query, ...answering }
  }
  if (batch !== undefined) return { batch: await readBatch(batch, stdin), ...answering, ...bounded }
  const session = { ...answering, ...bounded, ...readingOptions(rest), ...(allowModel === undefined ? {} : { models: allowModel }), ...(context === undefined ? {} : { context }), ...(arg === undefined ? {} : { args: arg }) }
  if (script === '-') {
    const { text: cell, typescript } = await readScript('-', stdin)
    return { cell, typescript, ...session }
  }
  return { script: script ?? '', ...session }
}

function jobOptions({ priority, idempotencyKey, deadline, ttl, maxAttempts }: SubmitOptions): JobOptions {
  return {
    ...(priority === undefined ? {} : { priority }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(deadline === undefined ? {} : { deadlineMs: Date.now() + deadline }),
    ...(ttl === undefined ? {} : { ttlMs: ttl }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
  }
}

/** A line of JSON for each question: `custom_id`, `prompt`, and options of its own. */
async function readBatch(file: string, stdin: NodeJS.ReadableStream): Promise<readonly BatchRequest[]> {
  const lines = (await readText(file, stdin)).replace(/^\uFEFF/, '').split('\n')
  return lines.flatMap((line, index) => (line.trim() === '' ? [] : [lineOf(line, `${file === '-' ? 'standard input' : file}:${index + 1}`)]))
}

async function readText(file: string, stdin: NodeJS.ReadableStream): Promise<string> {
  if (file === '-') return text(stdin)
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException // failures of files carry a code
    throw new ReplmError(code === 'ENOENT' ? 'NOT_FOUND' : 'CONFIG', code === 'ENOENT' ? `There is no file of questions at ${file}: check the path` : `The questions in ${file} could not be read: ${message}`, { cause })
  }
}

function lineOf(line: string, where: string): BatchRequest {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (thrown) {
    throw new ReplmError('CONFIG', `Expected a line of JSON in ${where}: ${(thrown as Error).message}`) // JSON.parse throws SyntaxError
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ReplmError('CONFIG', `Expected {"custom_id": …, "prompt": …} in ${where}`)
  const { custom_id: customId, ...rest } = value as Readonly<Record<string, unknown>>
  // The library checks each member, and names it.
  return (customId === undefined ? rest : { customId, ...rest }) as unknown as BatchRequest
}

/** So long a worker has to take a job before it is said that there may be none, in milliseconds. */
const takingMs = 300

async function whatNow(replm: Replm, id: string): Promise<string> {
  const job = await replm.jobs.wait(id, { timeoutMs: takingMs })
  const { jobs: atWork } = await replm.jobs.list({ status: 'running', limit: 1 })
  if (job.status === 'queued' && atWork.length === 0) return `No worker has taken it: \`replm jobs worker\` does jobs, here or in another terminal, until it is stopped`
  return `\`replm jobs wait ${id}\` waits for its result`
}
