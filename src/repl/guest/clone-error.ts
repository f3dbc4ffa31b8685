/** An error in; its copy out, as structured clone makes it: its class only where that is one of the language's own. */
import {
  IntrinsicError, IntrinsicMap, defineHidden, hasOwn, mapGet, ownDescriptor,
} from './primordials.ts'
import { readStack } from './stack-trace.ts'

const classes = new IntrinsicMap<unknown, ErrorConstructor>([Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((made) => [made.name, made as ErrorConstructor]))

export function cloneError(error: object, keep: (copy: Error) => Error, clone: (value: unknown) => unknown): Error {
  const message: unknown = ownDescriptor(error, 'message')?.value
  const made = mapGet(classes, (error as Error).name) ?? IntrinsicError
  const copy = keep(message === undefined ? new made() : new made(`${message as string}`))
  defineHidden(copy, 'stack', readStack(error))
  if (hasOwn(error, 'cause')) defineHidden(copy, 'cause', clone((error as Error).cause))
  return copy
}
