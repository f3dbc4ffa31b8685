/** TypeScript text of a cell in; JavaScript, and where each of its characters comes from, out. The only importer of oxc-transform. */
import { createRequire, SourceMap, stripTypeScriptTypes } from 'node:module'
import type { OxcError, transformSync } from 'oxc-transform'
import { Lines } from './lines.ts'
import { continuesLine, deepFault, nestingOf, type SyntaxFault } from './parse.ts'

export interface ErasedTypes {
  readonly text: string
  /** Offset in the TypeScript of what stands at an offset of the JavaScript; undefined where all offsets are the same. */
  readonly originOf?: (offset: number) => number
}

/**
 * Types are blanked out where that is enough. What needs code in their place (enums, namespaces, parameter properties) is printed anew.
 * What both parsers refuse is told in the words of the second, the stricter about places.
 *
 * Neither parser bears deep nesting: the first is WebAssembly, and is lost to the process once its stack has run over (seen from 900 levels on);
 * the second is native, and takes the process with it (from 8,000 on), hence it only gets what is short or what the first has survived.
 */
export function eraseTypes(text: string): ErasedTypes | { readonly fault: SyntaxFault } {
  if (nestingOf(text, maxNesting) > maxNesting) return { fault: deepFault }
  if (isStripLost) return text.length > maxUncheckedUnits ? { fault: lostFault } : reprint(text)
  try {
    const stripped = stripTypeScriptTypes(text)
    if (stripped.length === text.length) return { text: stripped }
  } catch (error) {
    if (isOverflow(error)) {
      isStripLost = true
      return { fault: deepFault }
    }
  }
  return reprint(text)
}

/** Deepest nesting of brackets that is handed to a parser of TypeScript. */
const maxNesting = 500

/** Longest text that is handed to the native parser unchecked: two units a level are the least that nests without brackets. */
const maxUncheckedUnits = 12_000

let isStripLost = false

const lostFault: SyntaxFault = {
  message: 'Since a cell was nested too deeply, this session reads no TypeScript of this length; write it in JavaScript, or in shorter cells',
  offset: 0, end: Infinity, incomplete: false,
}

function isOverflow(error: unknown): boolean {
  // An assertion of Node's own: the parser inside did not fail but fall.
  return error instanceof RangeError || (error instanceof Error && 'code' in error && error.code === 'ERR_INTERNAL_ASSERTION')
}

function reprint(text: string): ErasedTypes | { readonly fault: SyntaxFault } {
  const { code, map, errors } = loadOxc()('cell.ts', text, { lang: 'ts', sourceType: 'module', sourcemap: true })
  // Only warned of, but printed so that later assignments to the variable are lost.
  const error = errors.find(({ severity, message }) => severity === 'Error' || message.startsWith(changingExport))
  if (error !== undefined) return { fault: faultOf(error, text) }
  // A map has no other version, and carries no sections.
  const sourceMap = new SourceMap({ ...(map as Required<NonNullable<typeof map>>), version: 3 } as never)
  const printedLines = new Lines(code)
  const lines = new Lines(text)
  return {
    text: code,
    originOf: (offset) => {
      const { line, column } = printedLines.positionAt(offset)
      const entry = sourceMap.findEntry(line - 1, column - 1)
      if (!('originalLine' in entry)) return 0
      const origin = lines.offsetAt({ line: entry.originalLine + 1, column: entry.originalColumn + 1 }) ?? 0
      // Exact inside of what was printed as it stood.
      const from = printedLines.offsetAt({ line: entry.generatedLine + 1, column: entry.generatedColumn + 1 }) ?? offset
      const isSame = text.startsWith(code.slice(from, offset), origin)
      return isSame ? origin + offset - from : origin
    },
  }
}

/** Errors about what is missing, which more text could bring, when they stand at the end. */
const missing = /^Unexpected token$|`EOF`|^Missing (catch|initializer)|expected after/

const changingExport = 'Namespaces exporting non-const'
const namespaceMessage = 'A namespace can export constants, functions, classes and types only; make this variable `const`, or the namespace an object'

function faultOf({ message, labels: [label] }: OxcError, text: string): SyntaxFault {
  const { start: offset, end } = label ?? { start: 0, end: 0 }
  const isOpen = message.startsWith('Unterminated') && (/^(`|\}|\/\*)/.test(text.slice(offset, offset + 2)) || (end >= text.length && continuesLine(text)))
  // These two point at what needs it, the others at where it should be.
  const isAtEnd = (/^Missing initializer|expected after/.test(message) ? end : offset) >= text.trimEnd().length
  return { message: message.startsWith(changingExport) ? namespaceMessage : message, offset, end, incomplete: isOpen || (isAtEnd && missing.test(message)) }
}

let transform: typeof transformSync | undefined

/** The addon itself: the package's own loader reads the environment and looks through folders that the permission model keeps shut. */
function loadOxc(): typeof transformSync {
  // From where the package stands: it is its dependency, not ours.
  const require = createRequire(createRequire(import.meta.url).resolve('oxc-transform'))
  const { platform, arch } = process
  transform ??= (require(`@oxc-transform/binding-${platform}-${arch}${abi()}`) as { transformSync: typeof transformSync }).transformSync
  return transform
}

function abi(): string {
  if (process.platform === 'win32') return '-msvc'
  if (process.platform !== 'linux') return ''
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  return header.glibcVersionRuntime === undefined ? '-musl' : '-gnu'
}
