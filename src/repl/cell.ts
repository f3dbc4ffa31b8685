/** Cell text in; a script the isolate can run out, and the way from its places back to the cell's own. */
import { type CompiledCell, failureAt } from './cell/compiled.ts'
import { Lines } from './cell/lines.ts'
import { deepFault, type ParsedCell, parseCell, type SyntaxFault } from './cell/parse.ts'
import { refusedDeclaration, refusedModuleSyntax } from './cell/refused.ts'
import { rewriteCell } from './cell/rewrite.ts'
import { eraseTypes } from './cell/typescript.ts'
import type { CellFailure } from '../protocol.ts'

export type { CompiledCell } from './cell/compiled.ts'
export { compileFailure, locateStack } from './cell/stack.ts'

export interface CompileOptions {
  /** The name that the cell's frames show. */
  readonly filename: string
  /** Parse as TypeScript at once instead of only when it is not JavaScript. */
  readonly typescript: boolean
}

/** Never throws: a text that is no cell, or declares what it may not, is a failure with its place. */
export function compileCell(text: string, { filename, typescript }: CompileOptions): CompiledCell | { readonly failure: CellFailure } {
  try {
    return compile(text, filename, typescript)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return syntaxFailure(deepFault, text, filename)
  }
}

function compile(text: string, filename: string, typescript: boolean): CompiledCell | { readonly failure: CellFailure } {
  const source = readSource(text, typescript)
  if ('fault' in source) return syntaxFailure(isBareObject(text, source.fault) ? { ...source.fault, message: `${source.fault.message}; ${objectHint}` } : source.fault, text, filename)
  const { parsed, javascript, originOf } = source
  const refused = refusedModuleSyntax(parsed.program, javascript)
  if (refused !== null) return syntaxFailure({ message: refused.message, offset: originOf(refused.offset) }, text, filename)
  const rewrite = rewriteCell(parsed, javascript, { isPrinted: source.isPrinted })
  const forbidden = refusedDeclaration(rewrite.declared)
  if (forbidden !== null) {
    const position = new Lines(text).positionAt(originOf(forbidden.offset))
    return { failure: failureAt({ code: 'CELL', name: 'TypeError', message: forbidden.message }, position, filename) }
  }
  let codeLines: Lines | undefined
  let textLines: Lines | undefined
  return {
    filename,
    code: rewrite.text,
    locate: (line, column) => {
      codeLines ??= new Lines(rewrite.text)
      textLines ??= new Lines(text)
      const offset = codeLines.offsetAt({ line, column })
      return offset === null ? null : textLines.positionAt(originOf(rewrite.originOf(offset)))
    },
  }
}

interface Source {
  readonly parsed: ParsedCell
  readonly javascript: string
  /** Offset in the cell of an offset in the JavaScript. */
  readonly originOf: (offset: number) => number
  /** The JavaScript was printed anew. */
  readonly isPrinted: boolean
}

/** JavaScript first: types cannot be told from comparisons. An error is that of the language that understood more. */
function readSource(text: string, typescript: boolean): Source | { readonly fault: SyntaxFault } {
  let fault: SyntaxFault | undefined
  if (!typescript) {
    const parsed = parseCell(text)
    if (!('fault' in parsed)) return { parsed, javascript: text, originOf: (offset) => offset, isPrinted: false }
    fault = parsed.fault
    if (fault.incomplete || fault === deepFault) return { fault }
  }
  const erased = eraseTypes(text)
  if ('fault' in erased) return { fault: fault === undefined || erased.fault.end === Infinity || erased.fault.offset >= fault.end ? erased.fault : fault }
  const originOf = erased.originOf ?? ((offset: number) => offset)
  const parsed = parseCell(erased.text)
  if (!('fault' in parsed)) return { parsed, javascript: erased.text, originOf, isPrinted: erased.originOf !== undefined }
  return { fault: { ...parsed.fault, offset: originOf(parsed.fault.offset) } }
}

const objectHint = 'an object at the beginning of a statement stands in round brackets, `({ … })`'

/** What is no block, but would be an object if it stood in brackets. */
function isBareObject(text: string, { incomplete, end }: SyntaxFault): boolean {
  return !incomplete && end !== Infinity && /^\s*\{/.test(text) && !('fault' in parseCell(`(${text.replace(/;?\s*$/, '')}\n)`))
}

function syntaxFailure({ message, offset, incomplete = false }: Pick<SyntaxFault, 'message' | 'offset'> & Partial<SyntaxFault>, text: string, filename: string): { readonly failure: CellFailure } {
  const position = new Lines(text).positionAt(offset)
  return { failure: { ...failureAt({ code: 'SYNTAX', name: 'SyntaxError', message }, position, filename), incomplete } }
}
