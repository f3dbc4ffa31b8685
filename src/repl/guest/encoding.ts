/** Nothing in; TextEncoder, TextDecoder, atob and btoa out. */
import {
  IntrinsicRangeError, IntrinsicTypeError, IntrinsicUint8Array, bytesFromBase64, bytesToBase64, defineHidden, stringCodeAt, stringToLowerCase, stringTrim, typedArrayLength, typedArrayTag,
  isView,
} from './primordials.ts'
import { bytesOf, joinBytes, latin1Text, partOf, writeUtf8 } from './bytes.ts'
import { addDisplay } from './displays.ts'
import { DOMException } from './dom-exception.ts'
import { takeNative } from './native.ts'
import { isProxy } from './proxies.ts'
import { publish } from './publish.ts'

const encodeUtf8 = takeNative<(text: string) => Uint8Array>('encodeUtf8')
const encodingOf = takeNative<(label: string) => string | null>('encodingOf')
const decodeWhole = takeNative<(bytes: Uint8Array, encoding: string, fatal: boolean, ignoreBOM: boolean) => string | null>('decode')
const decodeNext = takeNative<(number: number, bytes: Uint8Array, encoding: string, fatal: boolean, ignoreBOM: boolean, stream: boolean) => readonly [number, string] | null>('decodeNext')

/** Up to here the guest encodes by itself sooner than the sandbox process is asked. */
const shortText = 256

class TextEncoder {
  readonly #encoding = 'utf-8'

  static {
    addDisplay((value) => (#encoding in value ? { type: 'fields', fields: { encoding: value.#encoding } } : undefined))
  }

  get encoding(): string {
    return this.#encoding
  }

  encode(input: unknown = ''): Uint8Array {
    const text = `${input as string}`
    if (text.length > shortText) return encodeUtf8(text)
    const bytes = new IntrinsicUint8Array(text.length * 3)
    const { written } = writeUtf8(text, bytes)
    return joinBytes(partOf(bytes, 0, written))
  }

  encodeInto(source: unknown, target: unknown): { read: number; written: number } {
    const text = `${source as string}`
    if (typeof target !== 'object' || target === null || isProxy(target) || !isView(target) || typedArrayTag(target) !== 'Uint8Array') {
      throw new IntrinsicTypeError('The "dest" argument must be an instance of Uint8Array')
    }
    return { ...writeUtf8(text, target as Uint8Array) }
  }
}

class TextDecoder {
  readonly #encoding: string
  readonly #fatal: boolean
  readonly #ignoreBOM: boolean
  /** In the middle of a stream: of UTF-8, the bytes of a character begun; of others, the number of the decoder in the sandbox process. */
  #rest = new IntrinsicUint8Array(0)
  #number = 0
  #isBegun = false

  static {
    addDisplay((value) => (#encoding in value ? { type: 'fields', fields: { encoding: value.#encoding, fatal: value.#fatal, ignoreBOM: value.#ignoreBOM } } : undefined))
  }

  constructor(label: unknown = 'utf-8', options?: { readonly fatal?: unknown; readonly ignoreBOM?: unknown }) {
    const name = stringToLowerCase(stringTrim(`${label as string}`))
    const encoding = name === 'utf-8' || name === 'utf8' ? 'utf-8' : encodingOf(name)
    if (encoding === null) {
      const error = new IntrinsicRangeError(`The "${label as string}" encoding is not supported`)
      defineHidden(error, 'code', 'ERR_ENCODING_NOT_SUPPORTED')
      throw error
    }
    this.#encoding = encoding
    this.#fatal = !!options?.fatal
    this.#ignoreBOM = !!options?.ignoreBOM
  }

  get encoding(): string {
    return this.#encoding
  }
  get fatal(): boolean {
    return this.#fatal
  }
  get ignoreBOM(): boolean {
    return this.#ignoreBOM
  }

  decode(input?: unknown, options?: { readonly stream?: unknown }): string {
    const bytes = input === undefined ? new IntrinsicUint8Array(0) : bytesOf(input)
    const stream = !!options?.stream
    const text = this.#encoding === 'utf-8' ? this.#decodeUtf8(bytes, stream) : this.#decodeOther(bytes, stream)
    if (text !== null) return text
    const error = new IntrinsicTypeError(`The encoded data was not valid for encoding ${this.#encoding}`)
    defineHidden(error, 'code', 'ERR_ENCODING_INVALID_ENCODED_DATA')
    throw error
  }

  #decodeUtf8(given: Uint8Array, stream: boolean): string | null {
    const bytes = joinBytes(this.#rest, given)
    const length = typedArrayLength(bytes)
    const end = stream ? length - unfinished(bytes, length) : length
    const whole = end === length ? bytes : joinBytes(partOf(bytes, 0, end))
    // Only the first bytes of a stream may be a mark.
    const text = end === 0 ? '' : decodeWhole(whole, 'utf-8', this.#fatal, this.#ignoreBOM || this.#isBegun)
    const goesOn = stream && text !== null
    this.#isBegun = goesOn && (this.#isBegun || end > 0)
    this.#rest = goesOn ? joinBytes(partOf(bytes, end, length)) : new IntrinsicUint8Array(0)
    return text
  }

  #decodeOther(given: Uint8Array, stream: boolean): string | null {
    const bytes = joinBytes(given)
    if (this.#number === 0 && !stream) return decodeWhole(bytes, this.#encoding, this.#fatal, this.#ignoreBOM)
    const next = decodeNext(this.#number, bytes, this.#encoding, this.#fatal, this.#ignoreBOM, stream)
    this.#number = next === null ? 0 : next[0]
    return next === null ? null : next[1]
  }
}

/** How many bytes at the end begin a character that needs more. What can begin none is wrong at once. */
function unfinished(bytes: Uint8Array, length: number): number {
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = bytes[length - back] as number
    if ((byte & 0xc0) === 0x80) continue
    const size = byte >= 0xf5 || byte < 0xc2 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    return size > back && (back === 1 || canFollow(byte, bytes[length - back + 1] as number)) ? back : 0
  }
  return 0
}

/** Whether a second byte may stand after a first: no overlong form, no surrogate, nothing past U+10FFFF. */
function canFollow(first: number, second: number): boolean {
  if (first === 0xe0) return second >= 0xa0
  if (first === 0xed) return second < 0xa0
  if (first === 0xf0) return second >= 0x90
  return first !== 0xf4 || second < 0x90
}

/** The bytes of base64, each as a character. White space and missing padding are allowed. */
function atob(data: unknown): string {
  const text = `${data as string}`
  try {
    return latin1Text(bytesFromBase64(text))
  } catch {
    // The one reason for which it throws.
    throw new DOMException('The string to be decoded is not correctly encoded.', 'InvalidCharacterError')
  }
}

function btoa(data: unknown): string {
  const text = `${data as string}`
  const bytes = new IntrinsicUint8Array(text.length)
  for (let at = 0; at < text.length; at++) {
    const code = stringCodeAt(text, at)
    if (code > 255) throw new DOMException('Invalid character', 'InvalidCharacterError')
    bytes[at] = code
  }
  return bytesToBase64(bytes)
}

export function installEncoding(target: object): void {
  publish(target, 'TextEncoder', TextEncoder)
  publish(target, 'TextDecoder', TextDecoder)
  defineHidden(target, 'atob', atob)
  defineHidden(target, 'btoa', btoa)
}
