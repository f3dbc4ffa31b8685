import { execFileSync } from 'node:child_process'
import { rmSync, utimesSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openReplm, type Replm, type ReplmError, type ReplmOptions, type Run, type SessionEvent } from '../../src/index.ts'
import { createModel, type Model } from '../e2e/replay/model.ts'
import { type Sandboxes, watchSandboxes } from '../e2e/replay/sandboxes.ts'
import { temporaryStore, type TemporaryStore } from './journal/temporaryStore.ts'

let store: TemporaryStore
let sandboxes: Sandboxes
let model: Model
beforeEach(() => {
  store = temporaryStore()
  sandboxes = watchSandboxes()
  model = createModel(1)
})
afterEach(() => {
  vi.unstubAllEnvs()
  sandboxes[Symbol.dispose]()
  store[Symbol.dispose]()
})

function open(options: ReplmOptions = {}): Promise<Replm> {
  return openReplm({ providers: [model.provider], model: 'random/x', store: store.file, ...options })
}

async function failure(promise: Promise<unknown>): Promise<ReplmError> {
  return (await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )) as ReplmError
}

/** What is told of rebuilds while it runs. */
async function news(run: Run): Promise<SessionEvent[]> {
  const events = await Array.fromAsync(run.events)
  return events.filter(({ type }) => type === 'session.rebuilt' || type === 'session.diverged')
}

describe('a sandbox that is killed while its cell runs', () => {
  it('is replaced by itself: what was answered is not asked again, and what is under way is taken over', async () => {
    await using replm = await open()
    await using session = await replm.openSession()
    await session.run(`var kept = [await llmQuery('before')]`)
    const run = session.start(`kept.push(...await Promise.all([llmQuery('a'), llmQuery('b')])); console.log('two'); kept.push(...await llmBatchQuery(['hold 1', 'c', 'hold 2'])); for await (const piece of llmStream('hold stream')) kept.push(piece); kept.length`)
    await model.untilAsked('hold 2')
    for await (const event of run.events) if (event.type === 'batch.progressed') break
    const { asked } = model
    const before = asked.length
    sandboxes.kill()
    // The questions that it held go on meanwhile, and are answered to nobody yet.
    model.release()
    const { value, usage, logs } = await run.result
    expect(value).toBe(12)
    expect(asked.slice(before)).toEqual(['hold stream'])
    expect(usage).toMatchObject({ queries: 6, bought: 6 })
    expect(logs.map(({ text }) => text)).toEqual(['two'])
    expect(sandboxes.opened).toHaveLength(2)
    const texts = (await session.run('kept')).value as string[]
    expect(texts.slice(0, 6)).toEqual(['before #1', 'a #2', 'b #3', 'hold 1 #4', 'c #5', 'hold 2 #6'])
    expect(texts.slice(6, 10)).toEqual(['hold stream', ' #7', ' and', ' so'])
  })

  it('in the middle of a stream goes on with that very stream', async () => {
    await using replm = await open()
    await using session = await replm.openSession()
    const run = session.start(`let text = ''; for await (const piece of llmStream('long')) { text += piece; if (piece === ' and') console.log(text) } text`)
    for await (const event of run.events) {
      if (event.type !== 'console.printed') continue
      sandboxes.kill()
      break
    }
    expect((await run.result).value).toMatch(/^long #1 and so on \d+$/)
    expect(model.asked).toEqual(['long'])
  })

  it('and was interrupted comes to its end, and the cells before it are there', async () => {
    await using replm = await open()
    await using session = await replm.openSession()
    await session.run('var kept = 1')
    const run = session.start(`await llmQuery('never')`)
    await model.untilAsked('never')
    sandboxes.kill()
    run.interrupt()
    expect(await failure(run.result)).toMatchObject({ code: 'INTERRUPTED' })
    expect((await session.run('kept')).value).toBe(1)
    await expect.poll(() => model.aborted).toEqual(['never'])
  })

  it('twice at the same place has failed, and the session goes on without that cell', async () => {
    await using replm = await open()
    await using session = await replm.openSession()
    await session.run('var kept = 1')
    const cell = session.start(`kept = 2; await llmQuery('first'); await llmQuery('hold deadly')`)
    await model.untilAsked('hold deadly')
    sandboxes.kill()
    for await (const event of cell.events) if (event.type === 'session.rebuilt') sandboxes.kill()
    expect(await failure(cell.result)).toMatchObject({ code: 'CRASHED', ran: true })
    expect(sandboxes.opened).toHaveLength(2)
    // Asked once, taken over, and let go of with the cell.
    await expect.poll(() => model.aborted).toEqual(['hold deadly'])
    expect(model.asked).toEqual(['first', 'hold deadly'])
    const next = session.start('kept')
    expect((await next.result).value).toBe(1)
    expect(await news(next)).toMatchObject([{ type: 'session.rebuilt', cells: 1, lost: expect.stringContaining('CRASHED') }])
    expect(session.cells.map(({ state }) => state)).toEqual(['ended', 'cut', 'ended'])
  })
})

describe('a cell that was cut off by its limits', () => {
  it.for([
    ['CPU', `kept.push('cut'); await llmQuery('bought'); for (;;);`, { cpuMs: 300 }],
    ['TIMEOUT', `kept.push('cut'); await llmQuery('bought'); await llmQuery('never')`, { wallMs: 600 }],
    ['MEMORY', `kept.push('cut'); await llmQuery('bought'); const all = []; for (;;) all.push(new Array(1e5).fill({}))`, { memoryMb: 32 }],
    ['OUTPUT', `kept.push('cut'); await llmQuery('bought'); for (let i = 0; i < 2000; i++) console.log('x'.repeat(100)); await llmQuery('never')`, { outputBytes: 20_000 }],
  ] as const)('%s is left out of a rebuild, and what it bought stays bought', async ([code, text, limits]) => {
    let id: string
    {
      await using replm = await open()
      await using session = await replm.openSession({ limits })
      id = session.id
      await session.run(`var kept = ['first']`)
      expect(await failure(session.run(text, { name: 'cut' }))).toMatchObject({ code })
    }
    await using replm = await open()
    await using session = await replm.openSession({ id })
    expect(session.cells.map(({ cell, state }) => [cell, state])).toEqual([['cell 1', 'ended'], ['cut', 'cut']])
    expect((await session.run('kept')).value).toEqual(['first'])
    const { value, usage } = await session.run(`await llmQuery('bought')`, { name: 'cut' })
    expect(value).toBe('bought #1')
    expect(usage).toMatchObject({ bought: 0, replayed: 1 })
  })

  it('an interrupt that took a kill says what was lost, and that it had run', async () => {
    await using replm = await open()
    await using session = await replm.openSession()
    await session.run(`var kept = 1`)
    const run = session.start(`kept = 2; console.log('in'); for (;;);`, { name: 'loop' })
    for await (const event of run.events) {
      if (event.type !== 'console.printed') continue
      break
    }
    run.interrupt()
    expect(await failure(run.result)).toMatchObject({ code: 'INTERRUPTED' })
    const next = session.start('kept')
    expect((await next.result).value).toBe(1)
    expect(await news(next)).toEqual([{ type: 'session.rebuilt', cells: 1, answers: 0, lost: 'loop (INTERRUPTED, it had run)' }])
  })

  it('a cell that was cut off is told as lost also where its sandbox survived it, and its process did not', async () => {
    await using replm = await open()
    const earlier = await replm.openSession({ limits: { cpuMs: 200 } })
    await earlier.run(`var kept = 1`)
    expect(await failure(earlier.run('var more = 2; for (;;);', { name: 'loop' }))).toMatchObject({ code: 'CPU' })
    expect((await earlier.run('more')).value).toBe(2)
    await earlier[Symbol.asyncDispose]()
    await using session = await replm.openSession({ id: earlier.id })
    const next = session.start('[kept, typeof more]')
    expect((await next.result).value).toEqual([1, 'undefined'])
    expect(await news(next)).toMatchObject([{ type: 'session.rebuilt', lost: expect.stringContaining('loop (CPU, it had run)') }])
  })

  it('one that runs for much longer in its replay than it first did is left out, and the cells around it are there', async () => {
    let id: string
    {
      await using replm = await open()
      await using session = await replm.openSession()
      id = session.id
      await session.run(`var kept = ['first']`)
      await session.run(`for (let i = 0; i < 1e3; i++);`, { name: 'loop' })
      await session.run(`kept.push('last')`)
    }
    {
      using database = new DatabaseSync(store.file)
      database.prepare(`UPDATE executions SET text = 'for (;;);' WHERE cell = 'loop'`).run()
    }
    await using replm = await open()
    await using session = await replm.openSession({ id })
    const run = session.start('kept')
    expect((await run.result).value).toEqual(['first', 'last'])
    expect(await news(run)).toMatchObject([{ type: 'session.rebuilt', lost: expect.stringMatching(/^loop \(The cell ran for more than 1000 ms/) }])
  })

  it('an interrupt during a rebuild stops it: the cells that were not back yet are left out, and told once', async () => {
    let id: string
    {
      await using replm = await open()
      await using session = await replm.openSession()
      id = session.id
      await session.run(`var kept = 1`)
      await session.run(`for (let i = 0; i < 30; i++) await llmQuery('q' + i); kept = 2`, { name: 'long' })
    }
    await using replm = await open()
    await using session = await replm.openSession({ id })
    const run = session.start('kept')
    sandboxes.onDeliver = (at) => {
      if (at === 10) run.interrupt()
    }
    expect(await failure(run.result)).toMatchObject({ code: 'INTERRUPTED', ran: false })
    sandboxes.onDeliver = undefined
    const next = session.start('kept')
    expect((await next.result).value).toBe(1)
    expect(await news(next)).toMatchObject([{ type: 'session.rebuilt', cells: 1, lost: expect.stringContaining('long (its replay was stopped)') }])
  })
})

describe('documents of a session that is brought back', () => {
  const paths = (): string => join(store.folder, 'text.txt')

  async function opened(context: NonNullable<Parameters<Replm['openSession']>[0]>['context']): Promise<string> {
    await using replm = await open()
    await using session = await replm.openSession({ context: context ?? [] })
    await session.run(`var read = await docs[0].slice(0, 5)`)
    return session.id
  }

  it('are read again, and one that has changed is told before anything is run', async () => {
    writeFileSync(paths(), 'hello world')
    const id = await opened(paths())
    {
      await using replm = await open()
      await using session = await replm.openSession({ id })
      expect((await session.run('[read, context]')).value).toEqual(['hello', 'hello world'])
    }
    writeFileSync(paths(), 'other words here')
    await using replm = await open()
    await using session = await replm.openSession({ id })
    expect(await failure(session.run('read'))).toMatchObject({ code: 'CHANGED', ran: false, message: expect.stringContaining('text.txt') })
  })

  it('that have changed are taken as they are when that is accepted', async () => {
    writeFileSync(paths(), 'hello world')
    const id = await opened(paths())
    writeFileSync(paths(), 'hello, but longer')
    {
      await using replm = await open()
      await using session = await replm.openSession({ id, acceptChanges: true })
      expect((await session.run('[read, await docs[0].slice(5, 9)]')).value).toEqual(['hello', ', bu'])
    }
  })

  it('whose content has changed at the same size and time are found out by what was read', async () => {
    writeFileSync(paths(), 'hello world')
    utimesSync(paths(), 1_000, 1_000)
    const id = await opened(paths())
    writeFileSync(paths(), 'HELLO world')
    utimesSync(paths(), 1_000, 1_000)
    await using replm = await open()
    await using session = await replm.openSession({ id })
    expect(await failure(session.run('read'))).toMatchObject({ code: 'CHANGED', message: expect.stringContaining('text.txt') })
  })

  it('whose encoding was declared are read in it again, and in another one they are others', async () => {
    writeFileSync(paths(), Buffer.from('caf\xe9s', 'latin1'))
    const id = await opened({ path: paths(), encoding: 'latin1' })
    {
      await using replm = await open()
      await using session = await replm.openSession({ id })
      expect((await session.run('[read, context]')).value).toEqual(['cafés', 'cafés'])
    }
    await using replm = await open()
    await using session = await replm.openSession({ id, context: paths() })
    expect(session.changes).toMatchObject([{ of: 'documents', text: expect.stringContaining('text.txt has changed') }])
  })

  it('that are packed are unpacked again, and one that was packed anew has changed', async () => {
    const packed = `${paths()}.gz`
    writeFileSync(packed, gzipSync('hello world'))
    const id = await opened(packed)
    {
      await using replm = await open()
      await using session = await replm.openSession({ id })
      expect((await session.run('[read, context, docs[0].bytes]')).value).toEqual(['hello', 'hello world', 11])
    }
    writeFileSync(packed, gzipSync('hello WORLD'))
    utimesSync(packed, 1_000, 1_000)
    await using replm = await open()
    await using session = await replm.openSession({ id })
    expect(await failure(session.run('read'))).toMatchObject({ code: 'CHANGED', message: expect.stringContaining('text.txt.gz') })
  })

  it.skipIf(process.platform === 'win32').each([
    ['UTF-16', Buffer.from('\ufeffwide 🎉', 'utf16le'), 'wide 🎉'],
    ['invalid UTF-8', Buffer.from('bad \xff\xfe end', 'latin1'), 'bad \ufffd\ufffd end'],
    ['a byte order mark', Buffer.from('\ufeffmarked'), 'marked'],
  ])('that came through a pipe in %s come back from what was kept of them', async (_, bytes, text) => {
    const pipe = join(store.folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const writing = writeFile(pipe, bytes)
    const id = await opened(pipe)
    await writing
    rmSync(pipe)
    await using replm = await open()
    await using session = await replm.openSession({ id })
    expect((await session.run('[read, context, docs[0].bytes]')).value).toEqual([text.slice(0, 5), text, expect.any(Number)])
  })

  it('that were given as text come back from what was kept of them', async () => {
    const id = await opened({ one: { name: 'one', text: 'in memory, with ümlauts 𝒳' }, two: { name: 'two', text: 'second' } })
    await using replm = await open()
    await using session = await replm.openSession({ id })
    expect((await session.run('[read, context, docs.map((doc) => doc.name)]')).value).toEqual(['in me', ['in memory, with ümlauts 𝒳', 'second'], ['one', 'two']])
  })

  it('that were loaded later come back in their place', async () => {
    let id: string
    const cell = `seen.push(docs.length, context.length); seen`
    let before: unknown
    {
      await using replm = await open()
      await using session = await replm.openSession({ context: { a: { name: 'a', text: 'aaa' }, b: { name: 'b', text: 'bb' } } })
      id = session.id
      await session.run('var seen = []')
      await session.run(cell)
      await session.load({ c: { name: 'c', text: 'cccc' } })
      await session.run(cell)
      await session.load({ d: { name: 'd', text: 'd' } })
      before = (await session.run(cell)).value
      sandboxes.kill()
      expect((await session.run('seen')).value).toEqual(before)
      expect((await session.run('[docs[3].name, context[3], await docs[2].slice(0, 9)]')).value).toEqual(['d', 'd', 'cccc'])
    }
    expect(before).toEqual([2, 2, 3, 3, 4, 4])
    await using replm = await open()
    await using session = await replm.openSession({ id })
    expect((await session.run('seen')).value).toEqual(before)
  })
})

describe('a session in a new process', () => {
  it('goes on in time: no clock runs backward, and none repeats what it said', async () => {
    let id: string
    let before: readonly number[]
    {
      await using replm = await open()
      await using session = await replm.openSession()
      id = session.id
      await session.run(`const until = performance.now() + 400; while (performance.now() < until);`)
      before = (await session.run('[performance.now(), Date.now(), Temporal.Now.instant().epochMilliseconds, new Date().getTime()]')).value as number[]
    }
    await using replm = await open()
    await using session = await replm.openSession({ id })
    const after = (await session.run('[performance.now(), Date.now(), Temporal.Now.instant().epochMilliseconds, new Date().getTime()]')).value as number[]
    for (const [index, value] of after.entries()) expect(value).toBeGreaterThanOrEqual(before[index] ?? Infinity)
    expect(after[1]).toBeGreaterThanOrEqual(before[3] ?? Infinity)
  })

  it('lives on in the time zone that it was made in', async () => {
    const cell = `[Intl.DateTimeFormat().resolvedOptions().timeZone, new Date(0).getHours(), Temporal.Now.timeZoneId()]`
    let id: string
    vi.stubEnv('TZ', 'Asia/Tokyo')
    {
      await using replm = await open()
      await using session = await replm.openSession()
      id = session.id
      expect((await session.run(`var zone = ${cell}; zone`)).value).toEqual(['Asia/Tokyo', 9, 'Asia/Tokyo'])
    }
    vi.stubEnv('TZ', 'America/Lima')
    await using replm = await open()
    await using session = await replm.openSession({ id })
    expect((await session.run(`[zone, ${cell}]`)).value).toEqual([['Asia/Tokyo', 9, 'Asia/Tokyo'], ['Asia/Tokyo', 9, 'Asia/Tokyo']])
    await using other = await replm.openSession()
    expect((await other.run(cell)).value).toEqual(['America/Lima', 19, 'America/Lima'])
  })

  it('goes on with the cell that was cut off, shows no output twice, and has all of it in the end', async () => {
    let id: string
    {
      await using replm = await open()
      await using session = await replm.openSession()
      id = session.id
      await session.run(`var kept = await llmQuery('first')`)
      const run = session.start(`console.log('one', kept); const second = await llmQuery('second'); console.log('two', second); await llmQuery('hold'); console.log('three'); [kept, second]`, { name: 'main' })
      await model.untilAsked('hold')
      void run.result.catch(() => undefined)
    }
    model.release()
    await using replm = await open()
    await using session = await replm.openSession({ id })
    expect(session.cutOff).toMatchObject({ cell: 'main', state: 'running' })
    const run = session.resume()
    const shown: string[] = []
    for await (const event of run.events) if (event.type === 'console.printed') shown.push(event.text)
    const { value, logs, usage } = await run.result
    expect(value).toEqual(['first #1', 'second #2'])
    expect(logs.map(({ text }) => text)).toEqual(['one first #1', 'two second #2', 'three'])
    expect(shown).toEqual(['three'])
    expect(usage).toMatchObject({ queries: 2, bought: 1, replayed: 1 })
    expect(model.asked).toEqual(['first', 'second', 'hold', 'hold'])
    expect(session.cutOff).toBeUndefined()
    expect(() => session.resume()).toThrow('No cell of this session was cut off')
  })

  it.each([
    [0, ['one', 'two', 'three']],
    [1, ['two', 'three']],
    [2, ['three']],
    [3, []],
    [99, []],
  ])('shows again what comes after the first %i texts, where who keeps what was shown says that it has those', async (printsShown, expected) => {
    let id: string
    {
      await using replm = await open()
      await using session = await replm.openSession()
      id = session.id
      void session.run(`console.log('one'); console.log('two'); await llmQuery('hold'); console.log('three')`).catch(() => undefined)
      await model.untilAsked('hold')
    }
    model.release()
    for (const again of ['resume', 'recall'] as const) {
      await using replm = await open()
      await using session = await replm.openSession({ id })
      // Cut off, then ended: its tape tells the end once more.
      const run = session[again]({ printsShown })
      const shown: string[] = []
      for await (const event of run.events) if (event.type === 'console.printed') shown.push(event.text)
      expect([again, shown]).toEqual([again, expected])
      expect((await run.result).logs.map(({ text }) => text)).toEqual(['one', 'two', 'three'])
    }
    expect(model.asked).toEqual(['hold', 'hold'])
  })

  it.each([-1, 0.5, NaN, '1', null])('takes %j for no count of texts that were shown', async (printsShown) => {
    await using replm = await open()
    await using session = await replm.openSession()
    for (const again of [() => session.resume({ printsShown: printsShown as number }), () => session.recall({ printsShown: printsShown as number })]) expect(again).toThrow(/^Expected `printsShown` to be a whole number from 0 up, got /)
  })

  it('leaves the cell that was cut off out when another one is run instead', async () => {
    let id: string
    {
      await using replm = await open()
      await using session = await replm.openSession()
      id = session.id
      await session.run('var kept = 1')
      void session.run(`kept = 2; await llmQuery('hold')`, { name: 'main' }).catch(() => undefined)
      await model.untilAsked('hold')
    }
    await using replm = await open()
    await using session = await replm.openSession({ id })
    const run = session.start('kept')
    expect((await run.result).value).toBe(1)
    expect(await news(run)).toMatchObject([{ cells: 1, lost: 'main (it was cut off)' }])
  })
})

describe('a session whose cell is another one by now', () => {
  it('says where it went apart, runs that cell and those after it again, and pays only for what is new', async () => {
    let id: string
    {
      await using replm = await open()
      await using session = await replm.openSession()
      id = session.id
      await session.run(`var seen = [await llmQuery('zero')]`, { name: 'one' })
      await session.run(`seen.push(await llmQuery('a'), await llmQuery('b'))`, { name: 'two' })
      await session.run(`seen.push(await llmQuery('after ' + seen.length))`, { name: 'three' })
    }
    {
      using database = new DatabaseSync(store.file)
      database.prepare(`UPDATE executions SET text = ? WHERE cell = 'two'`).run(`seen.push(await llmQuery('a'), await llmQuery('new'))`)
    }
    await using replm = await open()
    await using session = await replm.openSession({ id })
    const run = session.start('seen')
    expect((await run.result).value).toEqual(['zero #1', 'a #2', 'new #5', 'after 3 #4'])
    expect(await news(run)).toMatchObject([{ type: 'session.diverged', cell: 'two' }, { type: 'session.rebuilt' }])
    // It is as it is from now on.
    sandboxes.kill()
    expect((await session.run('seen')).value).toEqual(['zero #1', 'a #2', 'new #5', 'after 3 #4'])
    expect(model.asked).toHaveLength(5)
  })

  it('does so when it no longer comes to its end', async () => {
    let id: string
    {
      await using replm = await open()
      await using session = await replm.openSession()
      id = session.id
      await session.run(`var seen = [await llmQuery('zero')]`, { name: 'one' })
      await session.run(`seen.push(await llmQuery('a'))`, { name: 'two' })
      await session.run(`seen.push('three')`, { name: 'three' })
    }
    {
      using database = new DatabaseSync(store.file)
      database.prepare(`UPDATE executions SET text = ? WHERE cell = 'two'`).run(`seen.push(await llmQuery('a')); seen.push(await llmQuery('more'))`)
    }
    await using replm = await open()
    await using session = await replm.openSession({ id })
    const run = session.start('seen')
    expect((await run.result).value).toEqual(['zero #1', 'a #2', 'more #3', 'three'])
    expect(await news(run)).toMatchObject([{ type: 'session.diverged', cell: 'two', request: 'its end' }, { type: 'session.rebuilt' }])
    expect(model.asked).toEqual(['zero', 'a', 'more'])
  })

  it('does so when it was the last one, too', async () => {
    let id: string
    {
      await using replm = await open()
      await using session = await replm.openSession()
      id = session.id
      await session.run(`var seen = [await llmQuery('zero')]`, { name: 'one' })
    }
    {
      using database = new DatabaseSync(store.file)
      database.prepare(`UPDATE executions SET text = ?`).run(`var seen = [await llmQuery('zero')]; seen.push(await llmQuery('more'))`)
    }
    await using replm = await open()
    await using session = await replm.openSession({ id })
    const run = session.start('seen')
    expect((await run.result).value).toEqual(['zero #1', 'more #2'])
    expect(await news(run)).toMatchObject([{ type: 'session.diverged', cell: 'one' }, { type: 'session.rebuilt' }])
  })
})
