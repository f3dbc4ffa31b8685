/** The name of a model in; what the server is to do with questions to it, out: `fixed-50`, `lognormal-50,large`, `fixed-20,limit-150`. */

export interface Behaviour {
  readonly latency: 'fixed' | 'lognormal' | 'exponential' | 'uniform'
  /** Median of the latency (of an exponential one: its mean), in milliseconds. */
  readonly latencyMs: number
  /** Length of the reply's text, in characters. */
  readonly replyChars: number
  /** Requests a second that are answered; what comes above is a 429. 0 for no limit. The bucket holds one second's worth. */
  readonly limit: number
  /** Share of the attempts that fail: a 500, a 429, a reset or a broken body, by the seed. */
  readonly faults: number
  /** The reply names its prompt, so that a test can see whether each is in its place. */
  readonly echo: boolean
  readonly seed: number
}

export const smallReply = 500
export const largeReply = 200_000

/** Throws for a name that says something else. Parts are separated by commas, in any order. */
export function parseBehaviour(model: string): Behaviour {
  let behaviour: Behaviour = { latency: 'fixed', latencyMs: 0, replyChars: smallReply, limit: 0, faults: 0, echo: false, seed: 1 }
  for (const part of model.split(',')) behaviour = { ...behaviour, ...parsePart(part, model) }
  return behaviour
}

function parsePart(part: string, model: string): Partial<Behaviour> {
  const [word = '', text = ''] = part.split('-')
  const value = Number(text)
  if (word === 'fixed' || word === 'lognormal' || word === 'exponential' || word === 'uniform') return { latency: word, latencyMs: value }
  if (word === 'small' || word === 'large') return { replyChars: word === 'small' ? smallReply : largeReply }
  if (word === 'reply') return { replyChars: value }
  if (word === 'limit') return { limit: value }
  if (word === 'faults') return { faults: value }
  if (word === 'seed') return { seed: value }
  if (word === 'echo') return { echo: true }
  // A tag makes models of equal behaviour different ones.
  if (word === 'tag') return {}
  throw new Error(`The benchmark server knows no "${part}" in the model "${model}"`)
}
