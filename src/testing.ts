/** Scripted answers in; a provider for tests, which records what it was asked, out. */
import { ReplmError } from './errors.ts'
import type { Provider, ProviderAnswer, ProviderQuery, ProviderQueryOptions } from './types.ts'

/** An answer's text; an error to fail with; or what makes a text (or a whole answer) of the question, where throwing fails it. */
export type ScriptedAnswer = string | Error | ((query: ProviderQuery, options: ProviderQueryOptions) => string | ProviderAnswer | Promise<string | ProviderAnswer>)

export interface ScriptedOptions {
  /** The part of a model's name before the slash. @default 'scripted' */
  readonly name?: string
}

export interface ScriptedProvider extends Provider {
  /** All questions, in the order in which they came. */
  readonly calls: readonly ProviderQuery[]
}

/**
 * The first key, in the order of the object, that the prompt contains answers; `''` is contained in every prompt. A prompt that contains none fails with
 * PROVIDER and is not asked again. Tokens are counted as bytes / 4; questions are free.
 */
export function scripted(answers: Readonly<Record<string, ScriptedAnswer>>, { name = 'scripted' }: ScriptedOptions = {}): ScriptedProvider {
  if (typeof answers !== 'object' || answers === null)
    throw new TypeError(`Expected \`answers\` to be an object of answers by a part of the prompt, got ${String(answers)}`)
  const entries = Object.entries(answers)
  for (const [key, answer] of entries) {
    if (typeof answer !== 'string' && typeof answer !== 'function' && !(answer instanceof Error)) {
      throw new TypeError(`Expected the answer to ${JSON.stringify(key)} to be a string, an Error or a function, got ${answer === null ? 'null' : typeof answer}`)
    }
  }
  const calls: ProviderQuery[] = []
  return {
    name,
    pricing: 'free',
    calls,
    async query(query, options) {
      calls.push(query)
      options.signal.throwIfAborted()
      const answer = entries.find(([key]) => query.prompt.includes(key))?.[1]
      if (answer === undefined) throw new ReplmError('PROVIDER', `No scripted answer fits the prompt ${JSON.stringify(cut(query.prompt))}: add a key that it contains.`)
      if (answer instanceof Error) throw answer
      const given = typeof answer === 'string' ? answer : await answer(query, options)
      return typeof given === 'string' ? { text: given, usage: { inputTokens: countTokens(query.prompt), outputTokens: countTokens(given) } } : given
    },
  }
}

function cut(prompt: string): string {
  return prompt.length > 80 ? `${prompt.slice(0, 80)}…` : prompt
}

function countTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 4)
}
