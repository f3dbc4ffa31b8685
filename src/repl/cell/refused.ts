/** A cell's syntax tree in; what in it a cell may not have, or null, out. */
import type { Identifier, ImportDeclaration, Program } from 'acorn'

export interface Refusal {
  readonly message: string
  readonly offset: number
}

/** Names of the runtime that no cell may declare at its top level; a function of the program's own may. Protected in guest/index.ts, too. */
const protectedNames: ReadonlySet<string> = new Set(['llmQuery', 'llmBatchQuery', 'llmStream', 'llmBatchStream', 'context', 'docs', 'grep', 'final'])

/** Properties of the global object that the language has fixed for ever. */
const fixedNames: ReadonlySet<string> = new Set(['undefined', 'NaN', 'Infinity'])

/**
 * A cell is a script. `export {}` alone is let pass: it is how TypeScript is told of `await` at the top level;
 * and `import {} from …`, which is what is left of a list of types.
 */
export function refusedModuleSyntax({ body }: Program, text: string): Refusal | null {
  for (const statement of body) {
    const offset = statement.start
    switch (statement.type) {
      case 'ImportDeclaration':
        if (isEmptyImport(statement, text)) break
        return { offset, message: importMessage(String(statement.source.value)) }
      case 'ExportNamedDeclaration':
        if (statement.declaration || statement.source || statement.specifiers.length > 0) return { offset, message: exportMessage }
        break
      case 'ExportDefaultDeclaration':
        return { offset, message: 'A cell cannot have `export default`: leave these words out, as the value of the last expression is the result' }
      case 'ExportAllDeclaration':
        return { offset, message: exportMessage }
    }
  }
  return null
}

function isEmptyImport({ start, specifiers, source }: ImportDeclaration, text: string): boolean {
  return specifiers.length === 0 && text.slice(start, source.start).includes('{')
}

const exportMessage = 'A cell cannot have `export` declarations: leave the word out, as every top-level name is known to later cells, and the value of the last expression is the result'

function importMessage(source: string): string {
  const refusal = 'A cell cannot have `import` declarations'
  if (/^replm(\/|$)/.test(source)) return `${refusal}: leave it out, as \`llmQuery\`, \`docs\` and all else of replm are globals here`
  if (/^(node:)?(fs|path)(\/|$)/.test(source)) return `${refusal}, and there is no file system: files are loaded as context, and read through \`docs\``
  if (/^(node:)?(https?|net|undici|axios|node-fetch)$/.test(source)) return `${refusal}, and there is no network: what it needs is loaded as context, and \`llmQuery\` asks a model`
  if (/^(openai|anthropic|@anthropic-ai\/sdk|ai|@ai-sdk\/.*)$/.test(source)) return `${refusal}: leave it out, as \`llmQuery\` asks a model`
  return `${refusal}: all that it can use are globals, and its helpers stand in its own text`
}

export function refusedDeclaration(declared: readonly Identifier[]): Refusal | null {
  for (const { name, start } of declared) {
    if (protectedNames.has(name)) return { offset: start, message: `\`${name}\` is replm's own and cannot be declared; choose another name` }
    if (fixedNames.has(name)) return { offset: start, message: `\`${name}\` is fixed by the language and cannot be declared; choose another name` }
  }
  return null
}
