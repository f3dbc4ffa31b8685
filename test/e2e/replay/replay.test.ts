import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openReplm, type Replm, type SessionOptions } from '../../../src/index.ts'
import { temporaryStore, type TemporaryStore } from '../../host/journal/temporaryStore.ts'
import { createModel, createRandom, type Model } from './model.ts'
import { play } from './play.ts'
import { probe, programs } from './programs.ts'
import { killAtRandom, type Sandboxes, watchSandboxes } from './sandboxes.ts'

const seed = Number(process.env['REPLAY_SEED'] ?? Math.floor(Math.random() * 1e6))
const text = Array.from({ length: 60 }, (_, i) => `line ${i} of a text with ümläute and 𝒳`).join('\n')
const opened: SessionOptions = { context: { one: { name: 'one', text }, two: { name: 'two', text: 'second text' } } }

let store: TemporaryStore
let sandboxes: Sandboxes
beforeEach(() => {
  store = temporaryStore()
  sandboxes = watchSandboxes()
})
afterEach(() => {
  sandboxes[Symbol.dispose]()
  store[Symbol.dispose]()
})

function open(model: Model): Promise<Replm> {
  return openReplm({ providers: [model.provider], model: 'random/x', store: store.file })
}

describe.each(programs)('$name', (program) => {
  const fails = program.cells.map((cell) => (typeof cell === 'string' ? undefined : cell.fails))

  it(`come back as they were, in another sandbox and in another replm (seed ${seed})`, async () => {
    const model = createModel(seed)
    let id: string
    let before: unknown
    let asked: number
    {
      await using replm = await open(model)
      await using session = await replm.openSession(opened)
      id = session.id
      const { outcomes } = await play(session, program, model)
      expect(outcomes.map((outcome) => /^[A-Z]+(:|$)/.test(outcome) ? outcome : undefined)).toEqual(fails)
      before = (await session.run(probe, { name: 'probe' })).value
      asked = model.asked.length
      sandboxes.kill()
      expect((await session.run(probe, { name: 'probe' })).value).toBe(before)
    }
    await using replm = await open(model)
    await using session = await replm.openSession({ id })
    const run = session.start(probe, { name: 'probe' })
    expect((await run.result).value).toBe(before)
    const events = await Array.fromAsync(run.events)
    expect(events.filter(({ type }) => type === 'session.rebuilt' || type === 'session.diverged')).toMatchObject([{ type: 'session.rebuilt', lost: null }])
    expect(events.filter(({ type }) => type === 'console.printed')).toEqual([])
    // What was left in flight is asked again by a new process; nothing else is.
    const left = model.asked.slice(asked)
    expect(left.filter((prompt) => !prompt.startsWith('never'))).toEqual([])
  })

  it(`go on over kills of the sandbox as if there had been none (seed ${seed})`, async () => {
    const model = createModel(seed)
    // Once while it is live, and its successor in the replay. More of them can meet at one place of the tape, which is the end of a cell by right.
    killAtRandom(sandboxes, createRandom(seed + 1), 2)
    await using replm = await open(model)
    await using session = await replm.openSession(opened)
    const { outcomes, printed, shown, diverged, lost } = await play(session, program, model)
    sandboxes.onRecord = undefined
    sandboxes.onDeliver = undefined
    expect(diverged).toEqual([])
    // Interrupting a cell whose sandbox has just been killed ends it there.
    expect(lost.filter((what) => !what.includes('INTERRUPTED'))).toEqual([])
    expect(outcomes.map((outcome) => /^[A-Z]+(:|$)/.test(outcome) ? outcome : undefined)).toEqual(fails)
    // The replays met the same program: what had been shown is what the cells have printed.
    expect(shown).toEqual(printed)
    const before = (await session.run(probe, { name: 'probe' })).value
    sandboxes.kill()
    expect((await session.run(probe, { name: 'probe' })).value).toBe(before)
  })
})
