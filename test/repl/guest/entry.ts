/** A module loaded into the isolate by the tests of the guest's library: it hands values of test programs to the functions under test. */
import { inspect, type InspectOptions } from '../../../src/repl/guest/inspect.ts'
import { installProxy } from '../../../src/repl/guest/proxies.ts'

const { parse } = JSON
installProxy(globalThis)

export function show(value: unknown, options: string): string {
  return inspect(value, parse(options) as InspectOptions)
}
