/** The first bytes of a file, and what was said of it, in; how its text is cut, counted and decoded out. */
import { isAscii, isUtf8 } from 'node:buffer'
import type { EncodingName } from '../../types.ts'
import { countLineFeeds, countUtf8Units, unitsOfByte } from './counting.ts'

export const encodingNames: readonly EncodingName[] = ['utf-8', 'utf-16le', 'utf-16be', 'latin1']

/** A way bytes are text. What is no valid text becomes U+FFFD, as with TextDecoder. */
export interface Encoding {
  readonly name: EncodingName
  /** Length of the byte order mark, which is no text. */
  readonly bomBytes: number
  /**
   * The nearest place at or before `at` where the bytes can be cut so that both sides decode apart as they do together.
   * `at` lies at least four bytes after the last cut, and before the end of `bytes`.
   */
  readonly cut: (bytes: Buffer, at: number) => number
  /** Where the character that holds a unit begins (the end of `bytes` for what is behind them); undefined where only decoding tells: in what is no valid text. */
  readonly seek: (bytes: Buffer, unit: number) => CharacterPlace | undefined
  readonly decode: (bytes: Buffer) => string
  /** Length of what {@link decode} would give. */
  readonly units: (bytes: Buffer) => number
  /** Number of line feeds. */
  readonly lineFeeds: (bytes: Buffer) => number
}

/** Where a character begins, in bytes and in units. */
export interface CharacterPlace {
  readonly byte: number
  readonly unit: number
}

/** Bytes that tell text from binary, and the encoding. */
export const probeBytes = 8 * 1024

/** What is declared of a file. */
export interface Declared {
  readonly encoding?: EncodingName | undefined
  /** The file was named, and not found: then what is declared of it holds, and it is not looked through for what is no text. */
  readonly isCertain?: boolean
}

/** The encoding that the first {@link probeBytes} speak of; undefined for a binary file. A byte order mark counts for more than what was declared. */
export function detectEncoding(start: Buffer, { encoding, isCertain = false }: Declared = {}): Encoding | undefined {
  const isBinary = !(isCertain && encoding !== undefined) && start.includes(0)
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) return isBinary ? undefined : createEncoding('utf-8', 3)
  // FF FE 00 00 is UTF-32, which nothing reads.
  if (start[0] === 0xff && start[1] === 0xfe) return start.length >= 4 && start[2] === 0 && start[3] === 0 ? undefined : createEncoding('utf-16le', 2)
  if (start[0] === 0xfe && start[1] === 0xff) return createEncoding('utf-16be', 2)
  // UTF-16 is full of zeros.
  if (encoding === 'utf-16le' || encoding === 'utf-16be') return createEncoding(encoding, 0)
  return isBinary ? undefined : createEncoding(encoding ?? 'utf-8', 0)
}

export function createEncoding(name: EncodingName, bomBytes: number): Encoding {
  return { name, bomBytes, ...(name === 'utf-8' ? utf8 : name === 'latin1' ? latin1 : utf16(name)) }
}

type Way = Omit<Encoding, 'name' | 'bomBytes'>

const utf8: Way = {
  cut: (bytes, at) => {
    // A byte that continues nothing ends whatever came before it. Four that continue cannot all belong to one character, so that one has ended.
    for (let place = at; place > at - 4; place--) if (!isContinuation(bytes[place])) return place
    return at
  },
  seek: seekUtf8,
  decode: decodeUtf8,
  units: (bytes) => (isAscii(bytes) ? bytes.length : isUtf8(bytes) ? countUtf8Units(bytes) : decodeUtf8(bytes).length),
  lineFeeds: countLineFeeds,
}

/** Invalid bytes become what TextDecoder makes of them; U+FEFF is no mark here. */
function decodeUtf8(bytes: Buffer): string {
  return bytes.toString('utf8')
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && byte >> 6 === 0b10
}

/** Bytes whose units are counted together on the way to a unit. */
const seekBytes = 2_048

function seekUtf8(bytes: Buffer, unit: number): CharacterPlace | undefined {
  if (!isUtf8(bytes)) return undefined
  let byte = 0
  let before = 0
  for (; byte + seekBytes <= bytes.length; byte += seekBytes) {
    const units = countUtf8Units(bytes.subarray(byte, byte + seekBytes))
    if (before + units > unit) break
    before += units
  }
  // What goes on with a character counts as nothing.
  for (; byte < bytes.length; byte++) {
    const units = unitsOfByte(bytes[byte] ?? 0)
    if (before + units > unit) break
    before += units
  }
  return { byte, unit: before }
}

/** Each byte is the character of its number: Latin-1 as it was, not the code page that browsers read under this name. */
const latin1: Way = {
  cut: (_, at) => at,
  seek: (bytes, unit) => ({ byte: Math.min(unit, bytes.length), unit: Math.min(unit, bytes.length) }),
  decode: (bytes) => bytes.toString('latin1'),
  units: (bytes) => bytes.length,
  lineFeeds: countLineFeeds,
}

function utf16(name: 'utf-16le' | 'utf-16be'): Way {
  const high = name === 'utf-16le' ? 1 : 0
  const low = 1 - high
  const decoder = new TextDecoder(name, { ignoreBOM: true })
  const isHigh = (bytes: Buffer, at: number): boolean => ((bytes[at + high] ?? 0) & 0xfc) === 0xd8
  return {
    cut: (bytes, at) => {
      const even = at - (at % 2)
      // After a high surrogate the next unit may belong to it.
      return isHigh(bytes, even - 2) ? even - 2 : even
    },
    seek: (bytes, unit) => {
      if (bytes.length % 2 === 1) return undefined
      const byte = Math.min(2 * unit, bytes.length)
      const begun = byte >= 2 && byte < bytes.length && isHigh(bytes, byte - 2) && ((bytes[byte + high] ?? 0) & 0xfc) === 0xdc ? byte - 2 : byte
      return { byte: begun, unit: begun / 2 }
    },
    decode: (bytes) => decoder.decode(bytes),
    // Half of a unit at the end is one U+FFFD, together with a half of a pair before it.
    units: (bytes) => (bytes.length % 2 === 0 ? bytes.length / 2 : (bytes.length - 1) / 2 + (bytes.length > 1 && isHigh(bytes, bytes.length - 3) ? 0 : 1)),
    lineFeeds: (bytes) => {
      let count = 0
      for (let at = 0; at + 1 < bytes.length; at += 2) if (bytes[at + low] === 0x0a && bytes[at + high] === 0) count++
      return count
    },
  }
}
