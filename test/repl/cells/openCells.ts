/** Nothing in; a real isolate that runs cells one after another, out. */
import { fileURLToPath } from 'node:url'
import type { CellFailure } from '../../../src/protocol.ts'
import { compileCell, compileFailure, locateStack } from '../../../src/repl/cell.ts'
import { CompiledCells } from '../../../src/repl/compiled-cells.ts'
import { GuestIsolate } from '../../../src/repl/isolate.ts'
import { natives } from '../../../src/repl/natives.ts'

/** What became of a cell: its value as it shows itself, or its failure; pending if it waits for what nothing settles. */
export type Outcome = { readonly text: string } | { readonly failure: CellFailure } | { readonly pending: true }

export interface Cells {
  /** The first cell is `cell 1`. */
  run(text: string, options?: { readonly typescript?: boolean }): Outcome
  /** `name=value` for each variable that cells have made. */
  variables(): string
  dispose(): void
}

export function openCells(): Cells {
  const cells = new CompiledCells()
  const ended = new Map<number, { readonly isOk: boolean; readonly text: string }>()
  const report = (execution: number, isOk: boolean, text: string) => void ended.set(execution, { isOk, text })
  const locate = (frames: string) => locateStack(frames, cells.byFile).stack
  const isolate = new GuestIsolate({ memoryMb: 256, natives: { ...natives, report, locate }, onCatastrophe: () => {}, entry: fileURLToPath(new URL('./entry.ts', import.meta.url)) })
  const run = isolate.export('run')
  const tick = isolate.export('tick')
  const showVariables = isolate.export('showVariables')
  let execution = 0

  /** A rejection that nobody handles comes out of the turn: here it concerns nobody. */
  function turn(act: () => unknown): unknown {
    try {
      return act()
    } catch {
      return true
    }
  }

  return {
    run(text, { typescript = false } = {}) {
      const filename = `cell ${++execution}`
      const compiled = compileCell(text, { filename, typescript })
      if ('failure' in compiled) return compiled
      cells.add(`replm:cell-${execution}`, compiled)
      let script
      try {
        script = isolate.evaluate(compiled.code, `replm:cell-${execution}`)
      } catch (error) {
        return { failure: compileFailure(error, compiled) }
      }
      turn(() => run([script, execution], 5_000))
      while (!ended.has(execution) && turn(() => tick([]))) { /* One turn each. */ }
      const end = ended.get(execution)
      if (end === undefined) return { pending: true }
      if (end.isOk) return { text: end.text }
      const raw = JSON.parse(end.text) as { code: string; name: string | null; message: string; stack: string }
      return { failure: { ...raw, ...locateStack(raw.stack, cells.byFile, raw.message) } }
    },
    variables: () => showVariables([]) as string,
    dispose: () => isolate.dispose(),
  }
}
