/**
 * Keys of requests in; a number for each, out. A cell may ask a hundred thousand questions, and each of their keys is known for as long as it can ask one again:
 * they stand as numbers in one table outside V8's heap, 28 bytes each.
 */
import { ReplmError } from '../errors.ts'

/** Of a slot in the table: words of the hash, the occurrence, and the number plus one, which is 0 where the slot is free. */
const hashWords = 5
const occurrenceWord = hashWords
const numberWord = hashWords + 1
const slotWords = hashWords + 2

/** Slots at first, a power of two; and how full of them a table may be before it is made twice as big. */
const firstSlots = 16
const mostFull = 0.8

/** A hash has 43 characters of base64url. The first twenty, 120 bits, tell requests apart as well as all. */
const hashUnits = 43

/** The hash that is looked for. */
const sought = new Uint32Array(hashWords)

export class KeyNumbers {
  #table = new Uint32Array(0)
  #size = 0

  /** Undefined where the key has none. */
  get(hash: string, occurrence: number): number | undefined {
    if (this.#size === 0) return undefined
    seek(hash)
    const number = this.#table[this.#find(occurrence) + numberWord] ?? 0
    return number === 0 ? undefined : number - 1
  }

  set(hash: string, occurrence: number, number: number): void {
    const at = this.#place(hash, occurrence)
    this.#table[at + numberWord] = number + 1
  }

  /** How often it was counted before. */
  count(hash: string): number {
    const at = this.#place(hash, 0) + numberWord
    const counted = Math.max((this.#table[at] ?? 0) - 1, 0)
    this.#table[at] = counted + 2
    return counted
  }

  /** Where the key stands from now on. */
  #place(hash: string, occurrence: number): number {
    if (this.#size >= (this.#table.length / slotWords) * mostFull) this.#grow()
    seek(hash)
    const at = this.#find(occurrence)
    if (this.#table[at + numberWord] === 0) {
      this.#put(at, occurrence)
      this.#size += 1
    }
    return at
  }

  /** Where the key that is sought stands, or is to be put. */
  #find(occurrence: number): number {
    const table = this.#table
    const mask = table.length / slotWords - 1
    const [a, b, c, d, e] = [sought[0] ?? 0, sought[1] ?? 0, sought[2] ?? 0, sought[3] ?? 0, sought[4] ?? 0]
    for (let slot = scattered(a, b, occurrence) & mask; ; slot = (slot + 1) & mask) {
      const at = slot * slotWords
      if (table[at + numberWord] === 0) return at
      if (table[at] === a && table[at + 1] === b && table[at + 2] === c && table[at + 3] === d && table[at + 4] === e && table[at + occurrenceWord] === occurrence) return at
    }
  }

  #put(at: number, occurrence: number): void {
    for (let word = 0; word < hashWords; word++) this.#table[at + word] = sought[word] ?? 0
    this.#table[at + occurrenceWord] = occurrence
  }

  #grow(): void {
    const old = this.#table
    this.#table = new Uint32Array(Math.max(firstSlots * slotWords, 2 * old.length))
    for (let at = 0; at < old.length; at += slotWords) {
      if (old[at + numberWord] === 0) continue
      for (let word = 0; word < hashWords; word++) sought[word] = old[at + word] ?? 0
      const occurrence = old[at + occurrenceWord] ?? 0
      const moved = this.#find(occurrence)
      this.#put(moved, occurrence)
      this.#table[moved + numberWord] = old[at + numberWord] ?? 0
    }
  }
}

/** Four characters, all of them ASCII, to a word. */
function seek(hash: string): void {
  if (hash.length !== hashUnits) throw new ReplmError('STORE', `A request's hash has ${hashUnits} characters, the store has ${JSON.stringify(hash.slice(0, 100))}`)
  for (let word = 0; word < hashWords; word++) {
    const at = 4 * word
    sought[word] = hash.charCodeAt(at) | (hash.charCodeAt(at + 1) << 8) | (hash.charCodeAt(at + 2) << 16) | (hash.charCodeAt(at + 3) << 24)
  }
}

/** Not all bits of a character differ. */
function scattered(a: number, b: number, occurrence: number): number {
  const mixed = Math.imul(a ^ Math.imul(b, 0x85eb_ca6b) ^ occurrence, 0x9e37_79b1)
  return mixed ^ (mixed >>> 15)
}
