/** The cells of a session in; their texts as parts of one script, where a name may be declared only once, out. */
import type { Identifier, Node, Program } from 'acorn'
import { Edits } from './edits.ts'
import { boundIdentifiers, functionIn, lexicalIdentifiers, walk } from './names.ts'
import { parseCell } from './parse.ts'
import { eraseTypes } from './typescript.ts'

interface Cell {
  readonly text: string
  readonly program: Program
}

/**
 * A text per cell, to be written one below the other. What only one cell declares stays as it is; a name that several declare is declared by `var` in each, as closures of
 * earlier cells see the newest. Types are erased where a cell has some. A text that is no cell becomes a comment.
 */
export function scriptCells(texts: readonly string[]): string[] {
  const cells = texts.map(readCell)
  const counts = new Map<string, number>()
  for (const cell of cells) {
    if (cell === undefined) continue
    for (const name of new Set(declaredNames(cell.program))) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const isShared = ({ name }: Identifier): boolean => (counts.get(name) ?? 0) > 1
  return cells.map((cell, index) => (cell === undefined ? commented(texts[index] ?? '') : separated(withVars(cell, isShared))))
}

function readCell(text: string): Cell | undefined {
  const parsed = parseCell(text)
  if (!('fault' in parsed)) return { text, program: parsed.program }
  const erased = eraseTypes(text)
  if ('fault' in erased) return undefined
  const again = parseCell(erased.text)
  return 'fault' in again ? undefined : { text: erased.text, program: again.program }
}

function declaredNames(program: Program): string[] {
  const names = lexicalIdentifiers(program.body).map(({ name }) => name)
  walk(program, (node) => {
    if (isFunction(node)) return false
    // The node's own type says what it has; `walk` knows only nodes.
    const declaration = node as Node & { kind?: string; declarations?: { id: Parameters<typeof boundIdentifiers>[0] }[] }
    if (node.type === 'VariableDeclaration' && declaration.kind === 'var') for (const { id } of declaration.declarations ?? []) names.push(...boundIdentifiers(id).map(({ name }) => name))
    return true
  })
  return names
}

function isFunction({ type }: Node): boolean {
  return type === 'FunctionDeclaration' || type === 'FunctionExpression' || type === 'ArrowFunctionExpression' || type === 'MethodDefinition' || type === 'PropertyDefinition' || type === 'StaticBlock'
}

function withVars({ text, program }: Cell, isShared: (name: Identifier) => boolean): string {
  const edits = new Edits(text)
  // A function can be called above the place where it stands.
  const first: (string | { readonly start: number; readonly end: number })[] = []
  for (const statement of program.body) {
    const made = functionIn(statement)
    if (made !== null && isShared(made.id)) {
      edits.replace(statement)
      first.push(`var ${made.id.name} = `, made, ';\n')
    } else if (statement.type === 'ClassDeclaration' && isShared(statement.id)) {
      edits.insert(statement.start, `var ${statement.id.name} = `)
      edits.insert(statement.end, ';')
    } else if (statement.type === 'VariableDeclaration' && (statement.kind === 'let' || statement.kind === 'const') && statement.declarations.some(({ id }) => boundIdentifiers(id).some(isShared))) {
      edits.replace({ start: statement.start, end: statement.start + statement.kind.length }, 'var')
      for (const { id, init } of statement.declarations) if (!init) edits.insert(id.end, ' = void 0')
    }
  }
  return edits.apply({ before: { origin: 0, parts: first }, after: { origin: text.length, parts: [] } }).text
}

/** The line before could go on into what begins like this. */
function separated(text: string): string {
  return /^\s*[([`+\-*/.,]/.test(text) && !/^\s*\/[/*]/.test(text) ? `;${text}` : text
}

function commented(text: string): string {
  return text.split(/\r\n?|[\n\u2028\u2029]/).map((line) => `// ${line}`).join('\n')
}
