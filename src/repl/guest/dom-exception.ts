/** A message and a name in; the error that web APIs throw out. */
import { IntrinsicError, captureStackTrace, defineHidden, defineProperty, hasOwn, mapGet, IntrinsicMap, symbolToStringTag } from './primordials.ts'

const codes = new IntrinsicMap<string, number>([
  ['IndexSizeError', 1], ['HierarchyRequestError', 3], ['WrongDocumentError', 4], ['InvalidCharacterError', 5], ['NoModificationAllowedError', 7], ['NotFoundError', 8],
  ['NotSupportedError', 9], ['InUseAttributeError', 10], ['InvalidStateError', 11], ['SyntaxError', 12], ['InvalidModificationError', 13], ['NamespaceError', 14],
  ['InvalidAccessError', 15], ['TypeMismatchError', 17], ['SecurityError', 18], ['NetworkError', 19], ['AbortError', 20], ['URLMismatchError', 21], ['QuotaExceededError', 22],
  ['TimeoutError', 23], ['InvalidNodeTypeError', 24], ['DataCloneError', 25],
])

export class DOMException extends IntrinsicError {
  declare readonly code: number

  constructor(message: unknown = '', options: unknown = 'Error') {
    super(`${message as string}`)
    const named = typeof options === 'object' && options !== null
    const name: unknown = named ? (options as { name?: unknown }).name : options
    defineHidden(this, 'name', name === undefined ? 'Error' : `${name as string}`)
    if (named && 'cause' in options) defineHidden(this, 'cause', options.cause)
    // Again, now that its first line can say the name.
    captureStackTrace(this, DOMException)
  }
}

defineProperty(DOMException.prototype, 'code', {
  __proto__: null,
  get(this: object): number {
    return (hasOwn(this, 'name') ? mapGet(codes, (this as Error).name) : undefined) ?? 0
  },
  enumerable: true,
  configurable: true,
} as PropertyDescriptor)
defineHidden(DOMException.prototype, symbolToStringTag, 'DOMException')
for (const [name, code] of codes) {
  // NoModificationAllowedError is NO_MODIFICATION_ALLOWED_ERR.
  const constant = `${name.replace('Error', '').replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}_ERR`
  for (const holder of [DOMException, DOMException.prototype]) Object.defineProperty(holder, constant, { value: code, enumerable: true })
}
