/** Words of a command line in; checked values out. Each throws {@link UsageError} with the flag as the user wrote it. */

/** The command line is wrong: exit code 2, and the message is all there is to say. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Adds one more to those before it. */
export function oneMore(word: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, word]
}

/** A whole number from 1 up. */
export function wholeNumber(flag: string): (word: string) => number {
  return (word) => {
    const value = Number(word)
    if (!/^\d+$/.test(word) || !Number.isSafeInteger(value) || value < 1) throw new UsageError(`Expected \`${flag}\` to be a whole number from 1 up, got ${JSON.stringify(word)}`)
    return value
  }
}

/** A whole number from 0 up: "none at all" is a bound, too. */
export function wholeBound(flag: string): (word: string) => number {
  return (word) => {
    const value = Number(word)
    if (!/^\d+$/.test(word) || !Number.isSafeInteger(value)) throw new UsageError(`Expected \`${flag}\` to be a whole number from 0 up, got ${JSON.stringify(word)}`)
    return value
  }
}

/** A port of TCP; 0 stands for any. */
export function portNumber(flag: string): (word: string) => number {
  return (word) => {
    const value = Number(word)
    if (!/^\d{1,5}$/.test(word) || value > 65_535) throw new UsageError(`Expected \`${flag}\` to be a port from 0 to 65535, got ${JSON.stringify(word)}`)
    return value
  }
}

/** An amount of US dollars from 0 up. */
export function dollars(flag: string): (word: string) => number {
  return (word) => {
    const value = Number(word)
    if (!/^(\d+(\.\d*)?|\.\d+)$/.test(word) || !Number.isFinite(value)) throw new UsageError(`Expected \`${flag}\` to be an amount of dollars from 0 up, such as 2.50, got ${JSON.stringify(word)}`)
    return value
  }
}

const unitsMs: Readonly<Record<string, number>> = Object.freeze({ m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 })

/** A span of time such as 30d, in milliseconds. */
export function timeSpan(flag: string): (word: string) => number {
  return (word) => {
    const [, count, unit = ''] = /^(\d+)([mhdw])$/.exec(word) ?? []
    const value = Number(count) * (unitsMs[unit] ?? NaN)
    if (!Number.isSafeInteger(value)) throw new UsageError(`Expected \`${flag}\` to be a span of time such as 90m, 12h, 30d or 8w, got ${JSON.stringify(word)}`)
    return value
  }
}

const secondsOf: Readonly<Record<string, number>> = Object.freeze({ ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 })

/** How long to wait, such as 30s, or 30, in milliseconds. */
export function waitingTime(flag: string): (word: string) => number {
  return (word) => {
    const [, count, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(word) ?? []
    const value = Number(count) * (secondsOf[unit] ?? NaN)
    if (!Number.isFinite(value)) throw new UsageError(`Expected \`${flag}\` to be a time such as 500ms, 30s, 5m, 12h or 2d, got ${JSON.stringify(word)}`)
    return value
  }
}

/** A whole number, also one below 0. */
export function anyWholeNumber(flag: string): (word: string) => number {
  return (word) => {
    const value = Number(word)
    if (!/^-?\d+$/.test(word) || !Number.isSafeInteger(value)) throw new UsageError(`Expected \`${flag}\` to be a whole number, got ${JSON.stringify(word)}`)
    return value
  }
}

/** `provider/model`; the model may hold slashes of its own. */
export function modelName(flag: string): (word: string) => string {
  return (word) => {
    if (!/^[^\s/*]+\/\S/.test(word)) throw new UsageError(`Expected \`${flag}\` to be \`provider/model\`, such as openai/gpt-5-mini or sim/extract, got ${JSON.stringify(word)}`)
    return word
  }
}

/** Adds one `name=value` to those before it: the guest sees them as `args`. Values are strings; the last one of a name counts. */
export function keyValue(word: string, previous: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const at = word.indexOf('=')
  if (at < 1) throw new UsageError(`Expected \`--arg\` to be name=value, got ${JSON.stringify(word)}`)
  // fromEntries defines `__proto__` like any other name.
  return Object.fromEntries([...Object.entries(previous), [word.slice(0, at), word.slice(at + 1)]])
}
