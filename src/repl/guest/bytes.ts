/** Buffers, views and texts in; bytes and texts out, without asking a property that the program may have replaced. */
import {
  IntrinsicTypeError, IntrinsicUint8Array, arrayBufferDetached, createList, dataViewBuffer, dataViewByteLength, dataViewByteOffset, fromCharCode, isView, min, reflectApply,
  stringCodeAt, typedArrayBuffer, typedArrayByteLength, typedArrayByteOffset, typedArrayLength, typedArraySet, typedArrayTag,
} from './primordials.ts'
import { brandOf } from './brand.ts'
import { isProxy } from './proxies.ts'

/** The bytes behind a buffer or a view, shared with it. Throws TypeError for anything else. */
export function bytesOf(source: unknown): Uint8Array {
  if (typeof source === 'object' && source !== null && !isProxy(source)) {
    if (isView(source)) {
      return typedArrayTag(source) === undefined
        ? new IntrinsicUint8Array(dataViewBuffer(source), dataViewByteOffset(source), dataViewByteLength(source))
        : new IntrinsicUint8Array(typedArrayBuffer(source), typedArrayByteOffset(source), typedArrayByteLength(source))
    }
    const brand = brandOf(source)
    if (brand === 'sharedarraybuffer') return new IntrinsicUint8Array(source as SharedArrayBuffer)
    if (brand === 'arraybuffer') return arrayBufferDetached(source) ? new IntrinsicUint8Array(0) : new IntrinsicUint8Array(source as ArrayBuffer)
  }
  throw new IntrinsicTypeError('The "input" argument must be an instance of ArrayBuffer or ArrayBufferView')
}

/** The bytes of one or two arrays, in memory of their own. */
export function joinBytes(first: Uint8Array, second?: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = typedArrayLength(first)
  const joined = new IntrinsicUint8Array(length + (second === undefined ? 0 : typedArrayLength(second)))
  typedArraySet(joined, first)
  if (second !== undefined) typedArraySet(joined, second, length)
  return joined
}

/** Part of an array, shared with it. */
export function partOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return new IntrinsicUint8Array(typedArrayBuffer(bytes), typedArrayByteOffset(bytes) + from, to - from)
}

/** Arguments of one call: more would take too much stack. */
const batch = 4_096

/** Each byte as the character of that number. */
export function latin1Text(bytes: Uint8Array): string {
  const length = typedArrayLength(bytes)
  const codes = createList<number>()
  let text = ''
  for (let from = 0; from < length; from += batch) {
    codes.length = min(batch, length - from)
    for (let index = 0; index < codes.length; index++) codes[index] = bytes[from + index] as number
    text += reflectApply(fromCharCode, undefined, codes)
  }
  return text
}

/** Writes a text as UTF-8 as far as whole characters fit. Gives the UTF-16 units read and the bytes written. */
export function writeUtf8(text: string, bytes: Uint8Array): { readonly read: number; readonly written: number } {
  const room = typedArrayLength(bytes)
  let read = 0
  let written = 0
  while (read < text.length) {
    let code = stringCodeAt(text, read)
    let units = 1
    if (code >= 0xd800 && code <= 0xdfff) {
      const low = code <= 0xdbff && read + 1 < text.length ? stringCodeAt(text, read + 1) : 0
      if (low >= 0xdc00 && low <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
        units = 2
      } else code = 0xfffd
    }
    const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
    if (written + size > room) break
    if (size === 1) bytes[written] = code
    else {
      for (let index = size - 1; index > 0; index--) {
        bytes[written + index] = 0x80 | (code & 0x3f)
        code >>= 6
      }
      bytes[written] = ((0xf00 >> size) & 0xff) | code
    }
    written += size
    read += units
  }
  return { read, written }
}
