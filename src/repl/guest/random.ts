/** A seed in; Math.random and the random parts of `crypto` out, the same ones for the same seed. */
import {
  IntrinsicTypeError, IntrinsicUint8Array, defineHidden, imul, isView, stringCodeAt, typedArrayBuffer, typedArrayByteLength, typedArrayByteOffset, typedArrayTag,
} from './primordials.ts'
import { DOMException } from './dom-exception.ts'
import { publish } from './publish.ts'

// State of sfc32 (Chris Doty-Humphrey's Small Fast Counting generator, PractRand): 128 bits, of which one counts.
let a = 0
let b = 0
let c = 0
let counter = 1

/** Begins the sequence that belongs to a text. */
export function seed(text: string): void {
  // Four independently mixed 32-bit hashes of the text (the multiply-and-rotate rounds of MurmurHash3).
  let h1 = 1_779_033_703
  let h2 = 3_144_134_277
  let h3 = 1_013_904_242
  let h4 = 2_773_480_762
  for (let at = 0; at < text.length; at++) {
    const code = stringCodeAt(text, at)
    h1 = h2 ^ imul(h1 ^ code, 597_399_067)
    h2 = h3 ^ imul(h2 ^ code, 2_869_860_233)
    h3 = h4 ^ imul(h3 ^ code, 951_274_213)
    h4 = h1 ^ imul(h4 ^ code, 2_716_044_179)
  }
  a = imul(h3 ^ (h1 >>> 18), 597_399_067)
  b = imul(h4 ^ (h2 >>> 22), 2_869_860_233)
  c = imul(h1 ^ (h3 >>> 17), 951_274_213)
  counter = imul(h2 ^ (h4 >>> 19), 2_716_044_179) | 1
  // The first rounds still show the seed.
  for (let round = 0; round < 20; round++) next()
}

/** 32 random bits. */
function next(): number {
  const sum = (((a + b) | 0) + counter) | 0
  counter = (counter + 1) | 0
  a = b ^ (b >>> 9)
  b = (c + (c << 3)) | 0
  c = (((c << 21) | (c >>> 11)) + sum) | 0
  return sum >>> 0
}

/** From 0 up to but not including 1, all 53 bits random. */
function random(): number {
  return ((next() >>> 5) * 0x400_0000 + (next() >>> 6)) / 0x20_0000_0000_0000
}

/** Most bytes that one call fills, by the Web Cryptography API. */
const maxRandomBytes = 65_536

const permission = {}

class Crypto {
  constructor(given?: unknown) {
    if (given !== permission) throw new IntrinsicTypeError('Illegal constructor')
  }

  /** Fills an array of integers of any width. */
  getRandomValues<T>(array: T): T {
    const tag = typeof array === 'object' && array !== null && isView(array) ? typedArrayTag(array) : undefined
    if (tag === undefined || tag === 'Float16Array' || tag === 'Float32Array' || tag === 'Float64Array') {
      throw new DOMException('The data argument must be an integer-type TypedArray', 'TypeMismatchError')
    }
    const view = array as object
    const length = typedArrayByteLength(view)
    if (length > maxRandomBytes) throw new DOMException(`The requested length exceeds ${maxRandomBytes} bytes`, 'QuotaExceededError')
    const bytes = new IntrinsicUint8Array(typedArrayBuffer(view), typedArrayByteOffset(view), length)
    for (let at = 0; at < length; at += 4) {
      let bits = next()
      for (let index = at; index < at + 4 && index < length; index++) {
        bytes[index] = bits & 255
        bits >>>= 8
      }
    }
    return array
  }

  /** A version 4 UUID. */
  randomUUID(): string {
    let text = ''
    for (let word = 0; word < 4; word++) {
      const bits = next()
      for (let shift = 28; shift >= 0; shift -= 4) {
        const place = word * 8 + (28 - shift) / 4
        if (place === 8 || place === 12 || place === 16 || place === 20) text += '-'
        const digit = (bits >>> shift) & 15
        text += '0123456789abcdef'[place === 12 ? 4 : place === 16 ? (digit & 3) | 8 : digit]
      }
    }
    return text
  }
}

/** Puts the seeded generator in the place of the isolate's own. */
export function installRandom(target: object): void {
  seed('')
  const { random: method } = { random: () => random() }
  defineHidden(Math, 'random', method)
  publish(target, 'Crypto', Crypto)
  defineHidden(target, 'crypto', new Crypto(permission))
}
