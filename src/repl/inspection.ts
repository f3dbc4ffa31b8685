/** A question of the host's about its session in; the answer, for which nothing of the program's is run, out. */
import { compileCell } from './cell.ts'
import { pathAtEnd } from './cell/path.ts'
import { scriptCells } from './cell/script.ts'
import type { WireInspection, WireInspected, WireVariable } from '../protocol.ts'

/** The functions of `guest/index.ts` that look; each gives JSON, or undefined when it took too long. */
export interface GuestLook {
  complete(pathJson: string): string | undefined
  describeVariables(): string | undefined
}

/** Words of the language that are offered as names. */
const keywords = [
  'async', 'await', 'break', 'case', 'catch', 'class', 'const', 'continue', 'default', 'delete', 'do', 'else', 'false', 'finally', 'for', 'function', 'if', 'in', 'instanceof', 'let', 'new', 'null',
  'return', 'static', 'super', 'switch', 'this', 'throw', 'true', 'try', 'typeof', 'var', 'void', 'while', 'with', 'yield',
]

export function inspectSession(ask: WireInspection, look: GuestLook): WireInspected {
  switch (ask.what) {
    case 'complete':
      return completed(ask.text, look)
    case 'variables':
      return { what: 'variables', variables: parsed<WireVariable[]>(look.describeVariables()) ?? [] }
    case 'syntax':
      return { what: 'syntax', state: syntaxOf(ask.text) }
    case 'script':
      return { what: 'script', cells: scriptCells(ask.cells) }
  }
}

function completed(text: string, look: GuestLook): WireInspected {
  const path = pathAtEnd(text)
  if (path === undefined) return { what: 'complete', from: text.length, names: [] }
  const { from, ...wanted } = path
  const names = parsed<string[]>(look.complete(JSON.stringify(wanted))) ?? []
  const words = path.root === null && path.prefix !== '' ? keywords.filter((word) => word.startsWith(path.prefix) && !names.includes(word)) : []
  return { what: 'complete', from, names: [...names, ...words] }
}

function syntaxOf(text: string): 'complete' | 'incomplete' | 'wrong' {
  const compiled = compileCell(text, { filename: 'cell', typescript: false })
  if (!('failure' in compiled) || compiled.failure.code !== 'SYNTAX') return 'complete'
  return compiled.failure.incomplete === true ? 'incomplete' : 'wrong'
}

/** The guest's runtime wrote it, or the program that took its place: the host checks what it says. */
function parsed<T>(json: string | undefined): T | undefined {
  return json === undefined ? undefined : (JSON.parse(json) as T)
}
