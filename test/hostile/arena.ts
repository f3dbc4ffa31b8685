/** Nothing in; a replm with a session to attack and one beside it that only wants to work, out. */
import { defineProvider, openReplm, type Replm, ReplmError, type Session } from '../../src/index.ts'

export interface Arena extends AsyncDisposable {
  readonly replm: Replm
  readonly bystander: Session
  /** Attacked again and again. */
  readonly victim: Session
  /** Questions to `never/x` that were aborted so far. */
  readonly aborted: () => number
}

/** Small limits, so that the suite is quick. */
export const attackLimits = { memoryMb: 64, cpuMs: 300, outputBytes: 10_000, valueBytes: 100_000 } as const

const usage = { inputTokens: 1, outputTokens: 1 }

/** `shout/x` answers in capitals, `echo/x` with the prompt, `never/x` not at all, and `rude/x` fails with the prompt as its message. */
export async function openArena(): Promise<Arena> {
  let aborted = 0
  const shout = defineProvider({ name: 'shout', pricing: 'free', query: async ({ prompt }) => ({ text: prompt.toUpperCase(), usage }) })
  const echo = defineProvider({ name: 'echo', pricing: 'free', query: async ({ prompt }) => ({ text: prompt, usage }) })
  const never = defineProvider({
    name: 'never',
    pricing: 'free',
    query: (_query, { signal }) =>
      new Promise((_resolve, reject) => {
        const stop = (): void => {
          aborted += 1
          reject(signal.reason as Error)
        }
        if (signal.aborted) stop()
        else signal.addEventListener('abort', stop, { once: true })
      }),
  })
  const rude = defineProvider({
    name: 'rude',
    pricing: 'free',
    query: async ({ prompt }) => {
      throw new ReplmError('PROVIDER', prompt)
    },
  })
  const replm = await openReplm({ providers: [shout, echo, never, rude], model: 'shout/x', models: ['shout/*', 'echo/*', 'never/*', 'rude/*'], store: ':memory:', concurrency: 10_000 })
  const [bystander, victim] = await Promise.all([replm.openSession(), replm.openSession({ limits: attackLimits })])
  return { replm, bystander, victim, aborted: () => aborted, [Symbol.asyncDispose]: () => replm[Symbol.asyncDispose]() }
}

/** What a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<ReplmError> {
  try {
    await promise
  } catch (error) {
    return error as ReplmError // what it is, the test looks at
  }
  throw new Error('It was expected to reject')
}
