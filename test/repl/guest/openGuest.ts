/** Nothing in; a real isolate with the guest's library in it out. */
import { fileURLToPath } from 'node:url'
import { decodeValue } from '../../../src/host/value.ts'
import { GuestIsolate } from '../../../src/repl/isolate.ts'

export interface Guest {
  /** What the last expression of a program shows as. */
  show(program: string, options?: object): string
  /** What the host gets of the value of the last expression. */
  cross(program: string, maxBytes?: number): unknown
  /** How that value is encoded: 'encoded', 'opaque', 'tooLarge' or 'tooDeep', and its JSON. */
  encode(program: string, maxBytes?: number): { type: string; json: string }
  readonly isolate: GuestIsolate
}

export function openGuest(): Guest {
  const isolate = new GuestIsolate({ memoryMb: 512, natives: {}, onCatastrophe: () => {}, entry: fileURLToPath(new URL('./entry.ts', import.meta.url)) })
  const [show, encode] = [isolate.export('show'), isolate.export('encode')]
  const encoded = (program: string, maxBytes = 64e6) => {
    const text = encode([isolate.evaluate(program, 'cell'), maxBytes], 20_000) as string
    const end = text.indexOf('\n')
    return end === -1 ? { type: text, json: '' } : { type: text.slice(0, end), json: text.slice(end + 1) }
  }
  return {
    isolate,
    show: (program, options = {}) => show([isolate.evaluate(program, 'cell'), JSON.stringify(options)], 20_000) as string,
    encode: encoded,
    cross: (program, maxBytes) => decodeValue(encoded(program, maxBytes).json),
  }
}
