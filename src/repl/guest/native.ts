/** The name of a function that the sandbox process gives in; the function out, and nowhere else any more. */

/** Only while the runtime loads. The type is what the sandbox process (natives.ts, isolate.ts) gives under that name. */
export function takeNative<Native extends (...args: never[]) => unknown>(name: string): Native {
  const global = globalThis as unknown as Record<string, Native>
  const native = global[`replm:${name}`]
  if (native === undefined) throw new TypeError(`The sandbox gives no ${name}`)
  delete global[`replm:${name}`]
  return native
}
