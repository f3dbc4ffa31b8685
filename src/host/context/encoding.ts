/** The first bytes of a file in; how its text is cut, counted and decoded out. */
import { isAscii } from 'node:buffer'

/** A way bytes are text. What is no valid text becomes U+FFFD, as with TextDecoder. */
export interface Encoding {
  readonly name: 'utf-8' | 'utf-16le' | 'utf-16be'
  /** Length of the byte order mark, which is no text. */
  readonly bomBytes: number
  /**
   * The nearest place at or before `at` where the bytes can be cut so that both sides decode apart as they do together.
   * `at` lies at least four bytes after the last cut, and before the end of `bytes`.
   */
  readonly cut: (bytes: Buffer, at: number) => number
  readonly decode: (bytes: Buffer) => string
  /** Length of what {@link decode} would give. */
  readonly units: (bytes: Buffer) => number
  /** Number of line feeds. */
  readonly lineFeeds: (bytes: Buffer) => number
}

/** Bytes that tell text from binary, and the encoding. */
export const probeBytes = 8 * 1024

/** The encoding that the first {@link probeBytes} speak of; undefined for a binary file. */
export function detectEncoding(start: Buffer): Encoding | undefined {
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) return start.includes(0) ? undefined : utf8(3)
  // FF FE 00 00 is UTF-32, which nothing reads.
  if (start[0] === 0xff && start[1] === 0xfe) return start.length >= 4 && start[2] === 0 && start[3] === 0 ? undefined : utf16('utf-16le')
  if (start[0] === 0xfe && start[1] === 0xff) return utf16('utf-16be')
  return start.includes(0) ? undefined : utf8(0)
}

function utf8(bomBytes: number): Encoding {
  return {
    name: 'utf-8',
    bomBytes,
    cut: (bytes, at) => {
      // A byte that continues nothing ends whatever came before it. Four that continue cannot all belong to one character, so that one has ended.
      for (let place = at; place > at - 4; place--) if ((bytes[place] ?? 0) >> 6 !== 0b10) return place
      return at
    },
    decode: decodeUtf8,
    units: (bytes) => (isAscii(bytes) ? bytes.length : decodeUtf8(bytes).length),
    lineFeeds: (bytes) => {
      let count = 0
      for (let at = 0; at < bytes.length; at++) if (bytes[at] === 0x0a) count++
      return count
    },
  }
}

/** Invalid bytes become what TextDecoder makes of them; U+FEFF is no mark here. */
function decodeUtf8(bytes: Buffer): string {
  return bytes.toString('utf8')
}

function utf16(name: 'utf-16le' | 'utf-16be'): Encoding {
  const high = name === 'utf-16le' ? 1 : 0
  const low = 1 - high
  const decoder = new TextDecoder(name, { ignoreBOM: true })
  return {
    name,
    bomBytes: 2,
    cut: (bytes, at) => {
      const even = at - (at % 2)
      // After a high surrogate the next unit may belong to it.
      return ((bytes[even - 2 + high] ?? 0) & 0xfc) === 0xd8 ? even - 2 : even
    },
    decode: (bytes) => decoder.decode(bytes),
    units: (bytes) => decoder.decode(bytes).length,
    lineFeeds: (bytes) => {
      let count = 0
      for (let at = 0; at + 1 < bytes.length; at += 2) if (bytes[at + low] === 0x0a && bytes[at + high] === 0) count++
      return count
    },
  }
}
