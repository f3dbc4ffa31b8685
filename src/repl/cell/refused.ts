/** A cell's syntax tree in; what in it a cell may not have, or null, out. */
import type { Identifier, Program } from 'acorn'

export interface Refusal {
  readonly message: string
  readonly offset: number
}

/** Names of the runtime that no cell may declare at its top level; a function of the program's own may. Protected in guest/index.ts, too. */
const protectedNames: ReadonlySet<string> = new Set(['llmQuery', 'llmBatchQuery', 'llmStream', 'llmBatchStream', 'context', 'docs', 'grep', 'final'])

/** Properties of the global object that the language has fixed for ever. */
const fixedNames: ReadonlySet<string> = new Set(['undefined', 'NaN', 'Infinity'])

/** A cell is a script. `export {}` alone is let pass: it is how TypeScript is told of `await` at the top level. */
export function refusedModuleSyntax({ body }: Program): Refusal | null {
  for (const statement of body) {
    const offset = statement.start
    switch (statement.type) {
      case 'ImportDeclaration':
        return { offset, message: 'A cell cannot have `import` declarations: its modules are what the sandbox offers, as globals' }
      case 'ExportNamedDeclaration':
        if (statement.declaration || statement.source || statement.specifiers.length > 0) return { offset, message: exportMessage }
        break
      case 'ExportDefaultDeclaration':
      case 'ExportAllDeclaration':
        return { offset, message: exportMessage }
    }
  }
  return null
}

const exportMessage = 'A cell cannot have `export` declarations: every top-level name is known to later cells, and the value of the last expression is the result'

export function refusedDeclaration(declared: readonly Identifier[]): Refusal | null {
  for (const { name, start } of declared) {
    if (protectedNames.has(name)) return { offset: start, message: `\`${name}\` is replm's own and cannot be declared; choose another name` }
    if (fixedNames.has(name)) return { offset: start, message: `\`${name}\` is fixed by the language and cannot be declared; choose another name` }
  }
  return null
}
