import { afterEach, describe, expect, test } from 'vitest'
import { bindingCases } from './cells/bindings.ts'
import type { CellCase } from './cells/case.ts'
import { failureCases } from './cells/failures.ts'
import { type Cells, openCells, type Outcome } from './cells/openCells.ts'
import { stackCases } from './cells/stacks.ts'
import { syntaxCases } from './cells/syntax.ts'
import { typescriptCases } from './cells/typescript.ts'
import { valueCases } from './cells/values.ts'

let cells: Cells | undefined
afterEach(() => cells?.dispose())

function outcomeOf({ cells: texts, typescript = false }: CellCase): Outcome {
  cells = openCells()
  let outcome: Outcome = { pending: true }
  for (const text of texts) outcome = cells.run(text, { typescript })
  return outcome
}

/** `f 1:2:3` of `    at f (cell 1:2:3)`. */
function shortFrames(stack: string): string[] {
  return stack
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .map((line) => line.slice(7).replace(/\(?cell (\d+:\d+:\d+)\)?$/, '$1'))
}

for (const [group, cases] of Object.entries({ 'names': bindingCases, 'values': valueCases, 'failures': failureCases, 'stacks': stackCases, 'syntax': syntaxCases, 'TypeScript': typescriptCases })) {
  describe(group, () => {
    test.for(cases.map((item) => [item.name, item] as const))('%s', ([, item]) => {
      const outcome = outcomeOf(item)
      const { expect: expected } = item
      if (typeof expected === 'string') {
        expect(outcome).toEqual({ text: expected })
        return
      }
      const failure = 'failure' in outcome ? outcome.failure : undefined
      expect(failure, JSON.stringify(outcome)).toBeDefined()
      const { at, frames, message, ...facts } = expected
      expect(failure).toMatchObject(facts)
      if (typeof message === 'string') expect(failure?.message).toBe(message)
      else if (message !== undefined) expect(failure?.message).toMatch(message)
      if (at !== undefined) expect(`${failure?.line}:${failure?.column}`).toBe(at)
      if (frames !== undefined) expect(shortFrames(failure?.stack ?? '')).toEqual(frames)
      expect(failure?.stack).not.toMatch(/replm:|\$replm|isolated-vm|file:|node:/)
    })
  })
}
