/** A module loaded into the isolate by the tests of the guest's library: it hands values of test programs to the functions under test. */
import { encodeValue } from '../../../src/repl/guest/encode.ts'
import { inspect, type InspectOptions } from '../../../src/repl/guest/inspect.ts'
import { installProxy } from '../../../src/repl/guest/proxies.ts'

const { parse } = JSON
installProxy(globalThis)

export function show(value: unknown, options: string): string {
  return inspect(value, parse(options) as InspectOptions)
}

/** The kind of the encoding on the first line, then its JSON. */
export function encode(value: unknown, maxBytes: number): string {
  const encoded = encodeValue(value, maxBytes)
  if (!('pieces' in encoded)) return encoded.type
  let text = `${encoded.type}\n`
  for (let index = 0; index < encoded.pieces.length; index++) text += encoded.pieces[index]
  return text
}
