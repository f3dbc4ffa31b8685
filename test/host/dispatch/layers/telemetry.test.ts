import { context, metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createInstruments, withTelemetry } from '../../../../src/host/dispatch/layers/telemetry.ts'
import { type Answer, defineProvider, openReplm, type Provider, ReplmError, type ReplmOptions } from '../../../../src/index.ts'
import type { Query } from '../../../../src/types.ts'

const spanExporter = new InMemorySpanExporter()
const tracers = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spanExporter })] })
const metricExporter = new InMemoryMetricExporter(AggregationTemporality.DELTA)
const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 2 ** 30 })
const meters = new MeterProvider({ readers: [reader] })

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(tracers)
  metrics.setGlobalMeterProvider(meters)
})
afterAll(async () => {
  context.disable()
  trace.disable()
  metrics.disable()
  await Promise.all([tracers.shutdown(), meters.shutdown()])
})
beforeEach(async () => {
  await reader.forceFlush()
  spanExporter.reset()
  metricExporter.reset()
})

const polite = defineProvider({
  name: 'polite',
  pricing: 'free',
  query: async ({ prompt }) => {
    if (prompt.includes('refuse')) throw new ReplmError('REFUSED', `No answer to ${prompt}`, { usage: { inputTokens: 7, outputTokens: 1 } })
    return { text: `secret answer to ${prompt}`, usage: { inputTokens: 7, outputTokens: 11 }, finishReason: 'length' }
  },
})

/** Makes a span of its own while it answers, as an instrumented HTTP client does. */
const instrumented = defineProvider({
  name: 'instrumented',
  pricing: 'free',
  query: async ({ prompt }) => {
    trace.getTracer('http').startSpan('POST').end()
    return { text: prompt, usage: { inputTokens: 1, outputTokens: 1 } }
  },
})

const letters: Provider = {
  name: 'letters',
  pricing: 'free',
  query: () => Promise.reject(new Error('Read in pieces only')),
  stream: async function* () {
    yield 'a'
    yield 'b'
    return { text: 'ab', usage: { inputTokens: 1, outputTokens: 2 } }
  },
}

function open(options: ReplmOptions = {}): ReturnType<typeof openReplm> {
  return openReplm({ providers: [polite, instrumented, letters], model: 'polite/model-1', models: ['instrumented/*', 'letters/*'], store: ':memory:', telemetry: true, ...options })
}

async function measured(): Promise<Record<string, { readonly unit: string; readonly points: { readonly attributes: object; readonly count: number; readonly sum: number; readonly boundaries: number[] }[] }>> {
  await reader.forceFlush()
  const scopes = metricExporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics)
  const found = scopes.flatMap(({ metrics }) => metrics).map(({ descriptor, dataPoints }) => [
    descriptor.name,
    {
      unit: descriptor.unit,
      // All of them are histograms.
      points: dataPoints.map(({ attributes, value }) => {
        const { count, sum, buckets } = value as { count: number; sum: number; buckets: { boundaries: number[] } }
        return { attributes, count, sum, boundaries: buckets.boundaries }
      }),
    },
  ])
  return Object.fromEntries(found) as Awaited<ReturnType<typeof measured>>
}

function spans(): ReadableSpan[] {
  return spanExporter.getFinishedSpans()
}

describe('a span', () => {
  it('has the names of the GenAI conventions for what was asked and answered, and nothing that was said', async () => {
    let id = ''
    {
      await using replm = await open()
      await using session = await replm.openSession()
      id = session.id
      await session.run(`await llmQuery('secret prompt', { system: 'secret system', maxTokens: 50, temperature: 0.5, stop: ['.'], schema: undefined })`)
    }
    expect(spans()).toHaveLength(1)
    const [span] = spans()
    expect(span).toMatchObject({ name: 'chat model-1', kind: SpanKind.CLIENT, status: { code: SpanStatusCode.UNSET } })
    expect(span?.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'polite',
      'gen_ai.request.model': 'model-1',
      'gen_ai.request.max_tokens': 50,
      'gen_ai.request.temperature': 0.5,
      'gen_ai.request.stop_sequences': ['.'],
      'gen_ai.response.finish_reasons': ['length'],
      'gen_ai.usage.input_tokens': 7,
      'gen_ai.usage.output_tokens': 11,
      'replm.session.id': id,
      'replm.attempts': 1,
      'replm.usd': 0,
    })
    expect(span?.attributes).not.toHaveProperty('error.type')
    expect(JSON.stringify([span?.attributes, span?.status, span?.events])).not.toContain('secret')
  })

  it('has prompts and answers when they are asked for', async () => {
    {
      await using replm = await open({ telemetry: { content: true } })
      await replm.query('secret prompt', { system: 'secret system' })
    }
    const { attributes } = spans()[0] ?? {}
    expect(JSON.parse(String(attributes?.['gen_ai.input.messages']))).toEqual([{ role: 'user', parts: [{ type: 'text', content: 'secret prompt' }] }])
    expect(JSON.parse(String(attributes?.['gen_ai.system_instructions']))).toEqual([{ type: 'text', content: 'secret system' }])
    expect(JSON.parse(String(attributes?.['gen_ai.output.messages']))).toEqual([{ role: 'assistant', parts: [{ type: 'text', content: 'secret answer to secret prompt' }], finish_reason: 'length' }])
  })

  it('of a question that failed has the code, the cost and, only where content is asked for, the message', async () => {
    {
      await using replm = await open()
      await expect(replm.query('refuse secret')).rejects.toThrow('No answer')
      await using telling = await open({ telemetry: { content: true } })
      await expect(telling.query('refuse secret')).rejects.toThrow('No answer')
    }
    const [quiet, telling] = spans()
    expect(quiet?.status).toEqual({ code: SpanStatusCode.ERROR })
    expect(quiet?.attributes).toMatchObject({ 'error.type': 'REFUSED', 'gen_ai.usage.input_tokens': 7, 'gen_ai.usage.output_tokens': 1 })
    expect(JSON.stringify(quiet?.attributes)).not.toContain('secret')
    expect(telling?.status).toMatchObject({ code: SpanStatusCode.ERROR, message: expect.stringContaining('No answer to refuse secret') })
  })

  it('of a question that its caller aborted has the name of the reason', async () => {
    await using replm = await open()
    const controller = new AbortController()
    const asked = replm.query('hello', { signal: controller.signal })
    queueMicrotask(() => controller.abort())
    await expect(asked).rejects.toThrow('aborted')
    await expect.poll(() => spans()[0]?.attributes).toMatchObject({ 'error.type': 'AbortError' })
  })

  it('is a child of what was active where the cell was run, for each question of a batch, also behind its own bound', async () => {
    await using replm = await open()
    await using session = await replm.openSession()
    const ids = await trace.getTracer('test').startActiveSpan('outer', async (outer) => {
      await session.run(`await llmQuery('a'); await llmBatchQuery(['b', 'c', 'd'], { concurrency: 1 })`)
      outer.end()
      return outer.spanContext()
    })
    const asked = spans().filter(({ name }) => name === 'chat model-1')
    expect(asked).toHaveLength(4)
    for (const span of asked) {
      expect(span.parentSpanContext?.spanId).toBe(ids.spanId)
      expect(span.spanContext().traceId).toBe(ids.traceId)
    }
  })

  it('is the parent of what an instrumented provider in this process does, also for a question that had to wait', async () => {
    await using replm = await open({ dispatch: 'async', concurrency: 1 })
    await using session = await replm.openSession()
    await session.run(`await llmBatchQuery(['a', 'b', 'c'], { model: 'instrumented/m' })`)
    const [asked, posts] = [spans().filter(({ name }) => name === 'chat m'), spans().filter(({ name }) => name === 'POST')]
    expect(posts.map(({ parentSpanContext }) => parentSpanContext?.spanId).toSorted()).toEqual(asked.map((span) => span.spanContext().spanId).toSorted())
    expect(new Set(posts.map(({ parentSpanContext }) => parentSpanContext?.spanId)).size).toBe(3)
  })

  it('of a reply in pieces has the time of the first one', async () => {
    await using replm = await open()
    await using session = await replm.openSession()
    await session.run(`let text = ''; for await (const piece of llmStream('x', { model: 'letters/m' })) text += piece`)
    expect(spans()[0]?.attributes).toMatchObject({ 'gen_ai.request.stream': true, 'gen_ai.response.time_to_first_chunk': expect.any(Number) })
    const { 'gen_ai.client.operation.time_to_first_chunk': first } = await measured()
    expect(first).toMatchObject({ unit: 's', points: [{ count: 1, attributes: { 'gen_ai.request.model': 'm' } }] })
  })
})

describe('measurements', () => {
  it('have the names, units and bounds of the GenAI conventions', async () => {
    await using replm = await open()
    await replm.query('one')
    await replm.query('two')
    await expect(replm.query('refuse')).rejects.toThrow('No answer')
    const { 'gen_ai.client.operation.duration': duration, 'gen_ai.client.token.usage': tokens, ...others } = await measured()
    const model = { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'polite', 'gen_ai.request.model': 'model-1' }
    expect(duration?.unit).toBe('s')
    expect(duration?.points.map(({ attributes, count }) => ({ attributes, count }))).toEqual([{ attributes: model, count: 2 }, { attributes: { ...model, 'error.type': 'REFUSED' }, count: 1 }])
    expect(duration?.points[0]?.boundaries).toEqual([0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92])
    expect(duration?.points[0]?.sum).toBeLessThan(60)
    expect(tokens?.unit).toBe('{token}')
    expect(tokens?.points.map(({ attributes, count, sum }) => ({ attributes, count, sum }))).toEqual([
      { attributes: { ...model, 'gen_ai.token.type': 'input' }, count: 3, sum: 21 },
      { attributes: { ...model, 'gen_ai.token.type': 'output' }, count: 3, sum: 23 },
    ])
    expect(tokens?.points[0]?.boundaries.at(-1)).toBe(67_108_864)
    // No reply in pieces, no first piece.
    expect(Object.keys(others)).toEqual([])
  })
})

const query: Query = { provider: 'polite', model: 'model-1', prompt: 'hello', timeoutMs: 1_000, timeoutIsFinal: false }
const answer: Answer = { text: 'hi', usage: { inputTokens: 1, outputTokens: 1, usd: null }, finishReason: 'stop', queueMs: 0, llmMs: 0, attempts: 1 }
const { signal } = new AbortController()

describe('the layer', () => {
  it('measures nothing for an answer that nobody was asked for, and says so in its span', async () => {
    const instruments = createInstruments({ tracer: trace.getTracer('test'), meter: metrics.getMeter('test'), content: false })
    const ask = withTelemetry(async () => ({ ...answer, attempts: 0 }), { instruments, session: null })
    await ask(query, { signal })
    expect(spans()[0]?.attributes).toMatchObject({ 'replm.attempts': 0 })
    expect(await measured()).toEqual({})
  })

  it('passes on what is held for a question as it is sent', async () => {
    const reserve = { tokens: 7, usd: 0.1 }
    const held: unknown[] = []
    const ask = withTelemetry(async (_, { onSend }) => (onSend?.(1, reserve), answer), { instruments: createInstruments({ tracer: undefined, meter: undefined, content: false }), session: null })
    await ask(query, { signal, onSend: (...sent) => held.push(sent) })
    expect(held).toEqual([[1, reserve]])
  })

  it('gives the answer, and asks once, whatever its tracer and meter throw', async () => {
    const broken = (): never => {
      throw new Error('broken')
    }
    let asked = 0
    const next = async (): Promise<Answer> => {
      asked += 1
      return answer
    }
    const span = { setAttributes: broken, setStatus: broken, isRecording: () => true, end: broken }
    for (const startActiveSpan of [broken, (_: string, __: object, work: (given: typeof span) => unknown) => work(span), (_: string, __: object, work: (given: typeof span) => unknown) => (work(span), broken())]) {
      const instruments = createInstruments({ tracer: { startActiveSpan }, meter: { createHistogram: () => ({ record: broken }) }, content: true })
      expect(await withTelemetry(next, { instruments, session: null })(query, { signal })).toBe(answer)
    }
    expect(asked).toBe(3)
  })
})

describe('a replm', () => {
  it('without telemetry makes no span and no measurement, whatever provider is registered', async () => {
    await using replm = await open({ telemetry: false })
    await replm.query('hello')
    expect(spans()).toEqual([])
    expect(await measured()).toEqual({})
  })

  it('uses the tracer and the meter that it is given', async () => {
    const exporter = new InMemorySpanExporter()
    const own = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
    await using replm = await open({ telemetry: { tracer: own.getTracer('own'), meter: meters.getMeter('own') } })
    await replm.query('hello')
    expect(exporter.getFinishedSpans()).toMatchObject([{ name: 'chat model-1', instrumentationScope: { name: 'own' } }])
    expect(spans()).toEqual([])
    expect(Object.keys(await measured())).toContain('gen_ai.client.operation.duration')
  })
})
