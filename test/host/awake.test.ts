/** Sessions that are opened when they are used, and put to sleep when they are not. */
import { describe, expect, test } from 'vitest'
import { openReplm, type ReplmOptions } from '../../src/index.ts'
import { scripted } from '../../src/testing.ts'

async function open(options: ReplmOptions) {
  const replm = await openReplm({ providers: [scripted({ '': 'yes' })], model: 'scripted/x', store: ':memory:', ...options })
  const make = async (): Promise<string> => {
    const session = await replm.openSession()
    await replm.awake.add(session)
    return session.id
  }
  return { replm, awake: replm.awake, make, [Symbol.asyncDispose]: () => replm[Symbol.asyncDispose]() }
}

describe('places', () => {
  test('the one unused for longest gives its place to the next', async () => {
    await using it = await open({ maxAwake: 2 })
    const [a, b, c] = [await it.make(), await it.make(), await it.make()]
    expect([a, b, c].map((id) => it.awake.has(id))).toEqual([false, true, true])
    await it.awake.use(b, async () => undefined)
    await it.awake.use(a, async () => undefined)
    expect([a, b, c].map((id) => it.awake.has(id))).toEqual([true, true, false])
  })

  test('a use waits while all places are in use, and goes on when one is free', async () => {
    await using it = await open({ maxAwake: 1 })
    const [a, b] = [await it.make(), await it.make()]
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
    const first = it.awake.use(a, () => (begin(), held))
    await begun
    const order: string[] = []
    const second = it.awake.use(b, async () => void order.push('b'))
    order.push('still waiting')
    await expect(it.awake.sleep(a)).rejects.toThrow(expect.objectContaining({ code: 'IN_USE' }))
    letGo()
    await Promise.all([first, second])
    expect(order).toEqual(['still waiting', 'b'])
  })

  test('many uses of one session open it once', async () => {
    await using it = await open({})
    const id = await it.make()
    await it.awake.sleep(id)
    const sessions = await Promise.all(Array.from({ length: 5 }, () => it.awake.use(id, async (session) => session)))
    expect(new Set(sessions).size).toBe(1)
  })

  test('what cannot be opened fails its use, and takes no place', async () => {
    await using it = await open({ maxAwake: 1 })
    await expect(it.awake.use('none', async () => undefined)).rejects.toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
    expect(it.awake.size).toBe(0)
    const id = await it.make()
    expect(await it.awake.use(id, async (session) => session.id)).toBe(id)
  })
})

describe('sleep', () => {
  test('a session that sleeps comes back as it was, and buys nothing again', async () => {
    await using it = await open({})
    const id = await it.make()
    await it.awake.use(id, (session) => session.run('let answer = await llmQuery("?")'))
    await it.awake.sleep(id)
    expect(it.awake.has(id)).toBe(false)
    const { value, usage } = await it.awake.use(id, (session) => session.run('answer'))
    expect([value, usage.bought]).toEqual(['yes', 0])
  })

  test('one that was not used for so long sleeps, but not one whose cell was ended by force', async () => {
    await using it = await open({ idleMs: 20 })
    const [kept, forced] = [await it.make(), await it.make()]
    // Used before it was older than that, or woken by it.
    await it.awake.use(forced, async (session) => {
      await session.run('let made = 1')
      await expect(session.run('made = 2; for (;;);', { signal: AbortSignal.timeout(100) })).rejects.toThrow()
    })
    await expect.poll(() => it.awake.has(kept)).toBe(false)
    await expect.poll(() => it.awake.use(forced, async (session) => session.cells.some(({ state }) => state === 'cut'))).toBe(true)
    expect(it.awake.has(forced)).toBe(true)
  })

  test('what runs in a session that is dropped ends here, and can go on', async () => {
    await using it = await open({})
    const id = await it.make()
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
    const running = it.awake.use(id, (session) => {
      const run = session.start('await sleep(100_000)', { id: 'long' })
      void run.events[Symbol.asyncIterator]().next().then(() => begin())
      return run.result
    })
    await begun
    const [outcome] = await Promise.allSettled([running, it.awake.drop(id)])
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'DISPOSED' } })
    expect(await it.awake.use(id, async (session) => session.id)).toBe(id)
  })

  test('nothing is opened once its replm is closed', async () => {
    await using it = await open({ maxAwake: 1 })
    const [id, other] = [await it.make(), await it.make()]
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
    const used = it.awake.use(id, () => (begin(), held))
    await begun
    const outcome = Promise.allSettled([it.awake.use(other, async () => undefined)])
    await it.replm[Symbol.asyncDispose]()
    letGo()
    await used
    expect(await outcome).toMatchObject([{ status: 'rejected', reason: { code: 'DISPOSED' } }])
    await expect(it.awake.use(id, async () => undefined)).rejects.toThrow(expect.objectContaining({ code: 'DISPOSED' }))
  })
})
