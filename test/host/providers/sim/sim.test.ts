import { describe, expect, test, vi } from 'vitest'
import { createSim } from '../../../../src/host/providers/sim/sim.ts'
import type { ProviderQuery } from '../../../../src/types.ts'

const { signal } = new AbortController()
const ask = (model: string, query: Partial<ProviderQuery> = {}, attempt?: number) =>
  createSim().query({ model, prompt: 'hello', ...query }, { signal, ...(attempt === undefined ? {} : { attempt }) })

/** What each of `count` prompts meets: its error's code and status, or its text. */
async function fates(model: string, count: number, attempt = 1): Promise<string[]> {
  const sim = createSim()
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      try {
        return (await sim.query({ model, prompt: `p${index}` }, { signal, attempt })).text
      } catch (error) {
        const { code, status, retryable } = error as { code: string; status?: number; retryable: boolean }
        return `${code} ${status} ${retryable}`
      }
    }),
  )
}

describe('sim/echo', () => {
  test('answers with the prompt, free, counting tokens as bytes / 4', async () => {
    await expect(ask('echo', { prompt: 'schön', system: 'xx' })).resolves.toEqual({ text: 'schön', usage: { inputTokens: 2, outputTokens: 2 }, finishReason: 'stop' })
    expect(createSim().pricing).toBe('free')
  })

  test('ends before a stop sequence', async () => {
    await expect(ask('echo', { prompt: 'one END two STOP', stop: ['STOP', 'END', ''] })).resolves.toMatchObject({ text: 'one ', finishReason: 'stop' })
  })

  test('ends after the tokens that were asked for, never inside of a character', async () => {
    await expect(ask('echo', { prompt: 'aaa👋👋👋', maxTokens: 2 })).resolves.toMatchObject({ text: 'aaa👋', usage: { outputTokens: 2 }, finishReason: 'length' })
    await expect(ask('echo', { prompt: 'aaaa', maxTokens: 1 })).resolves.toMatchObject({ text: 'aaaa', finishReason: 'stop' })
  })
})

test('the models are listed, and another name is CONFIG', async () => {
  await expect(createSim().models!({ signal })).resolves.toEqual([{ id: 'echo' }, { id: 'extract' }, { id: 'oracle' }])
  await expect(ask('gpt')).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringContaining('sim/echo, sim/extract, sim/oracle') })
  await expect(ask('constructor')).rejects.toMatchObject({ code: 'CONFIG' })
})

describe('time', () => {
  test('latency and speed are waited for', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      let done = false
      const asked = ask('echo?latencyMs=200&tokensPerSecond=10', { prompt: 'x'.repeat(40) }).then(() => (done = true))
      await vi.advanceTimersByTimeAsync(1_199)
      expect(done).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      await asked
    } finally {
      vi.useRealTimers()
    }
  })

  test.each([
    ['uniform', 0.5, 1.5],
    ['lognormal', 0.02, 50],
    ['exponential', 0, 30],
  ])('%s latency spreads around what is asked for', async (jitter, low, high) => {
    const waits: number[] = []
    const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms: number) => {
      waits.push(ms)
      queueMicrotask(run)
      return 0
    }) as never)
    try {
      await fates(`echo?latencyMs=1000&jitter=${jitter}`, 500)
    } finally {
      spy.mockRestore()
    }
    const sorted = waits.toSorted((a, b) => a - b)
    expect(new Set(waits).size).toBeGreaterThan(400)
    expect(sorted[0]).toBeGreaterThanOrEqual(low * 1_000)
    expect(sorted.at(-1)).toBeLessThanOrEqual(high * 1_000)
    const median = jitter === 'exponential' ? Math.LN2 : 1
    expect(sorted[250]! / 1_000).toBeGreaterThan(median * 0.85)
    expect(sorted[250]! / 1_000).toBeLessThan(median * 1.15)
  })

  test('an abort ends the wait with the reason of the signal', async () => {
    const controller = new AbortController()
    const reason = { why: 'enough' }
    const waits = createSim().query({ model: 'echo?latencyMs=100000', prompt: 'p' }, { signal: controller.signal })
    const writes = createSim().query({ model: 'echo?tokensPerSecond=0.001', prompt: 'p' }, { signal: controller.signal })
    const silent = createSim().query({ model: 'echo?failSilence=1', prompt: 'p' }, { signal: controller.signal })
    setImmediate(() => controller.abort(reason))
    for (const asked of [waits, writes, silent]) await expect(asked).rejects.toBe(reason)
    await expect(createSim().query({ model: 'echo', prompt: 'p' }, { signal: controller.signal })).rejects.toBe(reason)
  })
})

describe('faults', () => {
  test.each([
    ['fail429', 'RATE_LIMITED 429 true'],
    ['fail500', 'PROVIDER 500 true'],
    ['failReset', 'PROVIDER undefined true'],
    ['failGarbage', 'PROVIDER undefined true'],
    ['failRefusal', 'REFUSED undefined false'],
  ])('%s=1 fails each attempt', async (fault, fate) => {
    expect(new Set(await fates(`echo?${fault}=1`, 20))).toEqual(new Set([fate]))
  })

  test('their shares are met, each prompt by its own', async () => {
    const met = await fates('echo?fail429=0.1&fail500=0.2&seed=7', 2_000)
    const share = (fate: string): number => met.filter((one) => one === fate).length / met.length
    expect(share('RATE_LIMITED 429 true')).toBeGreaterThan(0.07)
    expect(share('RATE_LIMITED 429 true')).toBeLessThan(0.13)
    expect(share('PROVIDER 500 true')).toBeGreaterThan(0.17)
    expect(share('PROVIDER 500 true')).toBeLessThan(0.23)
  })

  test('are the same for the same seed, prompt and attempt, and others for another of them', async () => {
    const model = 'echo?fail500=0.5&seed=7'
    const first = await fates(model, 200)
    expect(await fates(model, 200)).toEqual(first)
    expect(await fates(model, 200, 2)).not.toEqual(first)
    expect(await fates('echo?fail500=0.5&seed=8', 200)).not.toEqual(first)
  })

  test('an attempt that comes without a number is counted by its prompt', async () => {
    const sim = createSim()
    const query = { model: 'echo?fail500=0.5', prompt: 'p' }
    const counted = []
    const numbered = []
    for (let attempt = 1; attempt <= 20; attempt += 1) {
      counted.push(
        await sim.query(query, { signal }).then(
          () => 'ok',
          () => 'failed',
        ),
      )
      numbered.push(
        await sim.query(query, { signal, attempt }).then(
          () => 'ok',
          () => 'failed',
        ),
      )
    }
    expect(counted).toEqual(numbered)
    expect(new Set(counted).size).toBe(2)
  })

  test('a 429 asks to wait as long as it is told to', async () => {
    await expect(ask('echo?fail429=1&retryAfterMs=70')).rejects.toMatchObject({ retryAfterMs: 70 })
    await expect(ask('echo?fail429=1')).rejects.toMatchObject({ retryAfterMs: undefined })
  })
})

test.each([
  ['echo?latency=5', 'latencyMs'],
  ['echo?latencyMs=-1', 'latencyMs'],
  ['echo?latencyMs=fast', 'latencyMs'],
  ['echo?latencyMs=', 'latencyMs'],
  ['echo?jitter=gaussian', 'lognormal'],
  ['echo?fail429=1.5', 'fail429'],
  ['echo?fail429=0.6&fail500=0.6', 'add up'],
  ['echo?tokensPerSecond=0', 'tokensPerSecond'],
])('%s is CONFIG and says %s', async (model, said) => {
  await expect(ask(model)).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringContaining(said) })
})

describe('a stream', () => {
  async function read(model: string, query: Partial<ProviderQuery> = {}, own = signal): Promise<{ pieces: string[]; answer: unknown }> {
    const stream = createSim().stream!({ model, prompt: 'hello', ...query }, { signal: own })
    const pieces: string[] = []
    for (;;) {
      const { done, value } = await stream.next()
      if (done === true) return { pieces, answer: value }
      pieces.push(value)
    }
  }

  test('comes in words, and returns what the question would be answered with', async () => {
    const query = { prompt: '  one two\n\nthree  👋 END four', stop: ['END'] }
    const { pieces, answer } = await read('echo', query)
    expect(pieces).toEqual(['  one ', 'two\n\n', 'three  ', '👋 '])
    expect(answer).toEqual(await ask('echo', query))
    await expect(read('echo', { prompt: '' })).resolves.toMatchObject({ pieces: [], answer: { text: '' } })
  })

  test('of a long text comes in a bounded number of pieces', async () => {
    const prompt = 'word '.repeat(100_000)
    const { pieces } = await read('echo', { prompt })
    expect(pieces.length).toBeLessThanOrEqual(1_000)
    expect(pieces.join('')).toBe(prompt)
  })

  test('comes as fast as tokens are written, after the latency', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const pieces: string[] = []
      const reading = (async () => {
        for await (const piece of createSim().stream!({ model: 'echo?latencyMs=200&tokensPerSecond=10', prompt: 'aaa bbb ccc' }, { signal })) pieces.push(piece)
      })()
      for (const [ms, count] of [[299, 0], [1, 1], [99, 1], [1, 2], [100, 3]] as const) {
        await vi.advanceTimersByTimeAsync(ms)
        expect(pieces).toHaveLength(count)
      }
      await reading
    } finally {
      vi.useRealTimers()
    }
  })

  test('meets the faults that the question would meet, and ends with its signal', async () => {
    await expect(read('echo?fail429=1')).rejects.toMatchObject({ code: 'RATE_LIMITED', retryable: true })
    const controller = new AbortController()
    const reading = read('echo?tokensPerSecond=0.001', {}, controller.signal)
    setImmediate(() => controller.abort('enough'))
    await expect(reading).rejects.toBe('enough')
  })
})
