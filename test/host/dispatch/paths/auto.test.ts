/** When attempts leave the host's loop, in simulated time; and that they do, on a loop that is really busy. */
import { beforeEach, describe, expect, it } from 'vitest'
import { createDispatcher } from '../../../../src/host/dispatch/dispatcher.ts'
import type { Path } from '../../../../src/host/dispatch/path.ts'
import { createAutoPath } from '../../../../src/host/dispatch/paths/auto.ts'
import { createRegistry } from '../../../../src/host/providers/registry.ts'
import type { Answer, ProviderAnswer } from '../../../../src/types.ts'
import { openOpenAiServer } from '../../../servers/openai.ts'
import { createSimulatedTime, type SimulatedTime } from '../simulatedTime.ts'

interface Lane extends Path {
  readonly asked: string[]
  readonly prepared: string[]
  readonly answerAll: () => void
}

function createLane(name: 'async' | 'pool', prepare: () => Promise<void> = () => Promise.resolve()): Lane {
  const asked: string[] = []
  const prepared: string[] = []
  const open: (() => void)[] = []
  return {
    name,
    asked,
    prepared,
    prepare: async (provider) => {
      prepared.push(provider)
      await prepare()
    },
    route: () => ({
      name,
      ask: (_provider, { prompt }) =>
        new Promise<ProviderAnswer>((resolve) => {
          asked.push(prompt)
          open.push(() => resolve({ text: prompt, usage: { inputTokens: 1, outputTokens: 1 } }))
        }),
    }),
    close: () => Promise.resolve(),
    answerAll: () => {
      for (const answer of open.splice(0)) answer()
    },
  }
}

describe('the auto path', () => {
  let time: SimulatedTime
  let async: Lane
  let pool: Lane
  let busy: number
  let path: Path
  const ask = (prompt: string, provider = 'p'): void => void path.route(provider).ask(provider, { model: 'm', prompt }, { signal: new AbortController().signal })

  beforeEach(() => {
    time = createSimulatedTime()
    async = createLane('async')
    pool = createLane('pool')
    busy = 0
    path = createAutoPath({ async, pool, clock: time, utilization: () => busy })
  })

  it('stays on the loop while that keeps up', async () => {
    busy = 0.3
    ask('a')
    await time.advance(10_000)
    ask('b')
    expect([async.asked, pool.asked, pool.prepared]).toEqual([['a', 'b'], [], []])
  })

  it('moves what comes after a busy while to threads once they are warm', async () => {
    const warm = Promise.withResolvers<void>()
    pool = createLane('pool', () => warm.promise)
    path = createAutoPath({ async, pool, clock: time, utilization: () => busy })
    busy = 1
    ask('a')
    await time.advance(600)
    ask('b')
    expect(pool.prepared).toEqual(['p'])
    warm.resolve()
    await time.settle()
    ask('c')
    expect([async.asked, pool.asked]).toEqual([['a', 'b'], ['c']])
  })

  it('does not move for one busy moment', async () => {
    ask('a')
    for (let turn = 0; turn < 20; turn++) {
      busy = turn % 3 === 0 ? 1 : 0
      await time.advance(50)
    }
    ask('b')
    expect([async.asked, pool.prepared]).toEqual([['a', 'b'], []])
  })

  it('comes back to the loop when nothing was asked for a while, and to the threads, which are warm, when it is busy again', async () => {
    busy = 1
    ask('a')
    await time.advance(300)
    ask('b')
    async.answerAll()
    pool.answerAll()
    await time.settle()
    ask('c')
    expect([async.asked, pool.asked]).toEqual([['a'], ['b', 'c']])
    pool.answerAll()
    await time.settle()
    await time.advance(10_001)
    ask('d')
    await time.advance(300)
    ask('e')
    expect([async.asked, pool.asked]).toEqual([
      ['a', 'd'],
      ['b', 'c', 'e'],
    ])
    expect(pool.prepared).toEqual(['p'])
  })

  it('stays on the loop when threads cannot be had', async () => {
    pool = createLane('pool', () => Promise.reject(new Error('no threads')))
    path = createAutoPath({ async, pool, clock: time, utilization: () => busy })
    busy = 1
    ask('a')
    await time.advance(1_000)
    ask('b')
    expect(async.asked).toEqual(['a', 'b'])
  })

  it('looks at the loop only while questions are under way', async () => {
    ask('a')
    async.answerAll()
    await time.advance(1_000)
    expect(time.pending).toBe(0)
  })
})

describe('a model of which much is asked while the loop is busy', () => {
  /** 32 at once, attempts of so long on each way; until `untilMs`. Gives which way the attempts of each time went. */
  async function load({
    loopMs,
    threadMs,
    busyOf,
    atOnceOf = () => 32,
    untilMs,
  }: {
    readonly loopMs: number | ((nowMs: number) => number)
    readonly threadMs: number
    readonly busyOf: (nowMs: number) => number
    /** At the most 32. */
    readonly atOnceOf?: (nowMs: number) => number
    readonly untilMs: number
  }) {
    const time = createSimulatedTime()
    const started: { readonly atMs: number; readonly way: string; readonly model: string }[] = []
    const lane = (name: 'async' | 'pool', ms: number | ((nowMs: number) => number)): Path => ({
      name,
      prepare: () => Promise.resolve(),
      route: () => ({
        name,
        ask: () =>
          new Promise((resolve) => time.after(typeof ms === 'number' ? ms : ms(time.now()), () => resolve({ text: '', usage: { inputTokens: 1, outputTokens: 1 } }))),
      }),
      close: () => Promise.resolve(),
    })
    const path = createAutoPath({ async: lane('async', loopMs), pool: lane('pool', threadMs), clock: time, utilization: () => busyOf(time.now()) })
    const askOn = async (model: string, index: number): Promise<void> => {
      while (time.now() < untilMs) {
        if (index >= atOnceOf(time.now())) {
          await new Promise<void>((resolve) => time.after(10, resolve))
          continue
        }
        const { name, ask } = path.route('p', model)
        started.push({ atMs: time.now(), way: name, model })
        await ask('p', { model, prompt: '' }, { signal: new AbortController().signal })
      }
    }
    await time.run(Promise.all(Array.from({ length: 32 }, (_, index) => askOn('m', index))))
    const shareOfThreads = (fromMs: number, toMs: number): number => {
      const those = started.filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
      return those.filter(({ way }) => way === 'pool').length / those.length
    }
    return { shareOfThreads, path, time }
  }

  it('stays in threads where its attempts take less time there', async () => {
    const { shareOfThreads } = await load({ loopMs: 60, threadMs: 50, busyOf: () => 0.9, untilMs: 4_000 })
    expect(shareOfThreads(0, 250)).toBe(0)
    expect(shareOfThreads(300, 400)).toBe(1)
    expect(shareOfThreads(1_000, 4_000)).toBe(1)
  })

  it('comes back where only the first attempts on the loop were slow', async () => {
    const { shareOfThreads } = await load({ loopMs: (nowMs) => (nowMs < 300 ? 60 : 45), threadMs: 50, busyOf: () => 0.9, untilMs: 4_000 })
    expect(shareOfThreads(300, 400)).toBe(1)
    expect(shareOfThreads(1_000, 4_000)).toBe(0)
  })

  it('comes back where threads were faster once and are no more, when that finding is old', async () => {
    const { shareOfThreads } = await load({ loopMs: (nowMs) => (nowMs < 5_000 ? 60 : 45), threadMs: 50, busyOf: () => 0.9, untilMs: 20_000 })
    expect(shareOfThreads(1_000, 10_000)).toBe(1)
    expect(shareOfThreads(12_000, 20_000)).toBe(0)
  })

  it('comes back soon where threads were faster for far more at once than there are now', async () => {
    const { shareOfThreads } = await load({ loopMs: (nowMs) => (nowMs < 2_000 ? 60 : 20), threadMs: 50, busyOf: () => 0.9, atOnceOf: (nowMs) => (nowMs < 2_000 ? 32 : 7), untilMs: 8_000 })
    expect(shareOfThreads(1_000, 2_000)).toBe(1)
    expect(shareOfThreads(2_300, 2_500)).toBe(0)
    expect(shareOfThreads(6_000, 8_000)).toBe(0)
  })

  it('looks twice as long afterwards whether threads are still faster', async () => {
    const { shareOfThreads } = await load({ loopMs: 60, threadMs: 50, busyOf: () => 0.9, untilMs: 31_000 })
    expect(shareOfThreads(10_000, 12_000)).toBeLessThan(1)
    expect(shareOfThreads(12_000, 31_000)).toBe(1)
  })

  it.each([60, 58, 90])('comes back where they take %d ms instead of 60, and is hardly ever tried again', async (threadMs) => {
    const { shareOfThreads } = await load({ loopMs: 60, threadMs, busyOf: () => 0.9, untilMs: 8_000 })
    expect(shareOfThreads(0, 8_000)).toBeGreaterThan(0)
    expect(shareOfThreads(1_000, 8_000)).toBe(0)
  })

  it('comes back where few at once were tried in threads before many were answered on the loop, and took as long', async () => {
    const { shareOfThreads } = await load({ loopMs: 60, threadMs: 60, busyOf: () => 0.9, atOnceOf: () => 2, untilMs: 10_000 })
    expect(shareOfThreads(300, 2_000)).toBe(1)
    expect(shareOfThreads(4_000, 10_000)).toBe(0)
  })

  it('comes back when the loop has had time again for a second', async () => {
    const { shareOfThreads } = await load({ loopMs: 60, threadMs: 50, busyOf: (nowMs) => (nowMs < 2_000 ? 0.9 : 0.1), untilMs: 5_000 })
    expect(shareOfThreads(1_000, 2_000)).toBe(1)
    expect(shareOfThreads(3_200, 5_000)).toBe(0)
  })

  it('starts its next batch in the threads that have served it, and on the loop after a rest; another model, and replies in pieces, start on the loop', async () => {
    const { path, time } = await load({ loopMs: 60, threadMs: 50, busyOf: () => 0.9, untilMs: 2_000 })
    expect([path.route('p', 'm').name, path.route('p', 'other').name, path.route('p', 'm', true).name]).toEqual(['pool', 'async', 'async'])
    await time.advance(10_001)
    expect(path.route('p', 'm').name).toBe('async')
  })
})

it('a loop that is really busy is left: a question is asked from a thread, and the answer is the same; one of another model starts on the loop', async () => {
  await using server = await openOpenAiServer()
  const env = { REPLM_BASE_URL: server.url }
  const registry = createRegistry({ env })
  const dispatcher = createDispatcher({ registry, path: 'auto', env, concurrency: 4, maxAttempts: 1, priceOf: () => Promise.resolve(null) })
  const ask = (model: string): Promise<Answer> =>
    dispatcher.dispatch({ provider: 'compatible', model, prompt: 'x', timeoutMs: 20_000, timeoutIsFinal: true }, { signal: new AbortController().signal })
  let stop = false
  let isLeft = false
  const hog = (): void => {
    const until = performance.now() + 40
    while (performance.now() < until);
    if (!stop) setImmediate(hog)
  }
  try {
    hog()
    const askOn = async (): Promise<void> => {
      while (!stop) {
        const { text, path } = await ask('m')
        expect(text).toBe('x')
        if (path === 'pool') isLeft = true
        stop ||= isLeft
      }
    }
    await Promise.all([askOn(), askOn(), askOn()])
    expect((await ask('other')).path).toBe('async')
  } finally {
    stop = true
    await dispatcher.close()
    await registry.close()
  }
})
