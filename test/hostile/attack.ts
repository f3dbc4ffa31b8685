/** Hostile cells in; tests that each ends with its code, in time, unnoticed by the host's loop and by a session beside it, out. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CellResult, type ErrorCode, ReplmError, type Session, type SessionEvent, type SessionLimits, type SessionOptions } from '../../src/index.ts'
import { type Arena, attackLimits, openArena } from './arena.ts'

/** One hostile program, and what has to become of it. */
export interface Attack {
  /** A whole statement: the test's name. */
  readonly name: string
  /** The cell; of several the last is the hostile one, and those before it must end well, or as it may where that is not certain. */
  readonly cell: string | readonly string[]
  /** How the hostile cell ends; several where the engine or the machine decides, with `because`. 'value' is a good end. */
  readonly ends: Ending | readonly Ending[]
  readonly because?: string
  /** Of a good end: the value. */
  readonly value?: unknown
  /** In the message of a bad end. */
  readonly says?: RegExp
  /** Whether the session has its variables afterwards. @default both may be */
  readonly keeps?: boolean
  /** Changes to {@link attackLimits}. */
  readonly limits?: Partial<SessionLimits>
  readonly context?: SessionOptions['context']
  /** Interrupt the cell when it prints for the first time. @default false */
  readonly interrupt?: boolean
  /** The CPU deadline counts from the first thing printed, for what waits before it hurts. @default false */
  readonly printsFirst?: boolean
  /** Most of its time goes by while it waits, so that its CPU time says nothing about when it must end. @default false */
  readonly waits?: boolean
  /** In a session of its own: what it does to its globals would spoil the next attack. @default false */
  readonly alone?: boolean
  /** Looked at besides, when all is over. */
  readonly check?: (facts: AttackFacts) => unknown
}

export type Ending = ErrorCode | 'value'

export interface AttackFacts {
  readonly result: CellResult | undefined
  readonly error: ReplmError | undefined
  readonly events: readonly SessionEvent[]
  /** The attacked session, which goes on. */
  readonly session: Session
  /** Questions that never get an answer and were aborted since the attack began, until now. */
  readonly aborted: () => number
}

/** A cell ends at most 500 ms after its deadline; a machine of CI may be three times as slow. */
const maxLateMs = 1_500

/** The host's loop is late by 20 ms at most (p99) on a quiet machine: benchmarks hold it to that. Here it only must not hang. */
const maxLoopMs = 250

/** How exactly the loop is watched, in milliseconds. */
const loopResolutionMs = 5

/** A question of the session beside takes no longer, in milliseconds. */
const maxBesideMs = 2_000

/** Registers one test for each attack; in the end prints the worst figures. */
export function attackAll(title: string, attacks: readonly Attack[]): void {
  const loop = monitorEventLoopDelay({ resolution: loopResolutionMs })
  const figures: Figures[] = []
  let arena: Arena
  describe(title, () => {
    beforeAll(async () => {
      arena = await openArena()
      await arena.bystander.run('let answers = 0')
    })
    it.each(attacks.map((attack) => ({ ...attack })))('$name', async (attack) => {
      loop.enable()
      try {
        figures.push(await withstand(arena, attack))
      } finally {
        loop.disable()
      }
    })
    it('leaves the loop of the host on time', () => {
      expect(loop.percentile(99) / 1e6 - loopResolutionMs).toBeLessThan(maxLoopMs)
    })
    afterAll(async () => {
      await arena[Symbol.asyncDispose]()
      const late = worst(figures, ({ lateMs }) => lateMs)
      const beside = worst(figures, ({ besideMs }) => besideMs)
      console.log(
        `${title}: ${figures.length} attacks withstood; latest end ${shown(late?.lateMs)} after its deadline (${late?.name}); slowest answer beside ${shown(beside?.besideMs)} (${beside?.name}); ` +
          `the host's loop was late by ${shown(loop.percentile(99) / 1e6 - loopResolutionMs)} (p99), ${shown(loop.max / 1e6 - loopResolutionMs)} at most`,
      )
    })
  })
}

interface Figures {
  readonly name: string
  /** After the deadline; null where there was none. */
  readonly lateMs: number | null
  /** What a question of the session beside took meanwhile. */
  readonly besideMs: number
}

async function withstand(arena: Arena, attack: Attack): Promise<Figures> {
  const { limits, context, alone } = attack
  if (alone !== true && limits === undefined && context === undefined) return endure(arena, arena.victim, attack)
  await using session = await arena.replm.openSession({ limits: { ...attackLimits, ...limits }, ...(context === undefined ? {} : { context }) })
  return await endure(arena, session, attack)
}

async function endure({ bystander, aborted }: Arena, session: Session, attack: Attack): Promise<Figures> {
  const cells = [attack.cell].flat()
  await session.run('let kept = 1')
  for (const cell of cells.slice(0, -1)) {
    const error = await session.run(cell).then(() => undefined, (thrown: unknown) => allowedBefore(attack, thrown))
    if (error === undefined) continue
    await expectNext(session, { keeps: attack.keeps, error })
    return { name: attack.name, lateMs: null, besideMs: 0 }
  }
  const abortedBefore = aborted()
  const started = performance.now()
  const running = follow(session, cells.at(-1) ?? '', attack)
  const beside = bystander.run(`answers += 1; await llmQuery('during')`).then(({ value }) => ({ value, besideMs: performance.now() - started }))
  const { outcome, ended, printed, interrupted, events } = await running
  const { value: during, besideMs } = await beside
  expect(during).toBe('DURING')
  expect((await bystander.run(`await llmQuery('after')`)).value).toBe('AFTER')

  const { result, error } = outcome
  const code: Ending = error === undefined ? 'value' : error.code
  const { cpuMs, wallMs = Infinity }: Partial<SessionLimits> & { cpuMs: number } = { ...attackLimits, ...attack.limits }
  const deadline = code === 'CPU' && attack.waits !== true ? (attack.printsFirst === true ? (printed ?? ended) : started) + cpuMs : code === 'TIMEOUT' ? started + wallMs : interrupted
  const lateMs = deadline === undefined ? null : ended - deadline
  if (process.env['HOSTILE_LOG'] !== undefined) console.log(`${attack.name}: ${code} after ${shown(ended - started)}, late ${shown(lateMs)}: ${(error?.message ?? result?.text ?? '').slice(0, 160)}`)

  expect([attack.ends].flat()).toContain(code)
  if (error !== undefined) {
    expect(error).toBeInstanceOf(ReplmError)
    expect(error.message).not.toBe('')
    expect(`${error.message}\n${error.stack}`).not.toMatch(hostPaths)
    if (attack.says !== undefined) expect(error.message).toMatch(attack.says)
  } else if ('value' in attack) expect(result?.value).toEqual(attack.value)
  if (lateMs !== null) expect(lateMs).toBeLessThan(maxLateMs)
  expect(besideMs).toBeLessThan(maxBesideMs)
  await attack.check?.({ result, error, events, session, aborted: () => aborted() - abortedBefore })
  await expectNext(session, { keeps: attack.keeps, error })
  return { name: attack.name, lateMs, besideMs }
}

/** Where the engine or the machine decides, it may do so in a cell before the hostile one: then that was it. */
function allowedBefore({ ends, because }: Attack, thrown: unknown): ReplmError {
  if (because === undefined || !(thrown instanceof ReplmError) || ![ends].flat().includes(thrown.code)) throw thrown
  return thrown
}

type Outcome = { readonly result: CellResult; readonly error: undefined } | { readonly result: undefined; readonly error: ReplmError }

interface Followed {
  readonly outcome: Outcome
  readonly ended: number
  readonly printed: number | undefined
  readonly interrupted: number | undefined
  readonly events: readonly SessionEvent[]
}

async function follow(session: Session, cell: string, { interrupt = false }: Attack): Promise<Followed> {
  const run = session.start(cell)
  const events: SessionEvent[] = []
  let printed: number | undefined
  const watched = (async () => {
    for await (const event of run.events) {
      if (events.length < 1_000) events.push(event)
      if (event.type !== 'console.printed' || printed !== undefined) continue
      printed = performance.now()
      if (interrupt) run.interrupt()
    }
  })()
  const outcome = await run.result.then(
    (result): Outcome => ({ result, error: undefined }),
    (error: unknown): Outcome => ({ result: undefined, error: error as ReplmError }), // looked at by the test
  )
  const ended = performance.now()
  await watched
  return { outcome, ended, printed, interrupted: interrupt ? printed : undefined, events }
}

/** Nothing that a guest sees may name a place on the host. */
export const hostPaths = /file:\/\/\/(?!etc)|node:internal|node_modules|\/src\/(?:repl|host)\/|\/dist\/(?:repl|host)\//

/** The session goes on with its variables: in the same sandbox, or brought back in another one, with a word about it before and after. */
async function expectNext(session: Session, { keeps, error }: { readonly keeps: boolean | undefined; readonly error: ReplmError | undefined }): Promise<void> {
  const next = session.start('typeof kept')
  const rebuilt: SessionEvent[] = []
  for await (const event of next.events) if (event.type === 'session.rebuilt') rebuilt.push(event)
  const found = await next.result.catch((thrown: ReplmError) => thrown)
  if (found instanceof ReplmError) {
    // What an attack that was stopped has left in memory may be too much for whatever runs next.
    expect(found).toMatchObject({ code: 'MEMORY' })
    expect(keeps).toBeUndefined()
    // Cells that filled the memory fill it again when they are brought back: only to begin anew helps.
    await session.clear()
    expect((await session.run('1 + 1')).value).toBe(2)
    return
  }
  const { value } = found
  expect(value).toBe('number')
  if (keeps !== undefined) expect(rebuilt).toHaveLength(keeps ? 0 : 1)
  if (rebuilt.length > 0 && error !== undefined) expect([error.message, ...rebuilt]).toEqual([expect.stringMatching(/is gone/), ...rebuilt])
}

function worst(figures: readonly Figures[], measure: (one: Figures) => number | null): Figures | undefined {
  return figures.toSorted((a, b) => (measure(b) ?? -1) - (measure(a) ?? -1))[0]
}

function shown(ms: number | null | undefined): string {
  return ms == null ? 'no time' : `${ms.toFixed(0)} ms`
}
