/** quickjs-emscripten: another JavaScript engine, as WebAssembly in this process. */
import type { QuickJSContext, QuickJSHandle } from 'quickjs-emscripten'
import type { Interpreter } from '../../interpreter.ts'

export async function prepareQuickjs(): Promise<() => Interpreter> {
  const { newQuickJSWASMModule } = await import('quickjs-emscripten')
  return () => {
    let context: QuickJSContext | undefined
    const opened = (): QuickJSContext => {
      if (context === undefined) throw new Error('It was not started')
      return context
    }
    const run = async (code: string): Promise<unknown> => {
      const vm = opened()
      return take(vm, vm.unwrapResult(vm.evalCode(code)))
    }
    return {
      start: async () => {
        const vm = (await newQuickJSWASMModule()).newContext()
        const add = vm.newFunction('add', (left, right) => vm.newNumber(vm.getNumber(left) + vm.getNumber(right)))
        vm.setProp(vm.global, 'add', add)
        add.dispose()
        context = vm
      },
      execute: run,
      callHost: () => run('add(19, 23)'),
      lengthOf: (text) => {
        const vm = opened()
        const handle = vm.newString(text)
        vm.setProp(vm.global, 'text', handle)
        handle.dispose()
        return run('text.length')
      },
      shutdown: async () => opened().dispose(),
    }
  }
}

function take(context: QuickJSContext, handle: QuickJSHandle): unknown {
  const value: unknown = context.dump(handle)
  handle.dispose()
  return value
}
