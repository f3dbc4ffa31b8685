/** A Dispatch and OpenTelemetry instruments in; a Dispatch that makes a span and measurements of every question, by the GenAI conventions, out. */
import { ReplmError } from '../../../errors.ts'
import type { Answer, Dispatch, DispatchOptions, Query, TelemetryAttributes, TelemetryHistogram, TelemetryMeter, TelemetrySpan, TelemetryTracer } from '../../../types.ts'

// Names, units and bounds: OpenTelemetry's semantic conventions for generative AI, repository semantic-conventions-genai, 2026 (status: development).
const operation = 'chat'
const secondBounds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
const tokenBounds = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864]

/** `SpanKind.CLIENT` and `SpanStatusCode.ERROR` of the OpenTelemetry API: numbers, so that its package is not needed here. */
const clientKind = 2
const errorStatus = 2

/** Made once for all that is asked. */
export interface Instruments {
  readonly tracer: TelemetryTracer | undefined
  readonly duration: TelemetryHistogram | undefined
  readonly firstChunk: TelemetryHistogram | undefined
  readonly tokens: TelemetryHistogram | undefined
  /** Whether prompts, answers and messages of errors, which may quote them, go along. */
  readonly content: boolean
}

export function createInstruments({ tracer, meter, content }: { readonly tracer: TelemetryTracer | undefined; readonly meter: TelemetryMeter | undefined; readonly content: boolean }): Instruments {
  const seconds = { unit: 's', advice: { explicitBucketBoundaries: secondBounds } }
  return {
    tracer,
    duration: meter?.createHistogram('gen_ai.client.operation.duration', { description: 'GenAI operation duration.', ...seconds }),
    firstChunk: meter?.createHistogram('gen_ai.client.operation.time_to_first_chunk', { description: 'Time to receive the first chunk of a streamed response.', ...seconds }),
    tokens: meter?.createHistogram('gen_ai.client.token.usage', { description: 'Number of input and output tokens used.', unit: '{token}', advice: { explicitBucketBoundaries: tokenBounds } }),
    content,
  }
}

export interface TelemetryLayerOptions {
  readonly instruments: Instruments
  /** Null for questions of the host's own. */
  readonly session: string | null
}

/**
 * The span is a child of what is active where the question was asked, and active itself for whoever is asked in this process. What observes may not break what it observes:
 * a tracer or meter that throws is left out.
 */
export function withTelemetry(next: Dispatch, { instruments, session }: TelemetryLayerOptions): Dispatch {
  return (query, options) => {
    let asked: Promise<Answer> | undefined
    const ask = (span?: TelemetrySpan): Promise<Answer> => (asked = observe(next, { query, options, span, instruments }))
    quietly(() => instruments.tracer?.startActiveSpan(`${operation} ${query.model}`, { kind: clientKind, attributes: asking(query, options, session) }, ask))
    return asked ?? ask()
  }
}

interface Observation {
  readonly query: Query
  readonly options: DispatchOptions
  readonly span: TelemetrySpan | undefined
  readonly instruments: Instruments
}

async function observe(next: Dispatch, { query, options, span, instruments }: Observation): Promise<Answer> {
  const startedMs = performance.now()
  const { onText } = options
  let sentMs = startedMs
  let firstChunkMs: number | undefined
  const watched: DispatchOptions = {
    ...options,
    onSend: (attempt, reserve) => {
      sentMs = performance.now()
      options.onSend?.(attempt, reserve)
    },
    ...(onText === undefined
      ? {}
      : {
          onText: (text: string) => {
            firstChunkMs ??= performance.now() - sentMs
            onText(text)
          },
        }),
  }
  const end = (outcome: Outcome): void => quietly(() => record({ query, span, instruments, ...outcome }, { durationMs: performance.now() - startedMs, firstChunkMs }))
  try {
    const answer = await next(query, watched)
    end({ answer })
    return answer
  } catch (thrown) {
    end({ thrown })
    throw thrown
  }
}

interface Outcome {
  readonly answer?: Answer
  readonly thrown?: unknown
}

function record({ query, span, instruments, answer, thrown }: Omit<Observation, 'options'> & Outcome, { durationMs, firstChunkMs }: { readonly durationMs: number; readonly firstChunkMs: number | undefined }): void {
  const error = answer === undefined ? { 'error.type': errorType(thrown) } : {}
  const usage = answer?.usage ?? (thrown instanceof ReplmError ? thrown.usage : undefined)
  // An answer that another question had bought: no server was asked, so no client operation is measured.
  if (answer?.attempts !== 0) {
    const common = { ...naming(query), ...error }
    instruments.duration?.record(durationMs / 1_000, common)
    if (firstChunkMs !== undefined) instruments.firstChunk?.record(firstChunkMs / 1_000, common)
    if (usage !== undefined) {
      instruments.tokens?.record(usage.inputTokens, { ...naming(query), 'gen_ai.token.type': 'input' })
      instruments.tokens?.record(usage.outputTokens, { ...naming(query), 'gen_ai.token.type': 'output' })
    }
  }
  if (span === undefined) return
  if (span.isRecording()) {
    span.setAttributes({
      ...error,
      ...(usage === undefined ? {} : { 'gen_ai.usage.input_tokens': usage.inputTokens, 'gen_ai.usage.output_tokens': usage.outputTokens }),
      ...(firstChunkMs === undefined ? {} : { 'gen_ai.response.time_to_first_chunk': firstChunkMs / 1_000 }),
      ...(answer === undefined ? {} : answering(answer)),
      ...(instruments.content ? contents(query, answer) : {}),
    })
    if (answer === undefined) span.setStatus({ code: errorStatus, ...(instruments.content && thrown instanceof Error ? { message: thrown.message } : {}) })
  }
  span.end()
}

function naming({ provider, model }: Query): TelemetryAttributes {
  return { 'gen_ai.operation.name': operation, 'gen_ai.provider.name': provider, 'gen_ai.request.model': model }
}

function asking(query: Query, { onText }: DispatchOptions, session: string | null): TelemetryAttributes {
  const { maxTokens, temperature, stop, schema } = query
  return {
    ...naming(query),
    ...(maxTokens === undefined ? {} : { 'gen_ai.request.max_tokens': maxTokens }),
    ...(temperature === undefined ? {} : { 'gen_ai.request.temperature': temperature }),
    ...(stop === undefined ? {} : { 'gen_ai.request.stop_sequences': [...stop] }),
    ...(onText === undefined ? {} : { 'gen_ai.request.stream': true }),
    ...(schema === undefined ? {} : { 'gen_ai.output.type': 'json' }),
    ...(session === null ? {} : { 'replm.session.id': session }),
  }
}

function answering({ usage, finishReason, queueMs, llmMs, attempts, path }: Answer): TelemetryAttributes {
  return {
    'gen_ai.response.finish_reasons': [finishReason],
    'replm.attempts': attempts,
    'replm.queue_ms': queueMs,
    'replm.llm_ms': llmMs,
    ...(path === undefined ? {} : { 'replm.path': path }),
    ...(usage.usd === null ? {} : { 'replm.usd': usage.usd }),
  }
}

/** Messages in the conventions' JSON, as text: not every exporter takes structured attributes of spans. */
function contents({ prompt, system }: Query, answer: Answer | undefined): TelemetryAttributes {
  const text = (content: string): readonly object[] => [{ type: 'text', content }]
  return {
    'gen_ai.input.messages': JSON.stringify([{ role: 'user', parts: text(prompt) }]),
    ...(system === undefined ? {} : { 'gen_ai.system_instructions': JSON.stringify(text(system)) }),
    ...(answer === undefined ? {} : { 'gen_ai.output.messages': JSON.stringify([{ role: 'assistant', parts: text(answer.text), finish_reason: answer.finishReason }]) }),
  }
}

/** An error code of ours; the name of the error for the reason of a caller's own signal. */
function errorType(thrown: unknown): string {
  return thrown instanceof ReplmError ? thrown.code : thrown instanceof Error ? thrown.name : '_OTHER'
}

function quietly(work: () => void): void {
  try {
    work()
  } catch {
    // Telemetry is lost; the question goes on.
  }
}
