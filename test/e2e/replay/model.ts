/** A seed in; a model that answers in another order each time, and never the same twice, out. */
import { defineProvider, type Provider, ReplmError } from '../../../src/index.ts'

export interface Model {
  readonly provider: Provider
  /** Prompts, in the order in which they were asked. */
  readonly asked: readonly string[]
  /** Questions that were aborted before their answer. */
  readonly aborted: readonly string[]
  /** Resolves when so many questions have been asked. */
  readonly until: (count: number) => Promise<void>
  /** Resolves when one has been asked whose prompt begins so. */
  readonly untilAsked: (beginning: string) => Promise<void>
  /** Lets go of the questions that begin with `hold`. */
  readonly release: () => void
}

/** Numbers from 0 up that a seed repeats. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed | 0
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
    return (state >>> 8) % below
  }
}

/** Longest time an answer takes, in milliseconds. */
const maxLatencyMs = 7

/** Each answer has a number of its own: whoever asks again is told something else. */
export function createModel(seed: number): Model {
  const random = createRandom(seed)
  const asked: string[] = []
  const aborted: string[] = []
  const watchers = new Set<() => void>()
  const attempts = new Map<string, number>()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()

  async function take(prompt: string, signal: AbortSignal): Promise<number> {
    const number = asked.push(prompt)
    attempts.set(prompt, (attempts.get(prompt) ?? 0) + 1)
    for (const watch of watchers) watch()
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => {
        aborted.push(prompt)
        reject(signal.reason as Error)
      })
      if (prompt.startsWith('never')) return
      if (prompt.startsWith('hold')) void released.then(resolve)
      else setTimeout(resolve, random(maxLatencyMs))
    })
    return number
  }

  const usage = { inputTokens: 3, outputTokens: 2 }
  const provider = defineProvider({
    name: 'random',
    pricing: 'free',
    async query({ prompt }, { signal }) {
      const number = await take(prompt, signal)
      if (prompt.startsWith('fail')) throw new ReplmError('PROVIDER', `it failed for the ${number}th time`)
      if (prompt.includes('json')) return { text: attempts.size > 0 && (attempts.get(prompt) ?? 0) % 2 === 1 && !prompt.includes('good') ? `nonsense ${number}` : `{"n":${number}}`, usage }
      return { text: `${prompt} #${number}`, usage }
    },
    async *stream({ prompt }, { signal }) {
      const number = await take(prompt, signal)
      const pieces = [prompt, ` #${number}`, ' and', ' so', ' on', ` ${random(1_000)}`]
      for (const piece of pieces) {
        signal.throwIfAborted()
        yield piece
        await new Promise((resolve) => setTimeout(resolve, random(3)))
        if (prompt.startsWith('fail')) throw new ReplmError('PROVIDER', `the stream broke for the ${number}th time`)
      }
      return { text: pieces.join(''), usage }
    },
  })
  const when = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return
        watchers.delete(look)
        resolve()
      }
      watchers.add(look)
      look()
    })
  return { provider, asked, aborted, until: (count) => when(() => asked.length >= count), untilAsked: (beginning) => when(() => asked.some((prompt) => prompt.startsWith(beginning))), release }
}
