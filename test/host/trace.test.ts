import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { defineProvider, openReplm, ReplmError, type ReplmOptions } from '../../src/index.ts'

type Line = Readonly<Record<string, unknown>> & { readonly type: string }

let folder: string
let files = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'replm-trace-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Takes 20 ms; fails for prompts that say so, the first time for those that say `twice`. */
const failed = new Set<string>()
const slow = defineProvider({
  name: 'slow',
  pricing: 'free',
  query: async ({ prompt }) => {
    await new Promise((resolve) => setTimeout(resolve, 20))
    if (prompt.includes('secret failure')) throw new ReplmError('REFUSED', `It would not answer ${prompt}`, { usage: { inputTokens: 3, outputTokens: 0 } })
    if (prompt.includes('twice') && !failed.has(prompt)) {
      failed.add(prompt)
      throw new ReplmError('PROVIDER', 'Not now', { retryable: true, retryAfterMs: 1 })
    }
    return { text: `secret answer to ${prompt}`, usage: { inputTokens: 3, outputTokens: 5 } }
  },
})

async function traced(work: (replm: Awaited<ReturnType<typeof openReplm>>) => Promise<void>, options: ReplmOptions & { content?: boolean } = {}): Promise<{ lines: Line[]; text: string }> {
  const file = join(folder, `${files++}.jsonl`)
  const { content, ...rest } = options
  {
    await using replm = await openReplm({ providers: [slow], model: 'slow/x', store: ':memory:', trace: content === undefined ? file : { file, content }, ...rest })
    await work(replm)
  }
  const text = readFileSync(file, 'utf8')
  // Lines that the trace itself wrote.
  return { text, lines: text.trimEnd().split('\n').map((line) => JSON.parse(line) as Line) }
}

function one(lines: readonly Line[], type: string): Line {
  const found = lines.filter((line) => line.type === type)
  expect(found).toHaveLength(1)
  return found[0] as Line // counted above
}

describe('a trace', () => {
  it('has a line for each thing that happened, with its session and execution, in the order of time', async () => {
    let id = ''
    const { lines } = await traced(async (replm) => {
      await using session = await replm.openSession()
      id = session.id
      await session.run('1 + 1')
      await session.run(`await llmQuery('hello')`, { name: 'second' })
      await session.run('throw new Error("secret")').catch(() => undefined)
    })
    expect(lines.map(({ type, execution }) => [type, execution ?? null])).toEqual([
      ['trace.started', null],
      ['session.opened', null],
      ['cell.started', 1],
      ['cell.completed', 1],
      ['cell.started', 2],
      ['query.sent', 2],
      ['query.answered', 2],
      ['cell.completed', 2],
      ['cell.started', 3],
      ['cell.completed', 3],
      ['session.closed', null],
      ['trace.ended', null],
    ])
    expect(lines.slice(1, -1).every(({ session }) => session === id)).toBe(true)
    expect(lines.filter(({ type }) => type === 'cell.completed')).toMatchObject([{ cell: 'cell 1', ok: true }, { cell: 'second', ok: true }, { ok: false, code: 'CELL' }])
    const times = lines.map(({ atMs }) => Number(atMs))
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  it('takes the time of a question apart, and the parts make up the whole', async () => {
    const { lines } = await traced(async (replm) => {
      await using session = await replm.openSession()
      await session.run(`await llmQuery('once'); await llmQuery('twice')`)
    })
    const answered = lines.filter(({ type }) => type === 'query.answered')
    expect(answered).toMatchObject([
      { model: 'slow/x', batch: null, index: null, attempts: 1, usage: { inputTokens: 3, outputTokens: 5, usd: 0 }, finishReason: 'stop' },
      { attempts: 2 },
    ])
    for (const line of answered) {
      // Numbers by the document.
      const { totalMs, gateMs, bridgeInMs, dispatchMs, bridgeOutMs, queueMs, llmMs } = line as unknown as Record<string, number>
      expect((gateMs ?? NaN) + (bridgeInMs ?? NaN) + (dispatchMs ?? NaN) + (bridgeOutMs ?? NaN)).toBeCloseTo(totalMs ?? NaN, 1)
      expect(llmMs).toBeGreaterThan(15)
      expect((queueMs ?? NaN) + (llmMs ?? NaN)).toBeLessThanOrEqual((dispatchMs ?? NaN) + 0.01)
      expect(gateMs).toBe(0)
    }
    expect(Number(answered[1]?.['queueMs'])).toBeGreaterThan(15)
  })

  it('names batch and place of each slot, over the windows that a batch crosses in, and the wait for its own bound', async () => {
    const { lines } = await traced(async (replm) => {
      await using session = await replm.openSession()
      await session.run(`await llmBatchQuery(Array.from({ length: 2_500 }, (_, n) => 'p' + n))`)
      await session.run(`await llmBatchQuery(['a', 'b'], { concurrency: 1 })`)
    }, { concurrency: 2_500 })
    const answered = lines.filter(({ type }) => type === 'query.answered')
    const [first, second] = [answered.filter(({ execution }) => execution === 1), answered.filter(({ execution }) => execution === 2)]
    expect(new Set(first.map(({ batch }) => batch)).size).toBe(1)
    expect(first.map(({ index }) => Number(index)).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 2_500 }, (_, n) => n))
    expect(new Set(second.map(({ batch }) => batch)).size).toBe(1)
    expect(second.map(({ batch }) => batch)).not.toContain(first[0]?.['batch'])
    expect(second.map(({ gateMs }) => Number(gateMs) > 15)).toEqual([false, true])
    // The first answer waits for the second, to leave in the same frame.
    expect(Number(second[0]?.['bridgeOutMs'])).toBeGreaterThan(15)
  })

  it('names the code of what failed, and what it cost', async () => {
    const { lines } = await traced(async (replm) => {
      await using session = await replm.openSession()
      await session.run(`await llmBatchQuery(['a secret failure', { prompt: 'x', model: 'other/y' }], { settle: true })`)
    })
    expect(lines.filter(({ type }) => type === 'query.failed').toSorted((a, b) => Number(a['index']) - Number(b['index']))).toMatchObject([
      { index: 0, code: 'REFUSED', attempts: 1, model: 'slow/x', usage: { inputTokens: 3, outputTokens: 0 } },
      { index: 1, code: 'CONFIG', attempts: 0, model: 'other/y' },
    ])
  })

  const program = `console.log('secret print'); progress(0.5, 'secret step'); await llmBatchQuery(['secret prompt', 'a secret failure'], { settle: true, system: 'secret system' })`

  it('has no prompt, answer, message or print in it', async () => {
    const { text, lines } = await traced(async (replm) => {
      await using session = await replm.openSession()
      await session.run(program)
      await replm.query('secret question')
    })
    expect(text).not.toContain('secret')
    expect(one(lines, 'console.printed')).toMatchObject({ stream: 'stdout', level: 'log', units: 12 })
    expect(one(lines, 'job.progressed')).toMatchObject({ fraction: 0.5 })
  })

  it('has them when they are asked for', async () => {
    const { lines } = await traced(async (replm) => {
      await using session = await replm.openSession()
      await session.run(program)
    }, { content: true })
    expect(lines.filter(({ type }) => type === 'query.sent')).toMatchObject([{ prompt: 'secret prompt', system: 'secret system' }, { prompt: 'a secret failure' }])
    expect(one(lines, 'query.answered')).toMatchObject({ text: 'secret answer to secret prompt' })
    expect(one(lines, 'query.failed')).toMatchObject({ message: expect.stringContaining('a secret failure') })
    expect(one(lines, 'console.printed')).toMatchObject({ text: 'secret print' })
    expect(one(lines, 'job.progressed')).toMatchObject({ step: 'secret step' })
  })

  it('has the questions of the host itself, in no session, and how they failed', async () => {
    const { lines } = await traced(async (replm) => {
      await replm.query('hello')
      const controller = new AbortController()
      const asked = replm.query('hello', { signal: controller.signal })
      controller.abort(new Error('enough'))
      await expect(asked).rejects.toThrow('enough')
    })
    expect(one(lines, 'query.answered')).toMatchObject({ session: null, execution: null, call: 1, attempts: 1, gateMs: 0 })
    expect(one(lines, 'query.failed')).toMatchObject({ session: null, call: 2, code: 'INTERRUPTED' })
  })

  it('says that a session was brought back without a cell, with the questions that were under way', async () => {
    const { lines } = await traced(async (replm) => {
      await using session = await replm.openSession({ limits: { memoryMb: 16 } })
      await expect(session.run(`llmQuery('lost'); await sleep(1); const all = []; for (;;) all.push(new Array(100_000).fill(all.length))`)).rejects.toMatchObject({ code: 'MEMORY' })
      await session.run('1')
    })
    expect(one(lines, 'session.rebuilt')).toEqual({ type: 'session.rebuilt', atMs: expect.any(Number), session: expect.any(String), execution: 2, cells: 0, answers: 0, isWhole: false })
    expect(lines.filter(({ type }) => type === 'query.answered' || type === 'query.failed')).toHaveLength(1)
    expect(lines.filter(({ type }) => type === 'cell.completed')).toMatchObject([{ ok: false, code: 'MEMORY' }, { ok: true }])
  })

  it('follows a question whose cell was interrupted to its end', async () => {
    const { lines } = await traced(async (replm) => {
      await using session = await replm.openSession()
      const run = session.start(`await llmQuery('long')`)
      for await (const { type } of run.events) if (type === 'query.sent') run.interrupt()
      await expect(run.result).rejects.toMatchObject({ code: 'INTERRUPTED' })
    })
    expect(one(lines, 'query.failed')).toMatchObject({ execution: 1, code: 'INTERRUPTED' })
    expect(one(lines, 'cell.completed')).toMatchObject({ ok: false, code: 'INTERRUPTED' })
  })
})

test('a trace into a folder that is not there is CONFIG, before anything runs', async () => {
  await expect(openReplm({ trace: join(folder, 'none', 'x.jsonl') })).rejects.toMatchObject({ code: 'CONFIG' })
})

test.skipIf(!existsSync('/dev/full'))('a trace whose disk is full fails no question', async () => {
  const warnings: Error[] = []
  const listen = (warning: Error): void => void warnings.push(warning)
  process.on('warning', listen)
  try {
    await using replm = await openReplm({ providers: [slow], model: 'slow/x', store: ':memory:', trace: '/dev/full' })
    await using session = await replm.openSession()
    expect((await session.run(`await llmQuery('hello')`)).value).toBe('secret answer to hello')
    await replm[Symbol.asyncDispose]()
    await expect.poll(() => warnings.length).toBe(1)
  } finally {
    process.off('warning', listen)
  }
})
