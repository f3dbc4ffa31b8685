/** What a program gave in; how a message shows it, and what is wrong with the names of its options, out. */
import { inspect } from './inspect.ts'
import { IntrinsicTypeError, objectKeys } from './primordials.ts'

/** A value in a message, in a line of its own at most: nothing of the program's is run. */
export function shown(value: unknown): string {
  return inspect(value, { depth: 0, maxStringLength: 40, maxLength: 3, maxBytes: 200 })
}

/** A misspelt option must not be ignored: it can cost money. Throws TypeError. */
export function checkNames(of: string, options: object, known: readonly string[]): void {
  const names = objectKeys(options)
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string // within bounds
    if (!includes(known, name)) throw new IntrinsicTypeError(`Expected the options of ${of} to be among ${listed(known)}, got \`${name}\``)
  }
}

function includes(names: readonly string[], name: string): boolean {
  for (let index = 0; index < names.length; index++) if (names[index] === name) return true
  return false
}

function listed(names: readonly string[]): string {
  let text = ''
  for (let index = 0; index < names.length; index++) text += `${index === 0 ? '' : ', '}\`${names[index] as string}\``
  return text
}
