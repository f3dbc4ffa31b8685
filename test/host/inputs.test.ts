/** A program that waits for a person: what it is told, what is kept, and what nobody is asked twice. */
import { afterAll, describe, expect, it } from 'vitest'
import { parseTurn } from '../../src/host/turn.ts'
import { defineProvider, type InputAnswer, type InputRequest, openReplm, type Replm, type ReplmError, type Session } from '../../src/index.ts'
import { temporaryStore } from './journal/temporaryStore.ts'

const asked: string[] = []
const counting = defineProvider({
  name: 'counting',
  pricing: 'free',
  query: async ({ prompt }) => {
    asked.push(prompt)
    return { text: `answer to ${prompt}`, usage: { inputTokens: 1, outputTokens: 1 } }
  },
})

let shared: Promise<Replm> | undefined
function replm(): Promise<Replm> {
  shared ??= openReplm({ providers: [counting], model: 'counting/x', store: ':memory:' })
  return shared
}
let session: Promise<Session> | undefined
/** For cells that leave nothing behind. */
function oneSession(): Promise<Session> {
  session ??= replm().then((open) => open.openSession())
  return session
}
afterAll(async () => (await shared)?.[Symbol.asyncDispose]())

async function failure(promise: Promise<unknown>): Promise<ReplmError> {
  return promise.then(
    () => Promise.reject(new Error('It was expected to reject')),
    (thrown: unknown) => thrown as ReplmError,
  )
}

describe('awaitInput', () => {
  it('asks who runs the session, with the data as it was given, and gives the answer', async () => {
    await using session = await (await replm()).openSession()
    const requests: InputRequest[] = []
    const { value } = await session.run(`await awaitInput({ title: 'Send?', description: 'A draft', data: { to: ['me'], n: 1 } })`, {
      onInput: async (request) => {
        requests.push(request)
        return { action: 'edit', data: { to: ['you'] } }
      },
    })
    expect(value).toEqual({ action: 'edit', data: { to: ['you'] } })
    expect(requests).toEqual([{ key: expect.any(String), title: 'Send?', description: 'A draft', data: { to: ['me'], n: 1 }, actions: ['approve', 'edit', 'cancel'] }])
  })

  it('fails the run with INPUT_NEEDED where nobody can be asked, and the cell goes on later, in another process, with all it had', async () => {
    using store = temporaryStore()
    const open = (): Promise<Replm> => openReplm({ providers: [counting], model: 'counting/x', store: store.file })
    const cell = `
      const before = await llmQuery('before')
      const first = await awaitInput({ title: 'First?', data: before, actions: ['yes', 'no'] })
      const second = await awaitInput({ title: 'Second?' })
      const all = [first, second, await llmQuery('after')]
      all`
    asked.length = 0
    const keys: string[] = []
    let id = ''
    {
      await using first = await open()
      await using session = await first.openSession()
      id = session.id
      expect(await failure(session.run(cell))).toMatchObject({ code: 'INPUT_NEEDED', usage: { bought: 1 } })
      expect(session.cutOff).toMatchObject({ state: 'running' })
    }
    {
      await using second = await open()
      await using session = await second.openSession({ id })
      const answered = await failure(
        session.resume({
          onInput: async ({ key, title }) => {
            keys.push(key)
            return title === 'First?' ? { action: 'no', data: 1 } : null
          },
        }).result,
      )
      expect(answered).toMatchObject({ code: 'INPUT_NEEDED', usage: { bought: 0, replayed: 1 } })
    }
    await using third = await open()
    await using session = await third.openSession({ id })
    const asks: InputRequest[] = []
    const { value, usage } = await session.resume({
      onInput: async (request) => {
        asks.push(request)
        return { action: 'approve', data: 'as it is' }
      },
    }).result
    // The first answer is on the tape: nobody is asked for it again.
    expect(asks.map(({ title, key }) => [title, key])).toEqual([['Second?', keys[1]]])
    expect(value).toEqual([{ action: 'no', data: 1 }, { action: 'approve', data: 'as it is' }, 'answer to after'])
    expect(usage).toMatchObject({ bought: 1, replayed: 1 })
    expect(asked).toEqual(['before', 'after'])
  })

  it('lets what else is under way come to its end before the cell sleeps, so that nothing paid for is lost', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    const slow = defineProvider({ name: 'slow', pricing: 'free', query: async () => held.then(() => ({ text: 'late', usage: { inputTokens: 1, outputTokens: 1 } })) })
    await using own = await openReplm({ providers: [slow], model: 'slow/x', store: ':memory:' })
    await using session = await own.openSession()
    let wasAsked: () => void = () => undefined
    const asking = new Promise<void>((resolve) => (wasAsked = resolve))
    const run = session.run(`const both = await Promise.all([awaitInput({ title: 'Now?' }), llmQuery('slow')]); both`, {
      onInput: async () => {
        wasAsked()
        return null
      },
    })
    await asking
    release()
    expect(await failure(run)).toMatchObject({ code: 'INPUT_NEEDED', usage: { bought: 1 } })
    const { value } = await session.resume({ onInput: async () => ({ action: 'approve', data: null }) }).result
    expect(value).toEqual([{ action: 'approve', data: null }, 'late'])
  })

  it('sleeps with its timers, whatever their time, and they begin anew when it goes on', async () => {
    await using session = await (await replm()).openSession()
    const cell = `await Promise.race([awaitInput({ title: 'Before next week?' }), sleep(7 * 86_400_000).then(() => 'too late')])`
    expect(await failure(session.run(cell))).toMatchObject({ code: 'INPUT_NEEDED' })
    expect((await session.resume({ onInput: async () => ({ action: 'approve', data: null }) }).result).value).toEqual({ action: 'approve', data: null })
  })

  it('does not count as wall time, and is not a program that is stuck', async () => {
    await using session = await (await replm()).openSession({ limits: { wallMs: 200 } })
    const { value } = await session.run(`(await awaitInput({ title: 'Slow?' })).action`, { onInput: () => new Promise((resolve) => setTimeout(resolve, 400, { action: 'cancel', data: null })) })
    expect(value).toBe('cancel')
    // The time that is left goes on afterwards.
    const late = `await awaitInput({ title: 'Quick?' }); await sleep(60_000)`
    expect(await failure(session.run(late, { onInput: async () => ({ action: 'approve', data: null }) }))).toMatchObject({ code: 'TIMEOUT' })
  })

  it('is refused with the interruption, and whoever asks hears of it', async () => {
    await using session = await (await replm()).openSession()
    const reasons: unknown[] = []
    const run = session.start(`try { await awaitInput({ title: 'Still there?' }) } catch (error) { error.code }`, {
      onInput: (_, { signal }) =>
        new Promise(() => {
          signal.addEventListener('abort', () => reasons.push((signal.reason as ReplmError).code))
          run.interrupt()
        }),
    })
    expect((await run.result).value).toBe('INTERRUPTED')
    expect(reasons).toEqual(['INTERRUPTED'])
  })

  it('asks sixteen at a time, whatever a program wants to know at once; those of a cell that has ended take no place of the next', async () => {
    await using session = await (await replm()).openSession()
    let open = 0
    let most = 0
    const onInput = async ({ data }: InputRequest): Promise<InputAnswer> => {
      most = Math.max(most, ++open)
      await new Promise((resolve) => setImmediate(resolve))
      open -= 1
      return { action: 'approve', data }
    }
    const all = `(await Promise.all(Array.from({ length: 100 }, (_, index) => awaitInput({ title: 'Number', data: index })))).map(({ data }) => data)`
    expect((await session.run(all, { onInput })).value).toEqual(Array.from({ length: 100 }, (_, index) => index))
    expect(most).toBeLessThanOrEqual(16)
    await session.run(`for (let i = 0; i < 40; i++) void awaitInput({ title: 'Never' }).catch(() => undefined); 1`, { onInput: () => new Promise(() => undefined) })
    expect((await session.run(all, { onInput })).value).toHaveLength(100)
  })

  it('is ended with its cell, and refused where no cell waits for it', async () => {
    await using session = await (await replm()).openSession()
    let stopped: (code: string) => void = () => undefined
    const end = new Promise<string>((resolve) => (stopped = resolve))
    await session.run(`void awaitInput({ title: 'Nobody waits' }).catch(() => undefined); 1`, {
      onInput: (_, { signal }) => new Promise(() => signal.addEventListener('abort', () => stopped((signal.reason as ReplmError).code))),
    })
    expect(await end).toBe('INTERRUPTED')
    expect((await session.run(`'next'`)).value).toBe('next')
  })

  it.each([
    ['awaitInput()', /Expected the request to be {title/],
    ['awaitInput({})', /Expected `title` to be a string/],
    [`awaitInput({ title: '' })`, /Expected `title` to say something/],
    [`awaitInput({ title: 'x'.repeat(201) })`, /at most 200 characters, got 201/],
    [`awaitInput({ title: 'x', description: 'x'.repeat(10_001) })`, /at most 10000 characters/],
    [`awaitInput({ title: 'x', dat: 1 })`, /got `dat`/],
    [`awaitInput({ title: 'x', data: new Map() })`, /nothing but JSON, found a map/],
    [`awaitInput({ title: 'x', data: [() => 1] })`, /nothing but JSON, found a function/],
    [`awaitInput({ title: 'x', data: new Proxy({}, {}) })`, /found a proxy/],
    [`awaitInput({ title: 'x', data: new Proxy([], {}) })`, /found a proxy/],
    [`(() => { const ring = {}; ring.self = ring; return awaitInput({ title: 'x', data: ring }) })()`, /at most 500 levels/],
    [`awaitInput({ title: 'x', data: 'x'.repeat(600_000) })`, /at most 524288 characters/],
    [`awaitInput({ title: 'x', actions: [] })`, /from 1 to 16 names, got 0/],
    [`awaitInput({ title: 'x', actions: Array.from({ length: 17 }, (_, i) => 'a' + i) })`, /from 1 to 16 names, got 17/],
    [`awaitInput({ title: 'x', actions: ['go', 'go'] })`, /each name once/],
    [`awaitInput({ title: 'x', actions: [''] })`, /Expected `actions\[0]`/],
    [`awaitInput({ title: 'x', actions: 'go' })`, /an array of names/],
  ])('refuses %s', async (call, message) => {
    const session = await oneSession()
    expect(await failure(session.run(`await ${call}`))).toMatchObject({ code: 'CELL', message: expect.stringMatching(message) })
  })

  it.each([
    [{ action: 'no such', data: 1 }, /one of "approve", "edit", "cancel"/],
    [{ action: 1 as unknown as string, data: 1 }, /`action` to be a string/],
    [{ action: 'edit', data: 1n }, /nothing but JSON/],
    [{ action: 'edit', data: 'x'.repeat(600_000) }, /at most 524288/],
  ])('an answer of %o is refused: the program hears why', async (answer, message) => {
    const session = await oneSession()
    expect(await failure(session.run(`await awaitInput({ title: 'x' })`, { onInput: async () => answer }))).toMatchObject({ message: expect.stringMatching(message) })
  })

  it.each([
    { title: 1 }, { title: 'x'.repeat(201) }, { description: 2 }, { description: 'x'.repeat(10_001) }, { data: undefined }, { data: 'x'.repeat(600_000) },
    { data: Array.from({ length: 600 }).reduce<unknown>((inner) => [inner], 1) }, { actions: [] }, { actions: ['a', 'a'] }, { actions: [''] }, { actions: 'a' }, { actions: Array.from({ length: 17 }, String) }, { id: 0 },
  ])('a sandbox that says something else is not believed: %#', (wrong) => {
    const right = { type: 'input', id: 1, title: 'x', description: null, data: null, actions: ['go'] }
    const frame = (message: object): Buffer => Buffer.from(JSON.stringify({ n: 1, cpuMs: 0, messages: [message] }))
    expect(() => parseTurn(frame(right))).not.toThrow()
    expect(() => parseTurn(frame({ ...right, ...wrong }))).toThrow()
  })
})
