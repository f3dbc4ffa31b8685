/** Permits, attempts, waits, deadlines and aborts, in simulated time. */
import { getEventListeners } from 'node:events'
import { beforeAll, describe, expect, it } from 'vitest'
import { ReplmError } from '../../../src/errors.ts'
import { attemptsOf } from '../../../src/host/dispatch/attempts.ts'
import { createGate } from '../../../src/host/dispatch/gate.ts'
import { createAsyncPath } from '../../../src/host/dispatch/paths/async.ts'
import { Pump } from '../../../src/host/dispatch/pump.ts'
import type { Answer, DispatchOptions, Provider, Query } from '../../../src/types.ts'
import { createManualProvider, type Attempt, type ManualProvider } from './manualProvider.ts'
import { createSimulatedTime, type SimulatedTime } from './simulatedTime.ts'

// Loading p-limit takes real time, of which simulated time knows nothing.
beforeAll(async () => {
  await createGate(1)
})

interface Setup {
  readonly concurrency?: number
  readonly maxAttempts?: number
  readonly random?: () => number
}

function openPump(provider: Provider, { concurrency = 64, maxAttempts = 5, random = () => 0 }: Setup = {}): { pump: Pump; time: SimulatedTime; ask: (prompt: string, options?: Partial<Query> & Partial<DispatchOptions>) => Promise<Answer> } {
  const time = createSimulatedTime()
  const path = createAsyncPath({ get: () => provider, isBuiltIn: () => false })
  const pump = new Pump({ provider: provider.name, model: 'm', concurrency, maxAttempts, path, random, clock: time, pricing: () => ({ kind: 'priced', usdOf: ({ inputTokens, outputTokens }) => inputTokens + 2 * outputTokens }) })
  const ask = (prompt: string, { signal = new AbortController().signal, onText, owner, onLost, ...options }: Partial<Query> & Partial<DispatchOptions> = {}): Promise<Answer> => {
    const answer = pump.dispatch({ provider: provider.name, model: 'm', prompt, timeoutMs: 300_000, timeoutIsFinal: false, ...options }, { signal, ...(onText === undefined ? {} : { onText }), ...(owner === undefined ? {} : { owner }), ...(onLost === undefined ? {} : { onLost }) })
    // The test looks at it later.
    answer.catch(() => {})
    return answer
  }
  return { pump, time, ask }
}

const failWith = (code: 'PROVIDER' | 'RATE_LIMITED' | 'AUTH', details: { retryable?: boolean; retryAfterMs?: number; status?: number } = {}) => new ReplmError(code, `Said ${code}.`, details)

/** What a promise rejects with; fails the test if it does not. */
async function reasonOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (thrown) {
    return thrown
  }
  throw new Error('resolved')
}

const flaky = (failures: number, error: () => unknown = () => failWith('PROVIDER', { retryable: true })): ManualProvider =>
  createManualProvider({ on: (attempt, index) => (index < failures ? attempt.fail(error()) : attempt.answer()) })

describe('an attempt whose cost nobody says', () => {
  const counted = (): { readonly onLost: () => void; readonly lost: () => number } => {
    let lost = 0
    return { onLost: () => void (lost += 1), lost: () => lost }
  }

  it('is one that an abort ends, told before the question is rejected', async () => {
    const provider = createManualProvider()
    const { time, ask } = openPump(provider)
    const { onLost, lost } = counted()
    const controller = new AbortController()
    const answer = ask('x', { signal: controller.signal, onLost })
    await time.advance(10)
    controller.abort('left')
    expect(lost()).toBe(1)
    expect(await reasonOf(answer)).toBe('left')
    await time.advance(5_000)
    expect(lost()).toBe(1)
  })

  it('is each one that a deadline ends', async () => {
    const { time, ask } = openPump(createManualProvider(), { maxAttempts: 3 })
    const { onLost, lost } = counted()
    expect(await reasonOf(time.run(ask('x', { timeoutMs: 100, onLost })))).toMatchObject({ code: 'TIMEOUT' })
    expect(lost()).toBe(3)
  })

  it('is no failed one, none that was answered, and none that was not sent', async () => {
    const { onLost, lost } = counted()
    const failing = openPump(flaky(4))
    await failing.time.run(failing.ask('x', { onLost }))
    const { time, ask } = openPump(createManualProvider(), { concurrency: 1 })
    ask('first')
    const controller = new AbortController()
    const second = ask('second', { signal: controller.signal, onLost })
    await time.advance(10)
    controller.abort('left')
    expect(await reasonOf(second)).toBe('left')
    expect(lost()).toBe(0)
  })

  it('ends its question where there is no room for it and another one', async () => {
    const { time, ask } = openPump(createManualProvider())
    const refusal = new ReplmError('BUDGET', 'No room.')
    const onLost = (): never => {
      throw refusal
    }
    expect(await reasonOf(time.run(ask('x', { timeoutMs: 100, onLost })))).toBe(refusal)
  })
})

describe('an answer', () => {
  it('carries text, usage with its price, finish reason and times', async () => {
    const provider = createManualProvider()
    const { time, ask } = openPump(provider)
    const answer = ask('hello', { system: 's', maxTokens: 9 })
    await time.advance(700)
    provider.attempts[0]?.answer('hi')
    expect(await answer).toEqual({ text: 'hi', usage: { inputTokens: 10, outputTokens: 5, usd: 20 }, finishReason: 'stop', queueMs: 0, llmMs: 700, attempts: 1, path: 'async' })
  })

  it('counts waits and failed attempts as queueMs, and the attempt that answered as llmMs', async () => {
    const provider = createManualProvider()
    const { time, ask } = openPump(provider)
    const answer = ask('x')
    await time.advance(100)
    provider.attempts[0]?.fail(failWith('PROVIDER', { retryable: true }))
    await time.advance(250)
    await time.advance(40)
    provider.attempts[1]?.answer()
    expect(await answer).toMatchObject({ queueMs: 350, llmMs: 40, attempts: 2 })
  })

  it('counts the tokens that failed attempts are known to have cost', async () => {
    const { time, ask } = openPump(flaky(2, () => new ReplmError('PROVIDER', 'cut', { retryable: true, usage: { inputTokens: 100, outputTokens: 1 } })))
    expect((await time.run(ask('x'))).usage).toEqual({ inputTokens: 210, outputTokens: 7, usd: 20 + 2 * 102 })
  })

  it('comes from a provider that is told only what concerns it', async () => {
    const provider = createManualProvider({ on: (attempt) => attempt.answer() })
    const { time, ask } = openPump(provider)
    await time.run(ask('x', { temperature: 0 }))
    expect(provider.attempts[0]?.query).toEqual({ model: 'm', prompt: 'x', temperature: 0 })
  })

  it.each([
    ['nothing', undefined, /without `text`/],
    ['no text', { usage: { inputTokens: 1, outputTokens: 1 } }, /without `text`/],
    ['no usage', { text: 'x' }, /without `usage`/],
    ['negative usage', { text: 'x', usage: { inputTokens: -1, outputTokens: 1 } }, /without `usage`/],
    ['usage that is no number', { text: 'x', usage: { inputTokens: NaN, outputTokens: 1 } }, /without `usage`/],
  ])('with %s is PROVIDER and not asked again', async (_what, given, message) => {
    let asked = 0
    const provider: Provider = { name: 'odd', query: () => ((asked += 1), Promise.resolve(given as never)) }
    const { time, ask } = openPump(provider)
    expect(await reasonOf(time.run(ask('x')))).toMatchObject({ code: 'PROVIDER', message: expect.stringMatching(message) })
    expect(asked).toBe(1)
  })
})

describe('attempts', () => {
  it('are made again after 250 ms, 500 ms, 1 s and 2 s, five in all', async () => {
    const provider = flaky(99)
    const { time, ask } = openPump(provider)
    const error = await reasonOf(time.run(ask('x')))
    expect(time.asked.filter((ms) => ms !== 300_000)).toEqual([250, 500, 1_000, 2_000])
    expect(provider.attempts).toHaveLength(5)
    expect(error).toMatchObject({ code: 'PROVIDER', message: 'Said PROVIDER (attempt 5 of 5).', retryable: true })
    expect(attemptsOf(error)).toBe(5)
  })

  it('wait with positive jitter', async () => {
    const { time, ask } = openPump(flaky(2), { random: () => 0.8 })
    await time.run(ask('x'))
    expect(time.asked.filter((ms) => ms !== 300_000)).toEqual([300, 600])
  })

  it('wait as long as the server asked', async () => {
    const { time, ask } = openPump(flaky(1, () => failWith('RATE_LIMITED', { retryable: true, retryAfterMs: 59_000 })))
    expect(await time.run(ask('x'))).toMatchObject({ attempts: 2, queueMs: 59_000 })
  })

  it('end where the server asks for more than a minute, with its error and the reason', async () => {
    const provider = flaky(9, () => failWith('RATE_LIMITED', { retryable: true, retryAfterMs: 61_000, status: 429 }))
    const { time, ask } = openPump(provider)
    const error = await reasonOf(time.run(ask('x')))
    expect(error).toMatchObject({ code: 'RATE_LIMITED', status: 429, retryAfterMs: 61_000, message: 'Said RATE_LIMITED (it asks to wait 61 s, and the longest wait is 60 s).' })
    expect(attemptsOf(error)).toBe(1)
  })

  it('are not repeated where the provider says that it does not help, and its error is given as it is', async () => {
    const thrown = failWith('AUTH', { status: 401 })
    const provider = flaky(9, () => thrown)
    const { time, ask } = openPump(provider)
    const error = await reasonOf(time.run(ask('x')))
    expect(error).toBe(thrown)
    expect(attemptsOf(error)).toBe(1)
    expect(provider.attempts).toHaveLength(1)
  })

  it.each([
    ['an Error', new TypeError('boom'), 'boom'],
    ['a string', 'boom', 'boom'],
    ['null', null, 'null'],
  ])('that end with %s of the provider are PROVIDER, with the cause, and not repeated', async (_what, thrown, message) => {
    const provider = flaky(9, () => thrown)
    const { time, ask } = openPump(provider)
    expect(await reasonOf(time.run(ask('x')))).toMatchObject({ code: 'PROVIDER', message, cause: thrown })
    expect(provider.attempts).toHaveLength(1)
  })

  it('may throw before they return a promise', async () => {
    const provider: Provider = {
      name: 'sync',
      query: () => {
        throw new Error('at once')
      },
    }
    const { pump, time, ask } = openPump(provider, { concurrency: 1 })
    expect(await reasonOf(time.run(ask('x')))).toMatchObject({ code: 'PROVIDER', message: 'at once' })
    expect(pump.idle).toBe(true)
    expect(time.pending).toBe(0)
  })

  it.each<[string, unknown]>([
    ['an object without a prototype', Object.create(null)],
    ['a symbol', Symbol('x')],
    ['what fails to be a text', { toString: () => { throw new Error('inner') } }],
    ['an error that hides its message', Object.defineProperty(new Error('x'), 'message', { get: () => { throw new Error('inner') } })],
    ['a proxy that answers nothing', new Proxy({}, { get: () => { throw new Error('inner') }, getPrototypeOf: () => { throw new Error('inner') } })],
  ])('may throw %s', async (_, thrown) => {
    const { pump, time, ask } = openPump({ name: 'odd', query: () => Promise.reject(thrown) })
    expect(await reasonOf(time.run(ask('x')))).toMatchObject({ code: 'PROVIDER', message: expect.stringMatching(/./) })
    expect(pump.idle).toBe(true)
  })

  it('are announced as they are sent', async () => {
    const { pump, time } = openPump(flaky(2))
    const sent: number[] = []
    await time.run(pump.dispatch({ provider: 'manual', model: 'm', prompt: 'x', timeoutMs: 1, timeoutIsFinal: false }, { signal: new AbortController().signal, onSend: (attempt) => sent.push(attempt) }))
    expect(sent).toEqual([1, 2, 3])
  })

  it('of one question are told apart from those of another that fails with the same error object', async () => {
    const shared = failWith('PROVIDER', { retryable: true })
    const provider = createManualProvider({ on: (attempt) => attempt.fail(shared) })
    const { time, ask } = openPump(provider, { maxAttempts: 2 })
    const errors = await Promise.all([reasonOf(time.run(ask('a'))), reasonOf(time.run(ask('b')))])
    expect(errors.map(attemptsOf)).toEqual([2, 2])
    expect(errors[0]).not.toBe(errors[1])
  })
})

describe('a deadline', () => {
  it('bounds one attempt, aborts it, and the question is asked again', async () => {
    const provider = createManualProvider({ on: (attempt, index) => index === 1 && attempt.answer() })
    const { time, ask } = openPump(provider)
    expect(await time.run(ask('x', { timeoutMs: 1_000 }))).toMatchObject({ attempts: 2, queueMs: 1_250 })
    expect(provider.attempts[0]?.signal.reason).toMatchObject({ code: 'TIMEOUT' })
    expect(provider.attempts[1]?.signal.aborted).toBe(false)
  })

  it('that the caller set is final', async () => {
    const provider = createManualProvider()
    const { time, ask } = openPump(provider)
    const error = await reasonOf(time.run(ask('x', { timeoutMs: 50, timeoutIsFinal: true })))
    expect(error).toMatchObject({ code: 'TIMEOUT', retryable: false, message: expect.stringContaining('manual/m did not answer within 50 ms') })
    expect(attemptsOf(error)).toBe(1)
    expect(provider.attempts).toHaveLength(1)
  })

  it('holds for a provider that does not heed its signal, and that keeps its permit for a second at the most', async () => {
    let asked = 0
    const deaf: Provider = { name: 'deaf', query: () => ((asked += 1), new Promise(() => {})) }
    const { pump, time, ask } = openPump(deaf, { concurrency: 1 })
    expect(await reasonOf(time.run(ask('x', { timeoutMs: 10, timeoutIsFinal: true })))).toMatchObject({ code: 'TIMEOUT' })
    const next = reasonOf(ask('y', { timeoutMs: 10, timeoutIsFinal: true }))
    await time.advance(1_049)
    expect(asked).toBe(1)
    await time.advance(1)
    expect(asked).toBe(2)
    expect(await time.run(next)).toMatchObject({ code: 'TIMEOUT' })
    await time.advance(1_050)
    expect(pump.idle).toBe(true)
    expect(time.pending).toBe(0)
  })

  it('is followed by the next attempt only when the provider has let go of the last one', async () => {
    const letGo: (() => void)[] = []
    let open = 0
    let maxOpen = 0
    const slow: Provider = {
      name: 'slow',
      query: () =>
        new Promise((_resolve, reject) => {
          open += 1
          maxOpen = Math.max(maxOpen, open)
          letGo.push(() => {
            open -= 1
            reject(new Error('closed'))
          })
        }),
    }
    const { time, ask } = openPump(slow, { maxAttempts: 2 })
    const asked = reasonOf(ask('x', { timeoutMs: 10 }))
    await time.advance(10 + 250 + 400)
    expect(letGo).toHaveLength(1)
    letGo[0]?.()
    await time.settle()
    expect(letGo).toHaveLength(2)
    expect(await time.run(asked)).toMatchObject({ code: 'TIMEOUT' })
    expect(maxOpen).toBe(1)
  })

  it('starts with the send, not in the queue', async () => {
    const provider = createManualProvider()
    const { time, ask } = openPump(provider, { concurrency: 1 })
    const first = ask('a', { timeoutMs: 1_000 })
    const second = ask('b', { timeoutMs: 1_000 })
    await time.advance(900)
    provider.attempts[0]?.answer()
    await time.advance(900)
    provider.attempts[1]?.answer()
    expect([await first, await second].map(({ queueMs, llmMs }) => [queueMs, llmMs])).toEqual([[0, 900], [900, 900]])
  })

  it('leaves no timer behind an answer', async () => {
    const { time, ask } = openPump(flaky(0))
    await time.run(ask('x'))
    expect(time.pending).toBe(0)
  })
})

describe('permits', () => {
  it('are never more than the bound, and are handed out in order', async () => {
    const provider = createManualProvider()
    const { pump, time, ask } = openPump(provider, { concurrency: 3 })
    const answers = Promise.all(Array.from({ length: 10 }, (_, index) => ask(String(index))))
    await time.settle()
    expect(pump.state).toEqual({ model: 'manual/m', active: 3, waiting: 7, limit: 3, answered: { async: 0, pool: 0 } })
    for (let index = 0; index < 10; index += 1) {
      provider.attempts[index]?.answer()
      await time.settle()
    }
    expect((await answers).map((answer) => answer.text)).toEqual(Array.from({ length: 10 }, (_, index) => String(index)))
    expect(provider.attempts.map(({ query }) => query.prompt)).toEqual(Array.from({ length: 10 }, (_, index) => String(index)))
    expect(provider.maxOpen).toBe(3)
    expect(pump.idle).toBe(true)
  })

  it('are kept while a question waits for its next attempt, so that a server in trouble does not meet the whole line', async () => {
    const provider = createManualProvider({ on: (attempt) => attempt.fail(failWith('PROVIDER', { retryable: true })) })
    const { time, ask } = openPump(provider, { concurrency: 4 })
    const all = Promise.allSettled(Array.from({ length: 100 }, () => ask('x')))
    await time.advance(249)
    expect(provider.attempts).toHaveLength(4)
    await time.advance(1)
    expect(provider.attempts).toHaveLength(8)
    await time.run(all)
  })
})

describe('a reply in pieces', () => {
  type Stream = NonNullable<Provider['stream']>
  const usage = { inputTokens: 10, outputTokens: 5 }
  const open = (stream: Stream, options?: Setup) => {
    const pieces: string[] = []
    const opened = openPump({ name: 'manual', pricing: 'free', query: () => Promise.reject(new Error('asked for the whole')), stream }, options)
    const read = (more: Partial<Query> & { signal?: AbortSignal; onText?: (text: string) => void } = {}): Promise<Answer> => opened.ask('x', { onText: (text) => void pieces.push(text), ...more })
    return { ...opened, pieces, read }
  }

  it('that fails before the first piece is asked for again', async () => {
    let asked = 0
    const { time, read, pieces } = open(async function* () {
      asked += 1
      if (asked === 1) throw failWith('PROVIDER', { retryable: true })
      yield 'a'
      yield 'b'
      return { text: 'ab', usage }
    })
    expect(await time.run(read())).toMatchObject({ text: 'ab', attempts: 2 })
    expect(pieces).toEqual(['a', 'b'])
  })

  it('that fails after a piece is not: what was read cannot be taken back', async () => {
    let asked = 0
    const { time, read, pieces } = open(async function* () {
      asked += 1
      yield 'a'
      throw failWith('PROVIDER', { retryable: true })
    })
    expect(await reasonOf(time.run(read()))).toMatchObject({ code: 'PROVIDER', message: 'Said PROVIDER (a part of its reply was given out before, so it was not asked again).' })
    expect([asked, pieces]).toEqual([1, ['a']])
  })

  it('is bounded in time from the send to the last byte, however steadily the pieces come, and as long as that allows', async () => {
    let over = 0
    const setup = open(async function* (_query, { signal }) {
      for (;;) {
        yield '.'
        await new Promise<void>((resolve) => setup.time.after(40_000, resolve))
        if (signal.aborted) over += 1
      }
    })
    expect(await reasonOf(setup.time.run(setup.read({ timeoutMs: 1_000_000, timeoutIsFinal: true })))).toMatchObject({ code: 'TIMEOUT' })
    expect(setup.pieces).toHaveLength(25)
    await setup.time.advance(40_000)
    // The generator was ended, not left running.
    expect([over, setup.pieces.length, setup.time.pending]).toEqual([1, 25, 0])
  })

  it('gives nothing after an abort, also when the provider does not heed its signal', async () => {
    const controller = new AbortController()
    let ended = false
    const setup = open(async function* () {
      try {
        for (;;) {
          yield '.'
          await new Promise<void>((resolve) => setup.time.after(10, resolve))
        }
      } finally {
        ended = true
      }
    })
    const asked = reasonOf(setup.read({ signal: controller.signal }))
    await setup.time.advance(25)
    controller.abort('enough')
    expect(await asked).toBe('enough')
    await setup.time.advance(1_000)
    expect([setup.pieces.length, ended, setup.pump.idle]).toEqual([3, true, true])
  })

  it('with a piece that is no text is PROVIDER', async () => {
    const { time, read } = open(async function* () {
      yield 7 as never
      return { text: '', usage }
    })
    expect(await reasonOf(time.run(read()))).toMatchObject({ code: 'PROVIDER', message: expect.stringContaining('no text') })
  })

  it('whose reader throws ends with what that threw', async () => {
    const { time, read, pump } = open(async function* () {
      yield 'a'
      return { text: 'a', usage }
    })
    const thrown = new Error('reader')
    expect(await reasonOf(time.run(read({ onText: () => { throw thrown } })))).toBe(thrown)
    await time.advance(2_000)
    expect(pump.idle).toBe(true)
  })

  it('is one piece where the provider cannot stream, and none where that is empty', async () => {
    const provider = createManualProvider({ on: (attempt, index) => attempt.answer(index === 0 ? 'whole' : '') })
    const { time, ask } = openPump(provider)
    const pieces: string[] = []
    await time.run(ask('x', { onText: (text) => void pieces.push(text) }))
    await time.run(ask('x', { onText: (text) => void pieces.push(text) }))
    expect(pieces).toEqual(['whole'])
  })
})

describe('an abort', () => {
  const reason = { any: 'value' }

  it('before the question rejects with the reason and asks nobody', async () => {
    const provider = createManualProvider()
    const { time, ask } = openPump(provider)
    expect(await reasonOf(ask('x', { signal: AbortSignal.abort(reason) }))).toBe(reason)
    await time.settle()
    expect(provider.attempts).toHaveLength(0)
  })

  it('in the queue rejects with the reason at once, and the next in line is asked', async () => {
    const provider = createManualProvider()
    const { time, ask } = openPump(provider, { concurrency: 1 })
    const controller = new AbortController()
    const first = ask('first')
    const queued = ask('queued', { signal: controller.signal })
    const last = ask('last')
    await time.settle()
    controller.abort(reason)
    expect(await reasonOf(queued)).toBe(reason)
    provider.attempts[0]?.answer()
    await first
    await time.settle()
    provider.attempts[1]?.answer()
    expect((await last).text).toBe('last')
    expect(provider.attempts).toHaveLength(2)
  })

  it('while it waits for its next attempt rejects with the reason and frees the permit', async () => {
    const provider = createManualProvider({ on: (attempt, index) => (index === 0 ? attempt.fail(failWith('PROVIDER', { retryable: true })) : attempt.answer()) })
    const { time, ask } = openPump(provider, { concurrency: 1 })
    const controller = new AbortController()
    const waiting = ask('waiting', { signal: controller.signal })
    const next = ask('next')
    await time.settle()
    controller.abort(reason)
    expect(await reasonOf(waiting)).toBe(reason)
    await time.settle()
    expect((await next).text).toBe('next')
    expect(time.now()).toBe(0)
    expect(time.pending).toBe(0)
  })

  it('in flight rejects with the reason, aborts the attempt, and frees the permit once the server can have seen it', async () => {
    const provider = createManualProvider()
    const { pump, time, ask } = openPump(provider, { concurrency: 1 })
    const controller = new AbortController()
    const flying = ask('flying', { signal: controller.signal })
    const next = ask('next')
    await time.settle()
    controller.abort(reason)
    expect(await reasonOf(flying)).toBe(reason)
    expect(provider.attempts[0]?.signal).toMatchObject({ aborted: true, reason })
    await time.settle()
    expect(provider.attempts).toHaveLength(1)
    await time.advance(50)
    provider.attempts[1]?.answer()
    expect((await next).text).toBe('next')
    await time.settle()
    expect(pump.idle).toBe(true)
  })

  it('of a signal that many share ends all of them, and leaves no listener on it', async () => {
    const provider = createManualProvider()
    const { time, ask } = openPump(provider, { concurrency: 8 })
    const controller = new AbortController()
    const asked = Array.from({ length: 500 }, () => ask('x', { signal: controller.signal }))
    await time.settle()
    controller.abort(reason)
    expect(new Set(await Promise.all(asked.map(reasonOf)))).toEqual(new Set([reason]))
    expect(provider.attempts).toHaveLength(8)
    expect(provider.open).toBe(0)
  })

  it('after the answer changes nothing, and nothing is left on the signal', async () => {
    const controller = new AbortController()
    const { time, ask } = openPump(flaky(1))
    await time.run(ask('x', { signal: controller.signal }))
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  })
})

describe('the end of a pump', () => {
  it('rejects what is queued, waiting or in flight, and nothing is sent afterwards', async () => {
    const sent: Attempt[] = []
    const provider = createManualProvider({ on: (attempt, index) => (sent.push(attempt), index === 0 && attempt.fail(failWith('PROVIDER', { retryable: true }))) })
    const { pump, time, ask } = openPump(provider, { concurrency: 2 })
    const asked = [ask('waits'), ask('flies'), ask('queued')]
    await time.settle()
    const closed = new ReplmError('DISPOSED', 'closed')
    pump.close(closed)
    expect(await Promise.all(asked.map(reasonOf))).toEqual([closed, closed, closed])
    await time.advance(60_000)
    expect(sent).toHaveLength(2)
    expect(pump.idle).toBe(true)
  })
})

it('a provider that cannot be had rejects its questions with CONFIG, and is looked for again with the next one', async () => {
  const provider = flaky(0)
  const time = createSimulatedTime()
  let there = false
  const get = (): Provider => {
    if (!there) throw new ReplmError('CONFIG', 'There is no such provider')
    return provider
  }
  const pump = new Pump({ provider: 'late', model: 'm', concurrency: 1, maxAttempts: 5, path: createAsyncPath({ get, isBuiltIn: () => false }), random: () => 0, clock: time, pricing: () => ({ kind: 'stated' }) })
  const ask = (): Promise<Answer> => pump.dispatch({ provider: 'late', model: 'm', prompt: 'x', timeoutMs: 1, timeoutIsFinal: false }, { signal: new AbortController().signal })
  const errors = await Promise.all([reasonOf(ask()), reasonOf(ask())])
  expect(errors).toMatchObject([{ code: 'CONFIG' }, { code: 'CONFIG' }])
  expect(errors.map(attemptsOf)).toEqual([0, 0])
  there = true
  expect(await time.run(ask())).toMatchObject({ text: 'x', usage: { usd: null } })
})

describe('a refusal', () => {
  it.each([
    ['429 with Retry-After', failWith('RATE_LIMITED', { retryable: true, retryAfterMs: 7_000, status: 429 }), 7_000],
    ['429 without a time', failWith('RATE_LIMITED', { retryable: true, status: 429 }), 250],
    ['529 with Retry-After', failWith('PROVIDER', { retryable: true, retryAfterMs: 3_000, status: 529 }), 3_000],
    ['503 with Retry-After', failWith('PROVIDER', { retryable: true, retryAfterMs: 2_000, status: 503 }), 2_000],
  ])('%s pauses every question, also those that come after it', async (_what, error, ms) => {
    const provider = createManualProvider({ on: (attempt, index) => (index === 0 ? attempt.fail(error) : attempt.answer()) })
    const { time, ask } = openPump(provider)
    const first = ask('first')
    await time.settle()
    const later = ask('later')
    await time.advance(ms - 1)
    expect(provider.attempts).toHaveLength(1)
    expect(await time.run(Promise.all([first, later]))).toMatchObject([{ attempts: 2 }, { attempts: 1 }])
    expect(time.pending).toBe(0)
  })

  it('pauses longer than the server asked, never shorter', async () => {
    const { time, ask } = openPump(flaky(1, () => failWith('RATE_LIMITED', { retryable: true, retryAfterMs: 10_000 })), { random: () => 1 })
    expect(await time.run(ask('x'))).toMatchObject({ queueMs: 12_500 })
  })

  it('that is no refusal of the server but a failure pauses its own question only', async () => {
    const provider = createManualProvider({ on: (attempt, index) => (index === 0 ? attempt.fail(failWith('PROVIDER', { retryable: true, status: 500 })) : attempt.answer()) })
    const { time, ask } = openPump(provider)
    const first = ask('first')
    await time.settle()
    expect(await ask('second')).toMatchObject({ queueMs: 0 })
    await time.run(first)
  })

  it('leaves nothing behind when all questions are aborted in the pause', async () => {
    const provider = flaky(99, () => failWith('RATE_LIMITED', { retryable: true, retryAfterMs: 50_000 }))
    const { time, pump, ask } = openPump(provider)
    const controller = new AbortController()
    const asked = Array.from({ length: 100 }, () => ask('x', { signal: controller.signal }))
    await time.advance(10)
    controller.abort('enough')
    expect(new Set(await Promise.all(asked.map(reasonOf)))).toEqual(new Set(['enough']))
    await time.settle()
    expect([time.pending, pump.idle]).toEqual([0, true])
  })
})

describe('a server that answers nobody', () => {
  const down = (): ReplmError => failWith('PROVIDER', { retryable: true, status: 502 })

  it('is given up after 15 s: those who wait are told why, and it was not asked by all of them', async () => {
    const provider = flaky(Infinity, down)
    const { time, ask } = openPump(provider, { concurrency: 8 })
    const errors = await time.run(Promise.all(Array.from({ length: 1_000 }, () => reasonOf(ask('x')))))
    expect(time.now()).toBeGreaterThan(14_000)
    expect(time.now()).toBeLessThan(20_000)
    expect(provider.attempts.length).toBeLessThan(100)
    expect(errors.at(-1)).toMatchObject({ code: 'PROVIDER', status: 502, retryable: true, message: expect.stringMatching(/^manual\/m is not asked now: the last \d+ attempts in a row failed, the last one so: Said PROVIDER. It is tried again in \d+ s.$/) })
    expect(attemptsOf(errors.at(-1))).toBe(0)
    // A new one is told at once.
    const before = time.now()
    expect(await reasonOf(time.run(ask('x')))).toMatchObject({ message: expect.stringContaining('is not asked now') })
    expect(time.now()).toBe(before)
  })

  it('is tried again with one question, and asked by all once that is answered', async () => {
    let isDown = true
    const provider = createManualProvider({ on: (attempt) => (isDown ? attempt.fail(down()) : undefined) })
    const { time, ask } = openPump(provider, { concurrency: 8 })
    await time.run(Promise.allSettled(Array.from({ length: 20 }, () => ask('x'))))
    isDown = false
    await time.advance(60_000)
    const before = provider.attempts.length
    const asked = Array.from({ length: 5 }, () => ask('y'))
    await time.settle()
    expect(provider.attempts.length - before).toBe(1)
    provider.attempts.at(-1)?.answer()
    await time.settle()
    expect(provider.attempts.length - before).toBe(5)
    for (const attempt of provider.attempts.slice(before)) attempt.answer()
    expect(await time.run(Promise.all(asked))).toHaveLength(5)
  })

  it('and comes back within 15 s loses no question that had not used up its attempts', async () => {
    const provider: Provider = { name: 'manual', pricing: 'free', query: () => (setup.time.now() < 9_000 ? Promise.reject(down()) : Promise.resolve({ text: 'back', usage: { inputTokens: 1, outputTokens: 1 } })) }
    const setup = openPump(provider, { concurrency: 8 })
    const settled = await setup.time.run(Promise.allSettled(Array.from({ length: 500 }, () => setup.ask('x'))))
    expect(settled.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(490)
  })

  it('because of a wrong key is not asked by all', async () => {
    const provider = flaky(Infinity, () => failWith('AUTH', { status: 401 }))
    const { time, ask } = openPump(provider, { concurrency: 4 })
    const errors = await time.run(Promise.all(Array.from({ length: 1_000 }, () => reasonOf(ask('x')))))
    expect(provider.attempts.length).toBeLessThan(20)
    expect(errors.at(-1)).toMatchObject({ code: 'AUTH', message: expect.stringContaining('is not asked now') })
  })

  it('but for some is asked on: one answer in between is enough', async () => {
    const provider = createManualProvider({ on: (attempt, index) => (index % 8 === 0 ? attempt.answer() : attempt.fail(failWith('AUTH', { status: 401 }))) })
    const { time, ask } = openPump(provider, { concurrency: 1 })
    const errors = await time.run(Promise.allSettled(Array.from({ length: 90 }, () => ask('x'))))
    expect(provider.attempts.length).toBeGreaterThanOrEqual(80)
    expect(errors.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(5)
  })
})

it('a single question is not starved by a batch of 100,000, and that leaves nothing behind', async () => {
  let answered = 0
  const provider = createManualProvider({ on: (attempt) => ((answered += 1), attempt.answer()) })
  const { pump, time } = openPump(provider, { concurrency: 8 })
  const query: Query = { provider: 'manual', model: 'm', prompt: 'x', timeoutMs: 300_000, timeoutIsFinal: false }
  const [batch, other, owner] = [new AbortController(), new AbortController(), {}]
  const all = Array.from({ length: 100_000 }, () => pump.dispatch(query, { signal: batch.signal, owner }))
  const single = pump.dispatch(query, { signal: other.signal, owner })
  await single
  expect(answered).toBeLessThan(100)
  await Promise.all(all)
  await time.settle()
  expect([pump.idle, time.pending, getEventListeners(batch.signal, 'abort').length]).toEqual([true, 0, 0])
})
