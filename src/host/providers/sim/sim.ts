/** A provider without a server out: `sim/echo` answers with the prompt, `sim/extract` and `sim/oracle` with what the prompt says about its question. Offline, free, repeatable. */
import { ReplmError } from '../../../errors.ts'
import type { Provider, ProviderAnswer, ProviderQuery, ProviderQueryOptions } from '../../../types.ts'
import { estimateTokens } from '../tokens.ts'
import { drawFate, readConditions, type Conditions, type Fault } from './conditions.ts'
import { answerByExtract } from './extract.ts'
import { answerByOracle } from './oracle.ts'

interface SimModel {
  readonly answer: (query: ProviderQuery, conditions: Conditions) => string
  /** Whether it can be told to answer wrongly at times. */
  readonly errs: boolean
}

/** How each model makes its answer. */
const models: Readonly<Record<string, SimModel>> = Object.freeze({
  echo: { answer: ({ prompt }) => prompt, errs: false },
  extract: { answer: answerByExtract, errs: false },
  oracle: { answer: answerByOracle, errs: true },
})

/** Prompts whose attempts are counted at the most, where the caller does not number them. */
const maxCounted = 100_000

/** Shortest wait between two pieces of a stream, in milliseconds. */
const leastWaitMs = 5

/** Most pieces of a stream: a long answer comes in longer ones. */
const maxPieces = 1_000

interface Simulated {
  readonly answer: SimModel['answer']
  readonly conditions: Conditions
}

export function createSim(): Provider {
  const known = new Map<string, Simulated>()
  const counted = new Map<string, number>()

  function find(model: string): Simulated {
    const found = known.get(model) ?? read(model)
    if (known.size < 100) known.set(model, found)
    return found
  }

  /** Of questions that come without a number, equal ones count as attempts at one. */
  function countAttempt({ model, prompt }: ProviderQuery): number {
    const key = `${model}\0${prompt}`
    const attempt = (counted.get(key) ?? 0) + 1
    if (counted.size >= maxCounted) counted.clear()
    counted.set(key, attempt)
    return attempt
  }

  /** Up to the first word of the answer: waits, and fails where it shall. */
  async function begin(query: ProviderQuery, { signal, attempt }: ProviderQueryOptions): Promise<{ readonly answered: ProviderAnswer; readonly tokensPerSecond: number }> {
    signal.throwIfAborted()
    const { answer, conditions } = find(query.model)
    const eventful = Object.values(conditions.faults).some((share) => share > 0) || conditions.jitter !== 'none'
    const { latencyMs, fault } = drawFate(conditions, query.prompt, attempt ?? (eventful ? countAttempt(query) : 1))
    if (latencyMs > 0) await pass(latencyMs, signal)
    if (fault !== undefined) await fail(fault, query, conditions, signal)
    return { answered: finish(answer(query, conditions), query), tokensPerSecond: conditions.tokensPerSecond }
  }

  return {
    name: 'sim',
    pricing: 'free',
    async query(query, options) {
      const { answered, tokensPerSecond } = await begin(query, options)
      const writingMs = (answered.usage.outputTokens / tokensPerSecond) * 1_000
      if (writingMs > 0) await pass(writingMs, options.signal)
      return answered
    },
    async *stream(query, options) {
      const { answered, tokensPerSecond } = await begin(query, options)
      // Pieces that are due within a timer's own precision come together.
      let owedMs = 0
      let piece = ''
      for (const word of cutWords(answered.text)) {
        owedMs += (estimateTokens(word) / tokensPerSecond) * 1_000
        piece += word
        if (owedMs > 0 && owedMs < leastWaitMs) continue
        if (owedMs > 0) await pass(owedMs, options.signal)
        else options.signal.throwIfAborted()
        yield piece
        owedMs = 0
        piece = ''
      }
      if (piece !== '') yield piece
      return answered
    },
    models: async () => Object.keys(models).map((id) => ({ id })),
  }
}

function read(model: string): Simulated {
  const mark = model.indexOf('?')
  const name = mark === -1 ? model : model.slice(0, mark)
  if (!Object.hasOwn(models, name))
    throw new ReplmError(
      'CONFIG',
      `There is no model sim/${name.slice(0, 100)}: there are ${Object.keys(models)
        .map((id) => `sim/${id}`)
        .join(', ')}.`,
    )
  const { answer, errs } = models[name]!
  return { answer, conditions: readConditions(mark === -1 ? '' : model.slice(mark + 1), { errs }) }
}

/** As a model's server does: the text ends before a stop sequence, and after as many tokens as were asked for. */
function finish(text: string, query: ProviderQuery): ProviderAnswer {
  const stops = (query.stop ?? [])
    .filter((stop) => stop !== '')
    .map((stop) => text.indexOf(stop))
    .filter((index) => index !== -1)
  const whole = stops.length === 0 ? text : text.slice(0, Math.min(...stops))
  const { maxTokens = Infinity } = query
  const isCut = estimateTokens(whole) > maxTokens
  const answer = isCut ? cutBytes(whole, maxTokens * 4) : whole
  return {
    text: answer,
    usage: { inputTokens: estimateTokens((query.system ?? '') + query.prompt), outputTokens: estimateTokens(answer) },
    finishReason: isCut ? 'length' : 'stop',
  }
}

/** Words, each with the space after it; several to a piece where the text is long. */
function* cutWords(text: string): Generator<string> {
  const least = text.length / maxPieces
  let piece = ''
  for (const [word] of text.matchAll(/\s*\S+\s*|\s+/g)) {
    piece += word
    if (piece.length < least) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}

/** Never in the middle of a character. */
function cutBytes(text: string, bytes: number): string {
  const { read: units } = new TextEncoder().encodeInto(text, new Uint8Array(bytes))
  return text.slice(0, units)
}

async function fail(fault: Fault, query: ProviderQuery, { retryAfterMs }: Conditions, signal: AbortSignal): Promise<never> {
  switch (fault) {
    case 'fail429':
      throw new ReplmError('RATE_LIMITED', 'sim limits the rate of questions (429: simulated).', {
        status: 429,
        retryable: true,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      })
    case 'fail500':
      throw new ReplmError('PROVIDER', 'sim failed (500: simulated).', { status: 500, retryable: true })
    case 'failReset':
      throw new ReplmError('PROVIDER', 'The connection to sim broke before its reply was whole (simulated).', { retryable: true })
    case 'failGarbage':
      throw new ReplmError('PROVIDER', 'sim answered with what is no reply of its API (simulated).', { retryable: true })
    case 'failRefusal':
      throw new ReplmError('REFUSED', `sim/${query.model} refused to answer: simulated`, { usage: { inputTokens: estimateTokens(query.prompt), outputTokens: 0 } })
    case 'failSilence':
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
  }
}

/** Lets that much time go by, in milliseconds; rejects with the signal's reason at once when it aborts. */
function pass(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(
      () => {
        signal.removeEventListener('abort', end)
        resolve()
      },
      Math.min(ms, 2 ** 31 - 1),
    )
    signal.addEventListener('abort', end, { once: true })
  })
}
