/** Bytes in; their line feeds, and the UTF-16 units of valid UTF-8, counted four bytes at a time, out. */

/** Words whose counts, at most one a byte, fit into the bytes of one word. */
const wordsInARow = 255

/** Bytes that are 0x0a. */
export function countLineFeeds(bytes: Uint8Array): number {
  const { head, words, tail } = wordsOf(bytes)
  let count = 0
  for (const byte of head) if (byte === 0x0a) count++
  for (let at = 0; at < words.length;) {
    const end = Math.min(words.length, at + wordsInARow)
    let counts = 0
    for (; at < end; at++) {
      // A byte that was a line feed is zero now; of each byte that is zero, and of no other, the top bit stays.
      const rest = (words[at] ?? 0) ^ 0x0a0a0a0a
      counts = (counts + (~(((rest & 0x7f7f7f7f) + 0x7f7f7f7f) | rest | 0x7f7f7f7f) >>> 7)) | 0
    }
    count += sumOfBytes(counts)
  }
  for (const byte of tail) if (byte === 0x0a) count++
  return count
}

/** Length of valid UTF-8 as a string: one unit for each byte that begins a character, and another one where four bytes make a pair. */
export function countUtf8Units(bytes: Uint8Array): number {
  const { head, words, tail } = wordsOf(bytes)
  let units = 0
  for (const byte of head) units += unitsOfByte(byte)
  for (let at = 0; at < words.length;) {
    const begun = at
    const end = Math.min(words.length, at + wordsInARow)
    let continuations = 0
    let pairs = 0
    for (; at < end; at++) {
      const word = words[at] ?? 0
      // The top bit of each byte 10xxxxxx, and of each byte 1111xxxx: shifts bring the bits below under it.
      continuations = (continuations + ((word & ~(word << 1) & 0x80808080) >>> 7)) | 0
      pairs = (pairs + ((word & (word << 1) & (word << 2) & (word << 3) & 0x80808080) >>> 7)) | 0
    }
    units += 4 * (end - begun) - sumOfBytes(continuations) + sumOfBytes(pairs)
  }
  for (const byte of tail) units += unitsOfByte(byte)
  return units
}

/** Units that a byte of valid UTF-8 begins. */
export function unitsOfByte(byte: number): number {
  return byte >> 6 === 0b10 ? 0 : byte >= 0xf0 ? 2 : 1
}

function sumOfBytes(word: number): number {
  return (word & 0xff) + ((word >>> 8) & 0xff) + ((word >>> 16) & 0xff) + (word >>> 24)
}

/** The same bytes, those in the middle as words: these must lie at multiples of four. */
function wordsOf(bytes: Uint8Array): { readonly head: Uint8Array; readonly words: Uint32Array; readonly tail: Uint8Array } {
  const begin = Math.min(bytes.length, -bytes.byteOffset & 3)
  const count = (bytes.length - begin) >> 2
  const end = begin + 4 * count
  // Where there are none, there is no place for them either.
  const words = count === 0 ? new Uint32Array(0) : new Uint32Array(bytes.buffer, bytes.byteOffset + begin, count)
  return { head: bytes.subarray(0, begin), words, tail: bytes.subarray(end) }
}
