/** JavaScript text of a cell in; its syntax tree, or where and why it has none, out. The only importer of acorn. */
import { type Options, Parser, type Program, type TokenType, tokenizer, tokTypes } from 'acorn'

/** Why a text is no cell. */
export interface SyntaxFault {
  readonly message: string
  /** Offset in the text. */
  readonly offset: number
  /** End of the token that another language might have understood; Infinity for what is wrong in any. */
  readonly end: number
  /** The text may be the beginning of a valid cell. */
  readonly incomplete: boolean
}

export interface ParsedCell {
  readonly program: Program
  /** Names that something in the cell assigns to, at any depth, in any scope. */
  readonly assigned: ReadonlySet<string>
  /** Whether a name stands anywhere before an offset but at `itself`, or in a function declaration, which may be called early: be it another's of that name. */
  readonly isNamedBefore: (name: string, offset: number, itself: number) => boolean
}

export const tooDeep = 'The cell is nested too deeply: it may have hundreds of brackets or blocks inside each other, and thousands of `else if`, but not more; build it in steps'

/** Said without a place: the one where the parser's stack was full tells nothing. */
export const deepFault: SyntaxFault = { message: tooDeep, offset: 0, end: Infinity, incomplete: false }

/** Statements only, in the sloppy dialect of scripts, with `await` and `using` at the top level. */
export function parseCell(text: string): ParsedCell | { readonly fault: SyntaxFault } {
  // acorn takes `?.` at the very end for two tokens: a line end is added.
  const parser = new CellParser({ ecmaVersion: 'latest', sourceType: 'script', allowAwaitOutsideFunction: true, allowImportExportEverywhere: true, preserveParens: true }, `${text}\n`)
  try {
    const program = parser.parse()
    return { program, assigned: parser.assigned, isNamedBefore: (name, offset, itself) => parser.isNamedBefore(name, offset, itself) }
  } catch (error) {
    if (error instanceof RangeError) return { fault: deepFault }
    if (!isAcornError(error)) throw error
    const message = clearMessage(error.message)
    if (message === tooDeep) return { fault: deepFault }
    return { fault: { message, offset: Math.min(error.pos, text.length), end: parser.understoodUntil(error), incomplete: parser.isIncomplete(error, text) } }
  }
}

/** How deep brackets are nested in a text, be it JavaScript or not. From `doubt` up, those in strings and comments are not counted. */
export function nestingOf(text: string, doubt: number): number {
  const count = new Nesting()
  for (let index = 0; index < text.length; index++) count.add(text.charAt(index))
  if (count.deepest < doubt) return count.deepest
  // Perhaps they stand in strings and comments.
  const exact = new Nesting()
  try {
    for (const { type } of tokenizer(text, { ecmaVersion: 'latest' })) exact.add(type.label)
    return exact.deepest
  } catch {
    // No tokens of JavaScript: what was counted first has to do.
    return count.deepest
  }
}

/** One word of a cell. */
export interface CellToken {
  readonly type: 'name' | 'number' | 'string' | 'RegExp' | 'other'
  readonly text: string
  /** What a string or number stands for, as the key of a property. */
  readonly value: string
  /** A name, or a word of the language, which may be the name of a property. */
  readonly isName: boolean
  readonly start: number
  readonly end: number
}

/** The words of a text; undefined where it ends inside of a string, a pattern or a comment, or is no JavaScript. */
export function tokensOf(text: string): CellToken[] | undefined {
  let commentEnd = -1
  try {
    // A line end keeps `?.` at the very end together.
    const tokens = [...tokenizer(`${text}\n`, { ecmaVersion: 'latest', onComment: (_isBlock, _text, _start, end) => (commentEnd = end) })]
    if (commentEnd >= text.length) return undefined
    return tokens.map((token): CellToken => {
      // The types of acorn leave the value out.
      const { type, value, start, end } = token as typeof token & { readonly value?: unknown }
      const kind = type === tokTypes.name ? 'name' : type === tokTypes.num ? 'number' : type === tokTypes.string ? 'string' : type === tokTypes.regexp ? 'RegExp' : 'other'
      const isKey = kind === 'number' || kind === 'string'
      return { type: kind, text: text.slice(start, end), value: isKey ? String(value) : '', isName: kind === 'name' || type.keyword !== undefined, start, end }
    })
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined
    throw error
  }
}

class Nesting {
  deepest = 0
  #depth = 0

  add(token: string): void {
    if (token === '(' || token === '[' || token === '{' || token === '${') this.deepest = Math.max(this.deepest, ++this.#depth)
    else if ((token === ')' || token === ']' || token === '}') && this.#depth > 0) this.#depth--
  }
}

/** acorn's errors carry the offset; its message ends with line and column. */
interface AcornError extends SyntaxError {
  readonly pos: number
  /** How far the text had been read. */
  readonly raisedAt: number
}

function isAcornError(error: unknown): error is AcornError {
  return error instanceof SyntaxError && 'pos' in error && 'raisedAt' in error
}

/** What plugins of acorn build upon; its types leave it out. */
interface ParserInternals {
  readonly type: TokenType & { readonly startsExpr: boolean; readonly binop: number | null }
  readonly start: number
  readonly end: number
  readonly lastTokStart: number
  readonly lastTokEnd: number
  readonly canAwait: boolean
  allowUsing: boolean
  parseIdent(liberal?: boolean): { readonly name: string; readonly start: number }
  parseFunctionStatement(node: unknown, isAsync?: boolean, isDeclaration?: boolean): unknown
  parseIfStatement(node: OpenIf): OpenIf
  parseStatement(context: string): unknown
  parseParenExpression(): unknown
  parseMaybeUnary(errors: null, sawUnary: boolean, isIncrement: boolean, isForInit: unknown): unknown
  parseExprOp(left: unknown, start: number, startLocation: unknown, minPrecedence: number, isForInit: unknown): unknown
  buildBinary(start: number, startLocation: unknown, left: unknown, right: unknown, operator: unknown, isLogical: boolean): unknown
  raiseRecoverable(at: number, message: string): void
  startNode(): OpenIf
  finishNode(node: OpenIf, type: string): OpenIf
  eat(type: TokenType): boolean
  next(): void
  readonly startLoc: unknown
  readonly value: unknown
  unexpected(at?: number): never
  raise(at: number, message: string): never
  currentScope(): Scope
  enterScope(flags: number): void
  checkLValSimple(target: { readonly type: string; readonly name?: string }, binding?: number, clashes?: unknown): void
}

/** The names of a scope, by the ways of declaring them. */
interface Scope {
  readonly flags: number
  var: string[]
  lexical: string[]
  functions: string[]
}

/** What acorn takes for a list and searches from the front for each name that is declared: thousands take it minutes. */
class NameList extends Array<string> {
  #names: Set<string> | undefined

  override push(name: string): number {
    this.#names?.add(name)
    return super.push(name)
  }

  override indexOf(name: string): number {
    if (this.length < 32) return super.indexOf(name)
    this.#names ??= new Set(this)
    return this.#names.has(name) ? 0 : -1
  }
}

/** An `if` statement that is being parsed. */
interface OpenIf {
  test?: unknown
  consequent?: unknown
  alternate?: unknown
}

// acorn's types keep its constructor for heirs, and its plugin interface to itself.
const OpenParser = Parser as unknown as new (options: Options, input: string) => Parser & ParserInternals

/** acorn's flag of the program's own scope. */
const scopeTop = 1

class CellParser extends OpenParser {
  readonly assigned = new Set<string>()
  /** Where each name stands first, and where second. */
  readonly #first = new Map<string, number>()
  readonly #second = new Map<string, number>()
  readonly #inFunctions = new Set<string>()
  #functionDepth = 0

  isNamedBefore(name: string, offset: number, itself: number): boolean {
    const first = this.#first.get(name) ?? Infinity
    return this.#inFunctions.has(name) || (first === itself ? (this.#second.get(name) ?? Infinity) : first) < offset
  }

  override parseIdent(liberal?: boolean): { readonly name: string; readonly start: number } {
    const node = super.parseIdent(liberal)
    if (!this.#first.has(node.name)) this.#first.set(node.name, node.start)
    else if (!this.#second.has(node.name)) this.#second.set(node.name, node.start)
    if (this.#functionDepth > 0) this.#inFunctions.add(node.name)
    return node
  }

  override parseFunctionStatement(node: unknown, isAsync?: boolean, isDeclaration?: boolean): unknown {
    this.#functionDepth += 1
    const parsed = super.parseFunctionStatement(node, isAsync, isDeclaration)
    this.#functionDepth -= 1
    return parsed
  }

  // A cell's top level is a function's body in the end: `using` may stand there.
  override get allowUsing(): boolean {
    return (this.currentScope().flags & scopeTop) !== 0 || Reflect.get(OpenParser.prototype, 'allowUsing', this)
  }

  override enterScope(flags: number): void {
    super.enterScope(flags)
    Object.assign(this.currentScope(), { var: new NameList(), lexical: new NameList(), functions: new NameList() })
  }

  override checkLValSimple(target: { readonly type: string; readonly name?: string }, binding = 0, clashes?: unknown): void {
    if (binding === 0 && target.name !== undefined) this.assigned.add(target.name)
    super.checkLValSimple(target, binding, clashes)
  }

  /** acorn's own, which calls itself once more for each operator of a sum: a program may write out thousands. */
  override parseExprOp(left: unknown, start: number, startLocation: unknown, minPrecedence: number, isForInit: unknown): unknown {
    let whole = left
    for (;;) {
      const { type, value } = this
      if (type.binop === null || type.binop === undefined || type.binop <= minPrecedence || (isForInit && type === tokTypes._in)) return whole
      const isLogical = type === tokTypes.logicalOR || type === tokTypes.logicalAND
      const isCoalesce = type === tokTypes.coalesce
      const precedence = isCoalesce ? (tokTypes.logicalAND as ParserInternals['type']).binop : type.binop
      this.next()
      const { start: rightStart, startLoc: rightLocation } = this
      const right = this.parseExprOp(this.parseMaybeUnary(null, false, false, isForInit), rightStart, rightLocation, precedence ?? type.binop, isForInit)
      whole = this.buildBinary(start, startLocation, whole, right, value, isLogical || isCoalesce)
      if ((isLogical && this.type === tokTypes.coalesce) || (isCoalesce && (this.type === tokTypes.logicalOR || this.type === tokTypes.logicalAND))) {
        this.raiseRecoverable(this.start, 'Logical expressions and coalesce expressions cannot be mixed. Wrap either by parentheses')
      }
    }
  }

  /** acorn's own, which calls itself once more for each `else if`. */
  override parseIfStatement(node: OpenIf): OpenIf {
    const chain: OpenIf[] = [node]
    for (let last = node; ; ) {
      this.next()
      last.test = this.parseParenExpression()
      last.consequent = this.parseStatement('if')
      last.alternate = null
      if (!this.eat(tokTypes._else)) break
      if (this.type !== tokTypes._if) {
        last.alternate = this.parseStatement('if')
        break
      }
      const inner = this.startNode()
      last.alternate = inner
      chain.push(inner)
      last = inner
    }
    // All of them end where the last one does.
    for (const statement of chain) this.finishNode(statement, 'IfStatement')
    return node
  }

  override unexpected(at?: number): never {
    // Of an arrow function without braces one is out again by now; what stands behind a valid `await` is not unexpected for starting an expression.
    if ((!this.canAwait || this.type.startsExpr) && this.input.slice(this.lastTokStart, this.lastTokEnd) === 'await') this.raise(this.lastTokStart, awaitMessage)
    const isHere = at === undefined || at === null || at === this.start
    this.raise(at ?? this.start, isHere ? unexpectedToken(this.type, this.input.slice(this.start, this.end)) : 'Unexpected token')
  }

  /** Names and order are a matter of the language; characters, numbers and names declared twice are not. */
  understoodUntil({ message, pos }: AcornError): number {
    if (!/^(Unexpected|The keyword)/.test(message)) return Infinity
    return pos === this.start ? this.end : pos
  }

  /** Whether more text could mend the error: the text ended where something was still open or expected. */
  isIncomplete({ message, raisedAt }: AcornError, text: string): boolean {
    if (message.startsWith('Unterminated template') || message.startsWith('Unterminated comment')) return true
    if (message.startsWith('Unterminated string')) return raisedAt >= text.length && continuesLine(text)
    return this.type === tokTypes.eof && [endOfInput, 'Missing catch', 'Complex binding patterns require'].some((start) => message.startsWith(start))
  }
}

const awaitMessage = '`await` is only valid in async functions and at the top level of a cell'
const endOfInput = 'Unexpected end of input'

/** A string goes on behind a backslash at the end of a line. */
export function continuesLine(text: string): boolean {
  return /\\(\r\n?|[\n\u2028\u2029])?$/.test(text)
}

function unexpectedToken(type: TokenType, token: string): string {
  if (type === tokTypes.eof) return endOfInput
  if (type === tokTypes.string) return 'Unexpected string'
  if (type === tokTypes.num) return 'Unexpected number'
  if (type === tokTypes.template || type === tokTypes.backQuote) return 'Unexpected template string'
  return `Unexpected token '${token.length > 40 ? `${token.slice(0, 40)}…` : token}'`
}

const decoratorMessage = "Unexpected character '@': decorators are no part of JavaScript yet; call them as functions, such as `A = sealed(A)` after the class"

function clearMessage(message: string): string {
  const bare = message.replace(/ \(\d+:\d+\)$/, '')
  if (bare === "'return' outside of function") return '`return` cannot stand at the top level of a cell: its value is that of its last expression, and `final(value)` ends the program with one'
  if (bare === 'Not enough stack space to parse input') return tooDeep
  if (bare === "Unexpected character '@'") return decoratorMessage
  return bare
}
