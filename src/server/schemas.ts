/** Nothing in; the shapes of what callers send and get, each with an example of it, out. */
import type { ErrorCode } from '../errors.ts'
import { refusals } from './problem.ts'
import { z } from './zod.ts'

const model = z
  .string()
  .max(200)
  .regex(/^[^\s/*]+\/\S.*$/, { error: 'Expected `provider/model`, such as openai/gpt-5-mini' })
  .meta({ description: 'The model that answers, as `provider/model`. Without it the server’s own.', example: 'sim/echo' })

/** Any object of JSON: passed on as it is, so that no name in it gets lost. */
function jsonObject(example: Readonly<Record<string, unknown>>) {
  return z
    .unknown()
    .refine((value) => typeof value === 'object' && value !== null && !Array.isArray(value), { error: 'Expected an object' })
    .transform((value) => value as Readonly<Record<string, unknown>>) // as it was just checked to be
    .meta({ type: 'object', additionalProperties: true, example })
}

/** Any JSON. */
const anyJson = z.unknown().meta({ description: 'Any JSON.' })

const timeoutMs = z.number().min(1).max(2 ** 31 - 1).meta({ description: 'Bounds one attempt from send to last byte, in milliseconds. Named here, a timeout is not asked again.' })

const questionFields = {
  model: model.optional(),
  system: z.string().optional(),
  maxTokens: z.int().min(1).optional().meta({ description: 'Upper bound of the reply, in tokens.' }),
  temperature: z.number().min(0).optional(),
  stop: z.array(z.string().min(1)).max(16).optional(),
  schema: jsonObject({ type: 'object', properties: { licence: { type: 'string' } } }).optional(),
  timeoutMs: timeoutMs.optional(),
  dedupe: z.boolean().optional().meta({ description: 'Share the answer of an equal question under way. As a default, only at temperature 0.' }),
  cache: z.boolean().optional().meta({ description: 'Take the answer of an equal question asked before. As a default, only at temperature 0.' }),
}

const budget = z.strictObject({ usd: z.number().min(0).optional(), queries: z.int().min(0).optional(), tokens: z.int().min(0).optional() }).meta({ id: 'Budget', description: 'What may be spent, over all runs of the session; what is not named is not bounded.', example: { usd: 0.5 } })

const limits = z
  .strictObject({
    memoryMb: z.int().min(8).optional(),
    cpuMs: z.number().min(1).optional(),
    wallMs: z.number().min(1).optional(),
    outputBytes: z.int().min(0).optional(),
    valueBytes: z.int().min(0).optional(),
  })
  .meta({ id: 'Limits', description: 'Bounds on what a program may use, per cell.', example: { cpuMs: 5000 } })

const context = z
  .array(z.union([z.string().max(4096).meta({ description: 'A file, a folder or a glob below one of the server’s `--root` folders.' }), z.strictObject({ name: z.string().min(1).max(4096), text: z.string() })]))
  .max(1000)
  .meta({ description: 'The documents that the program reads.', example: [{ name: 'notes.txt', text: 'The sky is blue.' }] })

const sessionFields = { context: context.optional(), args: jsonObject({ about: 'the sky' }).optional(), limits: limits.optional(), budget: budget.optional(), model: model.optional() }

const cellText = z.string().meta({ description: 'JavaScript, or what of TypeScript has no meaning as JavaScript.', example: 'await llmQuery("Why is the sky blue?")' })

export const newQuery = z.strictObject({ prompt: z.string(), ...questionFields }).meta({ id: 'NewQuery', example: { prompt: 'Why is the sky blue?' } })

export const batchLine = z
  .strictObject({ custom_id: z.string().min(1).max(512).meta({ description: 'Names the line in the results; each once.' }), prompt: z.string(), ...questionFields })
  .meta({ id: 'BatchRequest', example: { custom_id: 'sky', prompt: 'Why is the sky blue?' } })

const batchFields = { model: model.optional(), budget: budget.optional() }

export const newBatch = z
  .strictObject({ requests: z.array(batchLine).min(1).max(100_000), ...batchFields })
  .meta({ id: 'NewBatch', example: { requests: [{ custom_id: 'sky', prompt: 'Why is the sky blue?' }, { custom_id: 'sea', prompt: 'Why is the sea salty?' }] } })

/** A batch whose requests are not looked at yet. */
export const aroundBatch = z.strictObject({ requests: z.array(z.unknown()).min(1).max(100_000), ...batchFields })

export const batchResult = z
  .object({
    custom_id: z.string(),
    ok: z.boolean(),
    text: z.string().optional(),
    error: z.object({ code: z.string(), message: z.string() }).optional(),
  })
  .loose()
  .meta({ id: 'BatchResult', example: { custom_id: 'sky', ok: true, text: 'Because of how air scatters light.' } })

export const newSession = z.strictObject({ name: z.string().min(1).max(200).optional(), ...sessionFields }).meta({ id: 'NewSession', example: { context: [{ name: 'notes.txt', text: 'The sky is blue.' }] } })

export const newCell = z
  .strictObject({ cell: cellText, typescript: z.boolean().optional().meta({ description: 'Parse as TypeScript at once.' }) })
  .meta({ id: 'NewCell', example: { cell: 'await llmQuery("Why is the sky blue?")' } })

export const newJob = z
  .strictObject({
    script: z.union([z.string().max(4096), z.strictObject({ name: z.string().min(1).max(4096), text: z.string() })]).meta({ description: 'The program: a file below one of the server’s `--root` folders, or its text. A name that ends in .ts is parsed as TypeScript.' }),
    ...sessionFields,
    models: z.array(z.string()).max(100).optional().meta({ description: 'What the program may name besides its model; `provider/*` for all of one.' }),
    priority: z.int().min(-1000).max(1000).optional().meta({ description: 'Higher goes first.' }),
    notBeforeMs: z.int().min(0).optional().meta({ description: 'Milliseconds since 1970 before which nobody begins it.' }),
    deadlineMs: z.int().min(0).optional().meta({ description: 'Milliseconds since 1970 after which it fails with TIMEOUT.' }),
  })
  .meta({ id: 'NewJob', example: { script: { name: 'sky.js', text: 'progress(0.5); final(await llmQuery("Why is the sky blue?"))' } } })

export const jobInput = z
  .strictObject({
    action: z.string().min(1).max(200),
    data: anyJson.optional(),
    key: z.string().optional().meta({ description: 'The `key` of what is answered; with it, an answer to what was asked before is refused.' }),
  })
  .meta({ id: 'JobInput', example: { action: 'approve' } })

const time = z.number().meta({ description: 'Milliseconds since 1970.' })

const jobStatus = z.enum(['pending', 'queued', 'running', 'awaiting_input', 'completed', 'failed', 'canceled'])

const jobFields = {
  id: z.string(),
  kind: z.string(),
  status: jobStatus,
  progress: z.object({ fraction: z.number().nullable(), step: z.string().nullable(), done: z.number().nullable(), total: z.number().nullable() }),
  requestCounts: z.object({ processing: z.number(), succeeded: z.number(), errored: z.number(), canceled: z.number() }),
  priority: z.number(),
  attempts: z.number(),
  session: z.string().nullable(),
  createdMs: time,
  startedMs: time.nullable(),
  endedMs: time.nullable(),
  cancelRequestedMs: time.nullable(),
  inputRequest: z.object({ key: z.string(), title: z.string(), description: z.string().nullable(), data: anyJson, actions: z.array(z.string()) }).optional().meta({ description: 'What it asks a person, while its status is `awaiting_input`.' }),
  error: z
    .object({ code: z.string(), message: z.string(), line: z.number().nullish(), column: z.number().nullish(), stack: z.string().optional() })
    .optional()
    .meta({ description: 'Why it failed.' }),
}

export const jobSummary = z.object(jobFields).meta({ id: 'JobSummary', description: 'A job without its result.' })

export const job = z.object({ ...jobFields, result: anyJson.optional().meta({ description: 'Of a job that is completed.' }) }).meta({ id: 'Job' })

export const jobPage = z.object({ jobs: z.array(jobSummary), cursor: z.string().nullable().meta({ description: 'Gives the next page; null after the last one.' }) }).meta({ id: 'JobPage' })

export const jobEvent = z.object({ seq: z.int(), atMs: time, type: z.string(), data: z.record(z.string(), z.unknown()) }).meta({ id: 'JobEvent', example: { seq: 3, atMs: 1_700_000_000_000, type: 'job.progressed', data: { fraction: 0.5 } } })

export const jobEvents = z.object({ events: z.array(jobEvent), isOver: z.boolean() }).meta({ id: 'JobEvents' })

export const session = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    createdMs: time,
    usedMs: time,
    cells: z.int(),
    answers: z.int(),
    queries: z.int(),
    inputTokens: z.int(),
    outputTokens: z.int(),
    usd: z.number().nullable().meta({ description: 'Null where a price is not known.' }),
    unknownUsd: z.number(),
    bytes: z.int(),
    lastCell: z.string().nullable(),
    isCutOff: z.boolean(),
    state: z.enum(['asleep', 'awake', 'elsewhere']).meta({ description: 'Whether it holds memory of this server, or another process has it open.' }),
  })
  .meta({ id: 'Session' })

export const sessionPage = z.object({ sessions: z.array(session), cursor: z.string().nullable() }).meta({ id: 'SessionPage' })

export const cell = z
  .object({
    execution: z.int(),
    cell: z.string(),
    name: z.string(),
    text: z.string(),
    state: z.enum(['running', 'ended', 'cut', 'left']),
    ok: z.boolean().nullable(),
    code: z.string().nullable(),
    message: z.string().nullable(),
    shown: z.string().nullable(),
    startedMs: time,
    endedMs: time.nullable(),
  })
  .meta({ id: 'Cell' })

export const cellList = z.object({ cells: z.array(cell) }).meta({ id: 'CellList' })

export const modelList = z
  .object({
    default: z.string().nullable(),
    providers: z.array(
      z.object({
        name: z.string(),
        ready: z.boolean(),
        models: z.array(z.string()),
        state: z.enum(['listed', 'unready', 'failed', 'asking']).meta({ description: '`asking`: it has not answered yet, ask again.' }),
      }),
    ),
  })
  .meta({ id: 'ModelList' })

export const health = z.object({ status: z.literal('ok') }).meta({ id: 'Health' })

// The table names every code.
const codes = Object.keys(refusals) as [ErrorCode, ...ErrorCode[]]

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(codes).meta({ description: 'The same codes as the command line’s.' }),
    errors: z.array(z.object({ in: z.enum(['body', 'query', 'path', 'header']), at: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'Problem details, RFC 9457.' })

/** What stands in paths. */
export const jobParams = z.object({ id: z.string().min(1).max(200).meta({ description: 'Id of a job.', example: '0192f0c1-7f6b-7000-8000-000000000000' }) })
export const sessionParams = z.object({ id: z.string().min(1).max(200).meta({ description: 'Id or name of a session.', example: '0192f0c1-7f6b-7000-8000-000000000000' }) })
export const cellParams = sessionParams.extend({ execution: numberText(1, 2 ** 31, 'Running number of a cell in its session, from 1.') })

export const jobListQuery = z.strictObject({
  status: jobStatus.optional(),
  kind: z.string().max(100).optional(),
  limit: numberText(1, 1000, 'Most of them in one page.').optional(),
  cursor: z.string().max(1000).optional(),
})
export const pageQuery = z.strictObject({ limit: numberText(1, 1000, 'Most of them in one page.').optional(), cursor: z.string().max(1000).optional() })
export const eventsQuery = z.strictObject({ after: numberText(0, Number.MAX_SAFE_INTEGER, 'Only what happened after the event of this number.').optional() })

/** A whole number as addresses have it. */
function numberText(least: number, most: number, description: string) {
  return z
    .string()
    .regex(/^\d{1,16}$/, { error: `Expected a whole number from ${least} to ${most}` })
    .transform(Number)
    .refine((value) => value >= least && value <= most, { error: `Expected a whole number from ${least} to ${most}` })
    .meta({ type: 'integer', minimum: least, maximum: most, description, example: least })
}
