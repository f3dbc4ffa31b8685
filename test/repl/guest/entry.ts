/** A module loaded into the isolate by the tests of the guest's library: it hands values of test programs to the functions under test. */
import { setClockSource } from '../../../src/repl/guest/clock.ts'
import { encodeValue } from '../../../src/repl/guest/encode.ts'
import { onAbort } from '../../../src/repl/guest/events.ts'
import { drainFinalizers } from '../../../src/repl/guest/finalization.ts'
import { installGlobals } from '../../../src/repl/guest/globals.ts'
import { inspect, type InspectOptions } from '../../../src/repl/guest/inspect.ts'
import { jsonParse, jsonStringify } from '../../../src/repl/guest/primordials.ts'
import { seed } from '../../../src/repl/guest/random.ts'
import { readSchema, validateReply } from '../../../src/repl/guest/validate.ts'

let printed = ''
let waits: { ms: number; wake: () => void }[] = []
installGlobals(globalThis, {
  print: (stream, level, text) => {
    printed += `${stream} ${level} ${text}\n`
  },
  wait: (ms, wake) => {
    waits[waits.length] = { ms, wake }
  },
})

export { drainFinalizers, seed }

export function show(value: unknown, options: string): string {
  return inspect(value, jsonParse(options) as InspectOptions)
}

/** The kind of the encoding on the first line, then its JSON. */
export function encode(value: unknown, maxBytes: number): string {
  const encoded = encodeValue(value, maxBytes)
  if (!('pieces' in encoded)) return encoded.type
  let text = `${encoded.type}\n`
  for (let index = 0; index < encoded.pieces.length; index++) text += encoded.pieces[index]
  return text
}

/** What was printed since the last call: a line `stream level text` for each. */
export function takePrinted(): string {
  const text = printed
  printed = ''
  return text
}

/** Ends the waits that were begun, and gives their times. */
export function wake(): string {
  const due = waits
  waits = []
  let times = ''
  for (let index = 0; index < due.length; index++) {
    times += `${due[index]?.ms} `
    due[index]?.wake()
  }
  return times
}

/** Makes time stand still, 0.1 ms further at each reading. */
export function freezeClock(wall: number): void {
  let ticks = 0
  setClockSource((kind) => (kind === 'wall' ? wall : ++ticks / 10))
}

export function validate(schema: unknown, reply: string): string {
  return encode(validateReply(schema, reply), 1e6)
}

export function problemOf(schema: unknown): string {
  const read = readSchema(schema)
  return read.ok ? '' : read.problem
}

/** Leaves a mark when the runtime itself hears of an abort. */
export function watch(signal: unknown): void {
  onAbort(signal as AbortSignal, () => {
    printed += 'the runtime heard it\n'
  })
}

/** Plain JSON, to compare with. */
export function stringify(value: unknown): string {
  return jsonStringify(value)
}
