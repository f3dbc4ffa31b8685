import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openReplm, type ReplmError } from '../../src/index.ts'
import { createModel, createRandom } from '../e2e/replay/model.ts'
import { programs } from '../e2e/replay/programs.ts'
import { randomProgram } from '../e2e/replay/randomProgram.ts'
import { type Sandboxes, watchSandboxes } from '../e2e/replay/sandboxes.ts'
import { temporaryStore, type TemporaryStore } from '../host/journal/temporaryStore.ts'

const first = Number(process.env['REPLAY_SEED'] ?? Math.floor(Math.random() * 1e6))
const context = { one: { name: 'one', text: Array.from({ length: 60 }, (_, i) => `line ${i} of a text`).join('\n') }, two: { name: 'two', text: 'second' } }

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

const random = Array.from({ length: 20 }, (_, index) => ({ seed: first + index, program: randomProgram(first + index) }))
// One that is interrupted would wait for that for ever where its host was closed at that very moment.
const written = programs.filter(({ cells }) => !cells.some((cell) => typeof cell === 'object' && cell.interruptAt !== undefined)).map((program) => ({ seed: first, program }))

describe.each([...written, ...random])('$program.name, seed $seed', ({ seed, program }) => {
  it('goes on in one replm after the other, as the same program each time', async () => {
    const model = createModel(seed)
    const below = createRandom(seed + 2)
    let id: string | undefined
    let next = 0
    for (let life = 0; next < program.cells.length; life++) {
      const replm = await openReplm({ providers: [model.provider], model: 'random/x', store: store.file })
      const session = await replm.openSession(id === undefined ? { context } : { id })
      id = session.id
      // Ten times at the most, and then to its end.
      let left = life < 10 ? 2 + below(25) : Infinity
      const { promise: enough, resolve: stop } = Promise.withResolvers<'stopped'>()
      sandboxes.onRecord = () => {
        if (--left === 0) stop('stopped')
      }
      while (next < program.cells.length) {
        const cell = program.cells[next] ?? ''
        const { text, typescript = false } = typeof cell === 'string' ? { text: cell } : cell
        const run = session.cutOff === undefined ? session.start(text, { name: `cell ${next}`, typescript }) : session.resume()
        const heard = (async () => {
          for await (const event of run.events) {
            expect(event.type).not.toBe('session.diverged')
          }
        })()
        const ended = run.result.then(
          ({ logs }) => logs,
          ({ code, logs, message }: ReplmError) => {
            expect(code, message).not.toBe('CRASHED')
            return logs
          },
        )
        const logs = await Promise.race([ended, enough])
        if (logs === 'stopped') {
          await replm[Symbol.asyncDispose]()
          await ended
          break
        }
        await heard
        next += 1
      }
      await replm[Symbol.asyncDispose]()
      if (session.cells.at(-1)?.state === 'ended') next = Math.max(next, session.cells.length)
    }
    await using replm = await openReplm({ providers: [model.provider], model: 'random/x', store: store.file })
    await using session = await replm.openSession({ id: id ?? '' })
    const before = (await session.run('seen')).value as unknown[]
    sandboxes.onRecord = undefined
    sandboxes.kill()
    expect(((await session.run('seen')).value as unknown[]).slice(0, before.length)).toEqual(before)
  })
})
