/** node:vm: another global object on the host's own heap. No boundary: the floor under all of them. */
import vm from 'node:vm'
import type { Interpreter } from '../../interpreter.ts'

export async function prepareVm(): Promise<() => Interpreter> {
  return () => {
    const context = vm.createContext({ add: (left: number, right: number) => left + right, text: '' })
    const run = async (code: string): Promise<unknown> => vm.runInContext(code, context)
    return {
      start: async () => undefined,
      execute: run,
      callHost: () => run('add(19, 23)'),
      lengthOf: (text) => {
        context['text'] = text
        return run('text.length')
      },
      shutdown: async () => undefined,
    }
  }
}
