/** A module loaded into the isolate by the tests of cells: it runs compiled cells as the guest's runtime does, and tells their ends. */
import { runtime, variables, variableValue } from '../../../src/repl/guest/bindings.ts'
import { failureOf } from '../../../src/repl/guest/failure.ts'
import { inspect } from '../../../src/repl/guest/inspect.ts'
import { installProxy } from '../../../src/repl/guest/proxies.ts'
import { installStackTraces, setStackLocator } from '../../../src/repl/guest/stack-trace.ts'

type Report = (execution: number, isOk: boolean, text: string) => void
type Globals = Record<string, unknown>

const globals = globalThis as unknown as Globals
const report = globals['replm:report'] as Report
setStackLocator(globals['replm:locate'] as (frames: string) => string)
for (const name of Object.keys(globalThis)) delete globals[name]
const { stringify } = JSON
installStackTraces()
installProxy(globalThis)

export function run(start: (bindings: typeof runtime) => Promise<unknown>, execution: number): void {
  start(runtime).then(
    (value) => report(execution, true, inspect(value)),
    (thrown: unknown) => report(execution, false, stringify(failureOf(thrown))),
  )
}

const waiting: (() => void)[] = []

/** Settles the oldest `later(…)` in a turn of its own; false if there is none. */
export function tick(): boolean {
  const settle = waiting.shift()
  settle?.()
  return settle !== undefined
}

export function showVariables(): string {
  return variables().map((name) => `${name}=${inspect(variableValue(name)?.value)}`).join(' ')
}

/** What stands for the guest API: promises that the host settles, and a name that cannot be assigned. */
const api: Globals = {
  later: (value: unknown) => new Promise((resolve) => void waiting.push(() => resolve(value))),
  laterFails: (message: string) => new Promise((_resolve, reject) => void waiting.push(() => reject(new Error(message)))),
  log: [] as unknown[],
}
for (const [name, value] of Object.entries(api)) Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false })
