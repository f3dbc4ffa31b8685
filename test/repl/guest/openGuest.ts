/** Nothing in; a real isolate with the guest's library in it, and nothing else of the runtime, out. */
import { fileURLToPath } from 'node:url'
import { decodeValue } from '../../../src/host/value.ts'
import { GuestIsolate } from '../../../src/repl/isolate.ts'
import { natives } from '../../../src/repl/natives.ts'

export interface Guest {
  /** What the last expression of a program shows as. */
  show(program: string, options?: object): string
  /** What the host gets of that value. */
  cross(program: string, maxBytes?: number): unknown
  /** How that value is encoded: 'encoded', 'opaque', 'tooLarge' or 'tooDeep', and its JSON. */
  encode(program: string, maxBytes?: number): { readonly type: string; readonly json: string }
  /** What the program printed, a line `stream level text` for each. */
  printed(program: string): string
  /** What became of a reply, given as text, to the schema that a program gives. */
  validate(schema: string, reply: string): unknown
  /** Calls an exported function of entry.ts with the value of a program. */
  call(name: string, program: string, ...more: (string | number)[]): string
  readonly isolate: GuestIsolate
}

const nothing = (): void => undefined

/** What it tells its host, nobody hears. */
export function openGuest(memoryMb = 512): Guest {
  const isolate = new GuestIsolate({ memoryMb, natives: { ...natives, emit: nothing, settled: nothing, failed: nothing, locate: (stack: string) => stack }, onCatastrophe: () => {}, entry: fileURLToPath(new URL('./entry.ts', import.meta.url)) })
  const call = (name: string, program: string, ...more: (string | number)[]) => isolate.export(name)([isolate.evaluate(program, 'cell'), ...more], 20_000) as string
  const encode = (program: string, maxBytes = 64e6) => split(call('encode', program, maxBytes))
  const takePrinted = isolate.export('takePrinted')
  return {
    isolate,
    call,
    encode,
    show: (program, options = {}) => call('show', program, JSON.stringify(options)),
    cross: (program, maxBytes) => decodeValue(encode(program, maxBytes).json),
    validate: (schema, reply) => decodeValue(split(call('validate', schema, reply)).json),
    printed: (program) => {
      takePrinted([])
      isolate.evaluate(program, 'cell')
      return takePrinted([]) as string
    },
  }
}

function split(text: string): { readonly type: string; readonly json: string } {
  const end = text.indexOf('\n')
  return end === -1 ? { type: text, json: '' } : { type: text.slice(0, end), json: text.slice(end + 1) }
}
