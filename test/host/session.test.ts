import { AsyncLocalStorage } from 'node:async_hooks'
import { afterAll, describe, expect, it } from 'vitest'
import { defineProvider, openReplm, type Provider, type Replm, ReplmError, type SessionEvent } from '../../src/index.ts'

const shout = defineProvider({ name: 'shout', pricing: 'free', query: async ({ prompt }) => ({ text: prompt.toUpperCase(), usage: { inputTokens: 1, outputTokens: 1 } }) })

/** Answers when it is told to, and knows what was aborted. */
function createGated(): { provider: Provider; answer: (prompt: string) => void; open: Map<string, () => void>; aborted: unknown[]; asked: (count: number) => Promise<void> } {
  const open = new Map<string, () => void>()
  const aborted: unknown[] = []
  const watchers: (() => void)[] = []
  const provider = defineProvider({
    name: 'gated',
    pricing: 'free',
    query: ({ prompt }, { signal }) =>
      new Promise((resolve, reject) => {
        open.set(prompt, () => resolve({ text: `answer to ${prompt}`, usage: { inputTokens: 1, outputTokens: 1 } }))
        signal.addEventListener('abort', () => {
          aborted.push(signal.reason)
          reject(signal.reason as Error)
        })
        for (const watch of watchers) watch()
      }),
  })
  const asked = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (open.size >= count) resolve()
      }
      watchers.push(look)
      look()
    })
  return { provider, answer: (prompt) => open.get(prompt)?.(), open, aborted, asked }
}

let shared: Promise<Replm> | undefined
function replm(): Promise<Replm> {
  shared ??= openReplm({ providers: [shout], model: 'shout/x', models: ['shout/*'], store: ':memory:' })
  return shared
}
afterAll(async () => (await shared)?.[Symbol.asyncDispose]())

async function failure(promise: Promise<unknown>): Promise<ReplmError> {
  try {
    await promise
  } catch (error) {
    return error as ReplmError
  }
  throw new Error('It was expected to reject')
}

describe('a cell', () => {
  it('gives its value, its text, what it printed and what it spent', async () => {
    await using session = await (await replm()).openSession()
    const result = await session.run(`console.log('asking'); await llmQuery('hi')`)
    expect(result).toMatchObject({
      value: 'HI',
      text: "'HI'",
      logs: [{ stream: 'stdout', level: 'log', text: 'asking' }],
      usage: { queries: 1, bought: 1, replayed: 0, inputTokens: 1, outputTokens: 1, usd: 0, unknownUsd: 0 },
      pending: 0,
      final: undefined,
    })
    expect(result.durationMs).toBeGreaterThan(0)
  })

  it('sees what earlier cells made, also after one that failed', async () => {
    await using session = await (await replm()).openSession()
    await session.run('let count = 1')
    const error = await failure(session.run('count = 5; const kept = 7; throw new Error("boom")'))
    expect(error).toBeInstanceOf(ReplmError)
    expect(error).toMatchObject({ code: 'CELL', message: 'boom', line: 1, ran: true, logs: [] })
    expect((await session.run('[count, kept]')).value).toEqual([5, 7])
  })

  it('waits for the one before it', async () => {
    await using session = await (await replm()).openSession()
    const results = await Promise.all([session.run('let log = []; await sleep(20); log.push(1)'), session.run('log.push(2)'), session.run('log')])
    expect(results[2].value).toEqual([1, 2])
  })

  it('counts what it leaves in flight, and the session gets the answers later', async () => {
    const gated = createGated()
    await using other = await openReplm({ providers: [gated.provider], model: 'gated/x', store: ':memory:' })
    await using session = await other.openSession()
    const { pending } = await session.run(`let late; llmQuery('a').then((text) => { late = text }); llmQuery('b'); 1`)
    expect(pending).toBe(2)
    await gated.asked(2)
    gated.answer('a')
    expect((await session.run('while (late === undefined) await sleep(1); late')).value).toBe('answer to a')
  })

  it('ends with final, whose value is the result', async () => {
    const gated = createGated()
    await using other = await openReplm({ providers: [gated.provider], model: 'gated/x', store: ':memory:' })
    await using session = await other.openSession()
    const result = await session.run(`llmQuery('never'); await sleep(5); await final({ answer: 42 }); console.log('not reached')`)
    expect(result).toMatchObject({ value: { answer: 42 }, final: { answer: 42 }, logs: [] })
    expect((await session.run('1 + 1')).value).toBe(2)
    expect(gated.aborted).toHaveLength(1)
  })

  it('goes on after FINAL, and the first one wins', async () => {
    await using session = await (await replm()).openSession()
    const result = await session.run(`FINAL('first'); FINAL('second'); 5`)
    expect(result).toMatchObject({ value: 5, final: 'first' })
    await session.run('let found = [1, 2]')
    expect(await session.run(`FINAL_VAR('found')`)).toMatchObject({ value: [1, 2], final: [1, 2] })
  })

  it('that waits for what can never happen is told so at once', async () => {
    await using session = await (await replm()).openSession()
    await session.run('let kept = 1')
    expect(await failure(session.run('await new Promise(() => {})'))).toMatchObject({ code: 'STALLED' })
    for (const wait of ['sleep(Infinity)', 'sleep(1e12)', 'new Promise((resolve) => setTimeout(resolve, 1e12))', 'llmQuery("x").then(() => sleep(2 ** 31))', 'Promise.all([sleep(1), sleep(Infinity)])']) {
      expect(await failure(session.run(`await ${wait}`)), wait).toMatchObject({ code: 'STALLED' })
    }
    expect((await session.run('await Promise.race([sleep(Infinity), sleep(5).then(() => "short")])')).value).toBe('short')
    expect((await session.run('setTimeout(() => 0, 1e12); await llmQuery("a")')).value).toBe('A')
    expect((await session.run('kept')).value).toBe(1)
  })

  it.for([
    ['llmQuery(["a", "b"])', "Expected `prompt` to be a string or {prompt: string}, got [ 'a', 'b' ]; llmBatchQuery takes many prompts"],
    ['llmQuery(5)', 'Expected `prompt` to be a string or {prompt: string}, got 5'],
    ['llmQuery()', 'Expected `prompt` to be a string or {prompt: string}, got undefined'],
    ['llmQuery({ text: "a" })', "Expected `prompt` to be a string or {prompt: string}, got { text: 'a' }"],
    ['llmQuery(docs[0].slice(0, 1))', 'Expected `prompt` to be a string or {prompt: string}, got Promise { <state unknown> }; await it first'],
    ['llmQuery("a", "shout/x")', "Expected the options of a query to be an object, got 'shout/x'"],
    ['llmQuery("a", { max_tokens: 5 })', 'Expected the options of a query to be among `model`, `system`, `maxTokens`, `temperature`, `stop`, `schema`, `timeoutMs`, `dedupe`, `cache`, `signal`, got `max_tokens`'],
    ['llmQuery("a", { temperature: "hot" })', "Expected `temperature` to be a number, got 'hot'"],
    ['llmBatchQuery("text")', "Expected `prompts` to be an array of prompts, got 'text'; llmQuery takes one prompt"],
    ['llmBatchStream("text").next()', "Expected `prompts` to be an array of prompts, got 'text'; llmStream takes one prompt"],
    ['llmStream(["a", "b"]).next()', "Expected `prompt` to be a string or {prompt: string}, got [ 'a', 'b' ]; llmBatchStream takes many prompts"],
    ['llmBatchQuery(["a", null])', 'Expected `prompts[1]` to be a string or {prompt: string}, got null'],
    ['llmBatchQuery([{ prompt: "a", tmeperature: 1 }])', /^Expected the options of a prompt to be among `model`, .*, got `tmeperature`$/],
    ['docs[0].readLines(2)', 'Expected `count` to be a whole number from 0 up, got undefined'],
    ['docs[0].readLines(2, null)', 'Expected `count` to be a number, got null'],
    ['docs[0].chunks({ size: 10 }).next()', 'Expected the options of chunks to be among `chars`, `overlap`, `on`, got `size`'],
    ['docs[0].chunks({ on: "word" }).next()', "Expected `on` to be 'char', 'line' or 'paragraph', got 'word'"],
    ['docs[0].chunks(100).next()', 'Expected the options of chunks to be an object, got 100'],
  ] as const)('that asks %s is told what was wrong', async ([call, message]) => {
    await using session = await (await replm()).openSession({ context: { a: { name: 'a', text: 'text' } } })
    const error = await failure(session.run(`await ${call}`))
    expect(error.code).toBe('CELL')
    if (typeof message === 'string') expect(error.message).toBe(message)
    else expect(error.message).toMatch(message)
    expect(error.stack).toMatch(/^(Type|Range)Error: /)
  })

  it('with options that no run has is refused', async () => {
    await using session = await (await replm()).openSession()
    await expect(session.run('1', { timeoutMs: 5 } as never)).rejects.toThrow(new TypeError('Expected the options of a run to be among `signal`, `name`, `id`, `typescript`, `onInput`, got `timeoutMs`'))
    expect(() => session.start('1', null as never)).toThrow(new TypeError('Expected the options of a run to be an object, got null'))
  })

  it('prints while it runs', async () => {
    await using session = await (await replm()).openSession()
    const run = session.start(`console.log('first'); await sleep(10); console.log('second')`)
    const seen: SessionEvent['type'][] = []
    for await (const event of run.events) seen.push(event.type)
    expect(seen).toEqual(['cell.started', 'console.printed', 'console.printed', 'cell.completed'])
    await run.result
  })

  it('reports a rejection that nobody handles as a warning, with its value unharmed', async () => {
    await using session = await (await replm()).openSession()
    const result = await session.run(`Promise.reject(new Error('floating')); 5`)
    expect(result.value).toBe(5)
    expect(result.logs).toEqual([{ stream: 'stderr', level: 'warn', text: expect.stringContaining('floating') as string }])
  })

  it('keeps the code of an error of ours that it does not catch, and none that it forged', async () => {
    await using session = await (await replm()).openSession()
    expect(await failure(session.run(`await llmQuery('x', { model: 'other/model' })`))).toMatchObject({ code: 'CONFIG', line: 1 })
    expect(await failure(session.run(`throw Object.assign(new Error('x'), { code: 'BUDGET' })`))).toMatchObject({ code: 'CELL' })
    expect(await failure(session.run(`throw null`))).toMatchObject({ code: 'CELL', message: 'null' })
  })
})

describe('interrupting', () => {
  it('rejects what the cell waits for, and the session lives', async () => {
    const gated = createGated()
    await using other = await openReplm({ providers: [gated.provider], model: 'gated/x', store: ':memory:' })
    await using session = await other.openSession()
    await session.run('let seen')
    const run = session.start(`try { await llmQuery('slow') } catch (error) { seen = error.code; throw error }`)
    await gated.asked(1)
    run.interrupt()
    expect(await failure(run.result)).toMatchObject({ code: 'INTERRUPTED' })
    expect((await session.run('seen')).value).toBe('INTERRUPTED')
    expect(gated.aborted).toHaveLength(1)
  })

  it('kills what does not end, and brings the session back without it', async () => {
    await using session = await (await replm()).openSession()
    await session.run('let kept = 1')
    const run = session.start('console.log("in"); while (true);')
    for await (const event of run.events) if (event.type === 'console.printed') run.interrupt()
    expect(await failure(run.result)).toMatchObject({ code: 'INTERRUPTED', ran: true })
    const next = session.start('typeof kept')
    const rebuilt: SessionEvent[] = []
    for await (const event of next.events) if (event.type === 'session.rebuilt') rebuilt.push(event)
    expect(rebuilt).toEqual([{ type: 'session.rebuilt', cells: 1, answers: 0, lost: expect.stringContaining('cell 2') }])
    expect((await next.result).value).toBe('number')
  })

  it('by a signal rejects with the reason of the signal', async () => {
    await using session = await (await replm()).openSession()
    const reason = new Error('enough')
    const controller = new AbortController()
    const run = session.start('await sleep(1e6)', { signal: controller.signal })
    setTimeout(() => controller.abort(reason), 20)
    expect(await failure(run.result)).toBe(reason)
    expect(await failure(session.run('1', { signal: AbortSignal.abort(reason) }))).toBe(reason)
    expect((await session.run('2')).value).toBe(2)
  })

  it('keeps the answers of a batch that were bought', async () => {
    const gated = createGated()
    await using other = await openReplm({ providers: [gated.provider], model: 'gated/x', store: ':memory:' })
    await using session = await other.openSession()
    const run = session.start(`let slots; try { await llmBatchQuery(['a', 'b', 'c']) } catch (error) { slots = error.slots; throw error }`)
    await gated.asked(3)
    gated.answer('b')
    for await (const event of run.events) if (event.type === 'batch.progressed' && event.done === 1) run.interrupt()
    expect(await failure(run.result)).toMatchObject({ code: 'INTERRUPTED' })
    expect((await session.run('slots.map((slot) => slot.ok ? slot.text : slot.error.code)')).value).toEqual(['INTERRUPTED', 'answer to b', 'INTERRUPTED'])
  })
})

describe('limits', () => {
  it('of CPU end a loop and keep the session', async () => {
    await using session = await (await replm()).openSession({ limits: { cpuMs: 200 } })
    await session.run('let kept = 1')
    expect(await failure(session.run('while (true);'))).toMatchObject({ code: 'CPU' })
    expect(await failure(session.run(`await llmQuery('a'); while (true);`))).toMatchObject({ code: 'CPU' })
    expect((await session.run('kept')).value).toBe(1)
  })

  it('of wall time end what only waits, and keep the session', async () => {
    await using session = await (await replm()).openSession({ limits: { wallMs: 400 } })
    await session.run('let kept = 1')
    expect(await failure(session.run('await sleep(1e6)'))).toMatchObject({ code: 'TIMEOUT' })
    expect((await session.run('kept')).value).toBe(1)
  })

  it('of memory end the sandbox, and the session has another', async () => {
    await using session = await (await replm()).openSession({ limits: { memoryMb: 64 } })
    expect(await failure(session.run('const all = []; for (;;) all.push({ x: [1, 2, 3] })'))).toMatchObject({ code: 'MEMORY' })
    expect((await session.run('1')).value).toBe(1)
  })

  it('of output cut what is printed and end the cell', async () => {
    await using session = await (await replm()).openSession({ limits: { outputBytes: 100 } })
    const error = await failure(session.run(`for (;;) { try { console.log('x'.repeat(30)) } catch {} }`))
    expect(error).toMatchObject({ code: 'OUTPUT' })
    expect(error.logs?.map(({ text }) => text).join('').length).toBeLessThanOrEqual(100)
  })

  it('of a value refuse the value only', async () => {
    await using session = await (await replm()).openSession({ limits: { valueBytes: 1000 } })
    expect(await failure(session.run(`'x'.repeat(2000)`))).toMatchObject({ code: 'OUTPUT' })
    expect((await session.run(`'x'.repeat(10)`)).value).toBe('xxxxxxxxxx')
  })
})

describe('a batch', () => {
  it('gives its answers in order, whatever its length', async () => {
    await using session = await (await replm()).openSession()
    const { value } = await session.run('const n = 6_500; const all = await llmBatchQuery(Array.from({ length: n }, (_, i) => `q${i}`)); [all.length, all[0], all[999], all[1000], all[6_499]]')
    expect(value).toEqual([6_500, 'Q0', 'Q999', 'Q1000', 'Q6499'])
  })

  it('rejects with BatchError when some fail, and settles when asked to', async () => {
    const picky = defineProvider({
      name: 'picky',
      pricing: 'free',
      query: async ({ prompt }) => {
        if (prompt === 'bad') throw new ReplmError('REFUSED', 'I will not')
        return { text: prompt, usage: { inputTokens: 1, outputTokens: 1 } }
      },
    })
    await using other = await openReplm({ providers: [picky], model: 'picky/x', store: ':memory:' })
    await using session = await other.openSession()
    expect(await failure(session.run(`await llmBatchQuery(['a', 'bad', 'c'])`))).toMatchObject({ code: 'REFUSED', message: expect.stringContaining('1 of 3') as string })
    const { value } = await session.run(`(await llmBatchQuery(['a', { prompt: 'bad' }, 'c'], { settle: true })).map((slot) => [slot.ok, slot.ok ? slot.text : slot.error.code, slot.attempts])`)
    expect(value).toEqual([[true, 'a', 1], [false, 'REFUSED', 1], [true, 'c', 1]])
  })

  it('checks every prompt before it sends one', async () => {
    const gated = createGated()
    await using other = await openReplm({ providers: [gated.provider], model: 'gated/x', store: ':memory:' })
    await using session = await other.openSession()
    expect(await failure(session.run(`await llmBatchQuery(['a', 5])`))).toMatchObject({ code: 'CELL', message: expect.stringContaining('prompts[1]') as string })
    expect(gated.open.size).toBe(0)
  })

  it('keeps its own bound on what is under way', async () => {
    let active = 0
    let most = 0
    const counting = defineProvider({
      name: 'counting',
      pricing: 'free',
      query: async () => {
        active += 1
        most = Math.max(most, active)
        await new Promise((resolve) => setTimeout(resolve, 2))
        active -= 1
        return { text: '', usage: { inputTokens: 1, outputTokens: 1 } }
      },
    })
    await using other = await openReplm({ providers: [counting], model: 'counting/x', store: ':memory:' })
    await using session = await other.openSession()
    await session.run(`await llmBatchQuery(Array(50).fill('x'), { concurrency: 3 })`)
    expect(most).toBe(3)
  })

  it('is not asked for by itself: a schema that the reply misses is asked for once more', async () => {
    const prompts: string[] = []
    const sloppy = defineProvider({
      name: 'sloppy',
      pricing: 'free',
      query: async ({ prompt }) => {
        prompts.push(prompt)
        return { text: prompt.includes('last reply') ? '{"n": 1}' : '{"n": "one"}', usage: { inputTokens: 1, outputTokens: 1 } }
      },
    })
    await using other = await openReplm({ providers: [sloppy], model: 'sloppy/x', store: ':memory:' })
    await using session = await other.openSession()
    const schema = `{ type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] }`
    expect((await session.run(`await llmQuery('how many', { schema: ${schema} })`)).value).toEqual({ n: 1 })
    expect(prompts).toHaveLength(2)
    expect((await session.run(`await llmBatchQuery(['a', 'b'], { schema: ${schema} })`)).value).toEqual([{ n: 1 }, { n: 1 }])
  })
})

describe('around a session', () => {
  it('a provider in this process sees the AsyncLocalStorage of the code that ran the cell', async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen: (string | undefined)[] = []
    const watching = defineProvider({
      name: 'watching',
      pricing: 'free',
      query: async () => {
        seen.push(storage.getStore())
        return { text: '', usage: { inputTokens: 1, outputTokens: 1 } }
      },
    })
    await using other = await openReplm({ providers: [watching], model: 'watching/x', store: ':memory:' })
    await using session = await other.openSession()
    await storage.run('tenant 1', () => session.run(`await llmQuery('a'); await llmBatchQuery(['b', 'c'])`))
    await storage.run('tenant 2', () => session.run(`await llmQuery('a')`))
    expect(seen).toEqual(['tenant 1', 'tenant 1', 'tenant 1', 'tenant 2'])
  })

  it('a budget is reserved before a call is sent, and is visible in the guest', async () => {
    await using session = await (await replm()).openSession({ budget: { queries: 3 } })
    const error = await failure(session.run(`await llmBatchQuery(Array(10).fill('x'))`))
    expect(error).toMatchObject({ code: 'BUDGET' })
    const { value } = await session.run('(await budget())')
    expect(value).toMatchObject({ limit: { queries: 3, usd: Infinity }, spent: { queries: 3 }, remaining: { queries: 0 } })
  })

  it('a model that was not allowed is refused before anything is sent', async () => {
    await using session = await (await replm()).openSession()
    expect((await session.run(`await llmQuery('a', { model: 'shout/other' })`)).value).toBe('A')
    expect(await failure(session.run(`await llmQuery('a', { model: 'openai/gpt-5' })`))).toMatchObject({ code: 'CONFIG', message: expect.stringContaining('allowed') as string })
  })

  it('documents are read by range, and context is there when a cell names it', async () => {
    await using session = await (await replm()).openSession({ context: { notes: { name: 'notes', text: 'one\ntwo\nthree' } } })
    expect((await session.run('[docs.length, docs[0].name, docs[0].bytes, await docs[0].slice(4, 7), await docs[0].readLines(3, 1), await docs[0].lines(), await docs[0].chars()]')).value).toEqual([
      1, 'notes', 13, 'two', ['three'], 3, 13,
    ])
    expect((await session.run('const parts = []; for await (const part of docs[0].chunks({ chars: 5, on: "char" })) parts.push(part); parts.join("")')).value).toBe('one\ntwo\nthree')
    expect((await session.run('typeof context')).value).toBe('string')
    expect((await session.run('context')).value).toBe('one\ntwo\nthree')
  })

  it('two sessions do not see each other', async () => {
    await using one = await (await replm()).openSession()
    await using two = await (await replm()).openSession()
    await one.run('globalThis.mine = 1')
    expect((await two.run('typeof mine')).value).toBe('undefined')
  })

  it('after it is closed every use is DISPOSED, and what ran rejects with it', async () => {
    const other = await openReplm({ providers: [shout], model: 'shout/x', store: ':memory:' })
    const session = await other.openSession()
    const run = session.start('await sleep(1e6)')
    await session[Symbol.asyncDispose]()
    expect(await failure(run.result)).toMatchObject({ code: 'DISPOSED' })
    expect(await failure(session.run('1'))).toMatchObject({ code: 'DISPOSED' })
    await other[Symbol.asyncDispose]()
    expect(await failure(other.openSession())).toMatchObject({ code: 'DISPOSED' })
    expect(await failure(other.query('x'))).toMatchObject({ code: 'DISPOSED' })
  })

  it('the host asks questions of its own through the same dispatch and budget', async () => {
    await using other = await openReplm({ providers: [shout], model: 'shout/x', store: ':memory:', budget: { queries: 1 } })
    expect(await other.query('hi')).toMatchObject({ text: 'HI', attempts: 1, finishReason: 'stop' })
    expect(await failure(other.query('hi'))).toMatchObject({ code: 'BUDGET' })
  })
})
