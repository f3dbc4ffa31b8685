import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openReplm, type Session, type SessionOptions } from '../../src/index.ts'
import { createModel, createRandom } from '../e2e/replay/model.ts'
import { play } from '../e2e/replay/play.ts'
import { programs } from '../e2e/replay/programs.ts'
import { randomProgram } from '../e2e/replay/randomProgram.ts'
import { killAtRandom, type Sandboxes, watchSandboxes } from '../e2e/replay/sandboxes.ts'
import { temporaryStore, type TemporaryStore } from '../host/journal/temporaryStore.ts'

const first = Number(process.env['REPLAY_SEED'] ?? Math.floor(Math.random() * 1e6))
const opened: SessionOptions = { context: { one: { name: 'one', text: Array.from({ length: 60 }, (_, i) => `line ${i} of a text`).join('\n') }, two: { name: 'two', text: 'second' } } }

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

async function seen(session: Session): Promise<unknown[]> {
  return (await session.run('seen')).value as unknown[]
}

const random = Array.from({ length: 60 }, (_, index) => first + index).map((seed) => ({ seed, program: randomProgram(seed) }))
const written = programs.flatMap((program) => [0, 1, 2].map((index) => ({ seed: first + index, program })))

describe.each([...random, ...written])('$program.name, seed $seed', ({ seed, program }) => {
  it('goes on over any number of kills of its sandbox as if there had been none, and comes back as it was', async () => {
    const model = createModel(seed)
    let id: string
    let before: unknown[]
    {
      await using replm = await openReplm({ providers: [model.provider], model: 'random/x', store: store.file })
      await using session = await replm.openSession(opened)
      id = session.id
      killAtRandom(sandboxes, createRandom(seed + 1), 30)
      const { outcomes, printed, shown, diverged, lost } = await play(session, program, model)
      sandboxes.onRecord = undefined
      sandboxes.onDeliver = undefined
      expect(diverged).toEqual([])
      expect(lost.filter((what) => !what.includes('INTERRUPTED'))).toEqual([])
      expect(outcomes.filter((outcome) => outcome.startsWith('CRASHED'))).toEqual([])
      expect(shown).toEqual(printed)
      before = await seen(session)
      sandboxes.kill()
      // What cells have left behind goes on meanwhile, and may have seen more.
      expect((await seen(session)).slice(0, before.length)).toEqual(before)
      before = await seen(session)
    }
    await using replm = await openReplm({ providers: [model.provider], model: 'random/x', store: store.file })
    await using session = await replm.openSession({ id })
    expect((await seen(session)).slice(0, before.length)).toEqual(before)
  })
})
