/** One session of one interpreter, from nothing to its end; its package is loaded before. */
import type { Open } from '../contestant.ts'
import type { Backend, Interpreter, SessionOutcome, SessionTask } from '../interpreter.ts'
import { descendants, memoryMb } from '../processes.ts'
import { timed } from '../series.ts'
import { prepareQuickjs } from './interpreters/quickjs.ts'
import { prepareReplm } from './interpreters/replm.ts'
import { prepareThread } from './interpreters/thread.ts'
import { prepareVm } from './interpreters/vm.ts'

const prepare: Readonly<Record<Backend, () => Promise<() => Interpreter>>> = {
  replm: prepareReplm,
  'node:vm': prepareVm,
  worker_threads: prepareThread,
  'quickjs-emscripten': prepareQuickjs,
}

export const open: Open<Backend, SessionTask, SessionOutcome> = async (backend) => {
  const createInterpreter = await prepare[backend]()
  return async ({ warm }) => {
    globalThis.gc?.()
    const before = totalMb()
    let begin = performance.now()
    const session = createInterpreter()
    const construct = performance.now() - begin
    const start = await timed(() => session.start())
    begin = performance.now()
    expectValue(await session.execute('40 + 2'), 42)
    const first = performance.now() - begin
    const startMb = totalMb() - before
    const scalar = await many(warm, async () => expectValue(await session.execute('6 * 7'), 42))
    const hostCall = await many(warm, async () => expectValue(await session.callHost(), 42))
    const text = 'x'.repeat(2 ** 20)
    const oneMebibyte = await many(Math.ceil(warm / 4), async () => expectValue(await session.lengthOf(text), 2 ** 20))
    // Read once: until then engines keep it as the idea of a text.
    await session.execute("globalThis.retained = 'ab'.repeat(4 * 2 ** 20); retained.charCodeAt(5)")
    const retainedMb = totalMb() - before
    return { construct, start, first, scalar, hostCall, oneMebibyte, startMb, retainedMb, shutdown: await timed(() => session.shutdown()) }
  }
}

async function many(count: number, work: () => Promise<void>): Promise<number[]> {
  const samples: number[] = []
  for (let index = 0; index < count; index++) samples.push(await timed(work))
  return samples
}

function expectValue(value: unknown, expected: number): void {
  if (value !== expected) throw new Error(`Expected ${expected}, got ${String(value)}`)
}

function totalMb(): number {
  let total = 0
  for (const pid of [process.pid, ...descendants(process.pid)]) {
    try {
      total += memoryMb(pid).pss
    } catch {
      // It has ended meanwhile.
    }
  }
  return total
}
