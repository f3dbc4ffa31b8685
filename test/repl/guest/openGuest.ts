/** Nothing in; a real isolate with the guest's library in it out, closed when the test is over. */
import { fileURLToPath } from 'node:url'
import { GuestIsolate } from '../../../src/repl/isolate.ts'

export interface Guest {
  /** What the program's last expression shows as. */
  show(program: string, options?: object): string
  readonly isolate: GuestIsolate
}

export function openGuest(): Guest {
  const isolate = new GuestIsolate({ memoryMb: 512, natives: {}, onCatastrophe: () => {}, entry: fileURLToPath(new URL('./entry.ts', import.meta.url)) })
  const show = isolate.export('show')
  return {
    isolate,
    show: (program, options = {}) => show([isolate.evaluate(program, 'cell'), JSON.stringify(options)], 20_000) as string,
  }
}
