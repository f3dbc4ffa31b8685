/** Nothing in; the few functions of the sandbox process that the runtime may call, out. Taken from the global object before any cell runs. */

interface Host {
  /** A message to the host, as JSON text; an urgent one also leaves in the middle of a long turn. */
  emit(json: string, urgent: boolean): void
  /** The cell of this execution has a value: the JSON text of a `done` or `final` message. */
  settled(execution: number, json: string): void
  /** The cell failed: JSON text with the raw stack. */
  failed(json: string): void
  /** A stack with its frames at their places in the cells' own texts. */
  locate(stack: string): string
}

function take<Name extends keyof Host>(name: Name): Host[Name] {
  const global = globalThis as unknown as Record<string, Host[Name]>
  const native = global[`replm:${name}`]
  if (native === undefined) throw new TypeError(`The sandbox gives no ${name}`)
  delete global[`replm:${name}`]
  return native
}

/** As {@link emit}, without what goes before. */
export const emitBare = take('emit')
const settledBare = take('settled')
const failedBare = take('failed')
export const locate = take('locate')

let tellFirst = (): void => undefined

/** Sets what is done before every message. */
export function beforeMessages(tell: () => void): void {
  tellFirst = tell
}

export function emit(json: string, urgent: boolean): void {
  tellFirst()
  emitBare(json, urgent)
}

export function settled(execution: number, json: string): void {
  tellFirst()
  settledBare(execution, json)
}

export function failed(json: string): void {
  tellFirst()
  failedBare(json)
}
