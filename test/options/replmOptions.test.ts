/** Options of a replm as callers write them, right and wrong. */
import { describe, expect, it } from 'vitest'
import { resolveReplmOptions } from '../../src/options/replmOptions.ts'

/** What a program without types could write. */
const wrong = <T>(value: unknown): T => value as T

describe('resolveReplmOptions', () => {
  it('gives the defaults of the contract when nothing is named', () => {
    const { store, ...rest } = resolveReplmOptions({}, { XDG_DATA_HOME: '/data', LOCALAPPDATA: '/data' })
    expect(rest).toEqual({
      model: undefined,
      models: [],
      dispatch: 'auto',
      concurrency: 64,
      localConcurrency: 4,
      maxAttempts: 5,
      timeoutMs: 300_000,
      budget: { usd: Infinity, queries: Infinity, tokens: Infinity },
      containment: 'best effort',
      slowModels: [],
      spare: true,
      idleMs: 60_000,
      maxAwake: 32,
      providers: [],
      trace: undefined,
      telemetry: undefined,
    })
    expect(store).toMatch(/replm[\\/]replm\.db$/)
  })

  it('takes dispatch and model from the environment where the options name none', () => {
    const env = { REPLM_DISPATCH: 'pool', REPLM_MODEL: 'sim/echo' }
    expect(resolveReplmOptions({}, env)).toMatchObject({ dispatch: 'pool', model: 'sim/echo' })
    expect(resolveReplmOptions({ dispatch: 'async', model: 'openai/x' }, env)).toMatchObject({ dispatch: 'async', model: 'openai/x' })
    expect(resolveReplmOptions({}, { REPLM_DISPATCH: '', REPLM_MODEL: '' })).toMatchObject({ dispatch: 'auto', model: undefined })
  })

  it('names the variable of the environment that is wrong', () => {
    expect(() => resolveReplmOptions({}, { REPLM_DISPATCH: 'threads' })).toThrow(new RangeError("Expected `REPLM_DISPATCH` to be 'async', 'pool' or 'auto', got 'threads'"))
    expect(() => resolveReplmOptions({}, { REPLM_MODEL: 'gpt' })).toThrow(new RangeError("Expected `REPLM_MODEL` to be `provider/model`, such as 'openai/gpt-5-mini', got 'gpt'"))
  })

  it('treats an option that is undefined as one that is not named', () => {
    expect(resolveReplmOptions(wrong({ concurrency: undefined, dispatch: undefined }))).toMatchObject({ concurrency: 64, dispatch: 'auto' })
  })

  const provider = { name: 'shout', query: () => Promise.resolve({ text: '', usage: { inputTokens: 0, outputTokens: 0 } }) }

  it.each([
    [{ concurrency: 0 }, RangeError, 'Expected `concurrency` to be a whole number from 1 up, got 0'],
    [{ concurrency: 1.5 }, RangeError, 'Expected `concurrency` to be a whole number from 1 up, got 1.5'],
    [{ concurrency: NaN }, RangeError, 'Expected `concurrency` to be a whole number from 1 up, got NaN'],
    [{ concurrency: '8' }, TypeError, "Expected `concurrency` to be a whole number from 1 up, got '8'"],
    [{ concurrency: null }, TypeError, 'Expected `concurrency` to be a whole number from 1 up, got null'],
    [{ maxAttempts: 0 }, RangeError, 'Expected `maxAttempts` to be a whole number from 1 up, got 0'],
    [{ timeoutMs: 0 }, RangeError, 'Expected `timeoutMs` to be a number of milliseconds from 1 to 2147483647, or Infinity for no bound, got 0'],
    [{ dispatch: 'threads' }, RangeError, "Expected `dispatch` to be 'async', 'pool' or 'auto', got 'threads'"],
    [{ dispatch: 1 }, TypeError, "Expected `dispatch` to be 'async', 'pool' or 'auto', got 1"],
    [{ containment: 'none' }, RangeError, "Expected `containment` to be 'best effort' or 'required', got 'none'"],
    [{ model: 'gpt-5' }, RangeError, "Expected `model` to be `provider/model`, such as 'openai/gpt-5-mini', got 'gpt-5'"],
    [{ model: 'openai/' }, RangeError, "Expected `model` to be `provider/model`, such as 'openai/gpt-5-mini', got 'openai/'"],
    [{ models: 'openai/*' }, TypeError, "Expected `models` to be a list of `provider/model` or `provider/*`, got 'openai/*'"],
    [{ slowModels: ['openai/o3-*', '*/x'] }, RangeError, "Expected `slowModels[1]` to be `provider/model`, such as 'openai/gpt-5-mini', got '*/x'"],
    [{ slowModels: 'openai/o3' }, TypeError, "Expected `slowModels` to be a list of `provider/model`, such as 'openai/o3-*', got 'openai/o3'"],
    [{ slowModels: ['o3'] }, RangeError, "Expected `slowModels[0]` to be `provider/model`, such as 'openai/gpt-5-mini', got 'o3'"],
    [{ models: ['openai/*', '*/x'] }, RangeError, "Expected `models[1]` to be `provider/model`, such as 'openai/gpt-5-mini', got '*/x'"],
    [{ budget: 5 }, TypeError, 'Expected the options of budget to be an object, got 5'],
    [{ budget: { usd: -1 } }, RangeError, 'Expected `budget.usd` to be a number from 0 up, or Infinity for no limit, got -1'],
    [{ budget: { queries: 1.5 } }, RangeError, 'Expected `budget.queries` to be a whole number from 0 up, or Infinity for no limit, got 1.5'],
    [{ budget: { dollars: 1 } }, TypeError, 'Expected the options of budget to be among `usd`, `queries`, `tokens`, got `dollars`'],
    [{ providers: [{ name: 'a/b', query: provider.query }] }, RangeError, "Expected `providers[0].name` to be a name without spaces, `/` and `*`, got 'a/b'"],
    [{ providers: [{ name: 'a' }] }, TypeError, 'Expected `providers[0].query` to be a function, got undefined'],
    [{ providers: [provider, provider] }, RangeError, "Expected `providers` to have each name once, got 'shout' twice"],
    [{ trace: '' }, RangeError, "Expected `trace` to be a path, got ''"],
    [{ trace: 5 }, TypeError, 'Expected `trace` to be a path or {file, content}, got 5'],
    [{ trace: {} }, TypeError, 'Expected `trace.file` to be a path, got undefined'],
    [{ trace: { file: 'x', contents: true } }, TypeError, 'Expected the options of trace to be among `file`, `content`, got `contents`'],
    [{ trace: { file: 'x', content: 1 } }, TypeError, 'Expected `trace.content` to be true or false, got 1'],
    [{ telemetry: 'yes' }, TypeError, "Expected `telemetry` to be true, false or {tracer, meter, content}, got 'yes'"],
    [{ telemetry: { tracer: {} } }, TypeError, 'Expected `telemetry.tracer` to be an OpenTelemetry Tracer, got {}'],
    [{ telemetry: { meter: null } }, TypeError, 'Expected `telemetry.meter` to be an OpenTelemetry Meter, got null'],
    [{ telemetry: { spans: true } }, TypeError, 'Expected the options of telemetry to be among `tracer`, `meter`, `content`, got `spans`'],
  ])('refuses %o', (options, kind, message) => {
    const resolve = (): unknown => resolveReplmOptions(wrong(options))
    expect(resolve).toThrow(kind)
    expect(resolve).toThrow(message)
  })

  it('takes a trace and telemetry in their short forms, and leaves content out of both unless it is asked for', () => {
    expect(resolveReplmOptions({ trace: 'a.jsonl', telemetry: true })).toMatchObject({
      trace: { file: 'a.jsonl', content: false },
      telemetry: { tracer: undefined, meter: undefined, content: false },
    })
    expect(resolveReplmOptions({ trace: { file: 'a.jsonl', content: true }, telemetry: { content: true } })).toMatchObject({ trace: { content: true }, telemetry: { content: true } })
    expect(resolveReplmOptions({ telemetry: false }).telemetry).toBeUndefined()
  })

  it('refuses an option it does not know, as a misspelt one would cost money', () => {
    expect(() => resolveReplmOptions(wrong({ concurency: 4 }))).toThrow(TypeError)
    expect(() => resolveReplmOptions(wrong({ concurency: 4 }))).toThrow(/^Expected the options of openReplm to be among `model`, `models`, .*, got `concurency`$/)
  })

  it('gives what nobody can change afterwards', () => {
    const resolved = resolveReplmOptions({ models: ['a/b'], budget: { usd: 1 } })
    for (const part of [resolved, resolved.models, resolved.budget, resolved.providers]) expect(Object.isFrozen(part)).toBe(true)
  })
})
