/** What a cell threw in; how it is told to the host out, without a getter of the program being run. */
import { variableValue } from './bindings.ts'
import { prototypeOf } from './brand.ts'
import { codeOf } from './errors.ts'
import { inspect } from './inspect.ts'
import { stackOf } from './inspect-error.ts'
import { dataProperty } from './inspect-name.ts'
import { importMessage, insteadOf, insteadOfImport } from './missing.ts'
import { ErrorPrototype, IntrinsicReferenceError, isArray, isError, ownDescriptor, regExpExec, stringSlice } from './primordials.ts'
import { isProxy, unproxied } from './proxies.ts'
import { headOf } from './stack-trace.ts'

/** Where in the cell it was thrown is found by the sandbox, from the raw stack. */
export interface RawFailure {
  readonly code: string
  readonly name: string | null
  readonly message: string
  readonly stack: string
}

/** Longest message that is told, in UTF-16 units. */
const maxMessageUnits = 100_000

export function failureOf(thrown: unknown): RawFailure {
  const code = codeOf(thrown) ?? 'CELL'
  const error = typeof thrown === 'object' && thrown !== null ? unproxied(thrown) : null
  if (error === null || !isError(error)) return { code, name: null, message: shown(thrown), stack: '' }
  const name = dataProperty(error, 'name')
  const message = dataProperty(error, 'message')
  const named = typeof name === 'string' && name !== '' ? name : 'Error'
  return { code, name: named, message: typeof message === 'string' && message !== '' ? withHint(error, cut(message)) : named, stack: stackOf(error) }
}

/** The engine says what is wrong in as few words as it can: what programs run into gets a word on what to do instead. */
function withHint(error: object, message: string): string {
  const prototype = prototypeOf(error)
  const hint =
    prototype === ReferenceErrorPrototype ? hintOfName(message)
    : prototype === AggregateErrorPrototype && message === 'All promises were rejected' ? hintOfErrors(ownDescriptor(error, 'errors')?.value)
    : prototype === ErrorPrototype && message === importMessage ? insteadOfImport
    : undefined
  return hint === undefined ? message : `${message}; ${hint}`
}

const ReferenceErrorPrototype: object = IntrinsicReferenceError.prototype
const AggregateErrorPrototype: object = AggregateError.prototype

function hintOfName(message: string): string | undefined {
  const missing = regExpExec(/^(\w+) is not defined$/, message)?.[1]
  if (missing !== undefined) return insteadOf(missing)
  const early = regExpExec(/^Cannot access '(.+)' before initialization$/, message)?.[1]
  if (early === undefined || variableValue(early) === undefined) return undefined
  return `the cell declares a \`${early}\` of its own further down, which hides that of an earlier cell: give it another name, or assign to the one there is`
}

/** `Promise.any` says nothing of what went wrong. */
function hintOfErrors(errors: unknown): string | undefined {
  if (!isArray(errors) || isProxy(errors)) return undefined
  const first: unknown = ownDescriptor(errors, 0)?.value
  return first === undefined ? undefined : `the first with ${isError(first) ? headOf(first) : shown(first)}`
}

/** A text that was thrown is its own message; anything else is shown. Never empty. */
function shown(thrown: unknown): string {
  return typeof thrown === 'string' && thrown !== '' ? cut(thrown) : inspect(thrown)
}

function cut(text: string): string {
  return text.length > maxMessageUnits ? `${stringSlice(text, 0, maxMessageUnits)}…` : text
}
