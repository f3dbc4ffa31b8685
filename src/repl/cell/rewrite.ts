/** A cell's syntax tree in; code that leaves its names behind and gives its value, out. */
import type {
  BlockStatement, Expression, ForInStatement, ForOfStatement, FunctionDeclaration, Identifier, ModuleDeclaration, Pattern, Program, Statement, SwitchStatement, VariableDeclaration,
} from 'acorn'
import { type Completion, completionOf } from './completion.ts'
import { type Edited, Edits, type Part } from './edits.ts'
import { levelZeroEvals, refersTo } from './eval.ts'
import { hoistedFunctions, isHoistable } from './hoisted.ts'
import { boundIdentifiers, functionIn, lexicalIdentifiers } from './names.ts'
import type { ParsedCell } from './parse.ts'

export interface Rewrite extends Edited {
  /** What the cell declares at its top level, in the order of the text. */
  readonly declared: readonly Identifier[]
}

export interface RewriteOptions {
  /** The text was printed from TypeScript: it has the forms that enums are printed in. */
  readonly isPrinted: boolean
}

/**
 * The code is a script whose value is an async arrow function of the guest's runtime (guest/bindings.ts). Top-level names are properties of the global object:
 * - `let x = e` becomes `$replm.let.x = e`: a property is defined, whatever was there before; `const` likewise, and destructuring by its targets;
 * - `var x = e` becomes `x = e`: the runtime has made the property before the cell began, and the nearest `x` may be a catch parameter's;
 * - functions are moved to the front, where they are assigned; those in blocks are let variables of the block, which the block publishes as Annex B has it;
 * - `using x = e` stays what it is under a hidden name, so that it is disposed of when the cell ends, and declares `x` besides;
 * - the statements that decide the cell's value store it in the function's second parameter.
 */
export function rewriteCell(parsed: ParsedCell, text: string, options: RewriteOptions): Rewrite {
  return new Rewriter(parsed, text, options).run()
}

class Rewriter {
  readonly #text: string
  readonly #program: Program
  readonly #assigned: ReadonlySet<string>
  readonly #edits: Edits
  /** Functions in blocks that are known outside, too. */
  readonly #hoisted: ReadonlySet<FunctionDeclaration>
  readonly #completion: Completion
  /** Names of the code's own, which occur nowhere in the cell. */
  readonly #runtime: string
  readonly #value: string
  readonly #isStrict: boolean
  readonly #isPrinted: boolean
  /** What the top level declares but functions and `var`. */
  readonly #lexical: readonly Identifier[]
  readonly #vars: Identifier[] = []
  readonly #functions: FunctionDeclaration[] = []
  #resources = 0

  constructor({ program, assigned }: ParsedCell, text: string, { isPrinted }: RewriteOptions) {
    this.#isPrinted = isPrinted
    this.#text = text
    this.#program = program
    this.#assigned = assigned
    this.#edits = new Edits(text)
    this.#isStrict = program.body.some((statement) => statement.type === 'ExpressionStatement' && statement.directive === 'use strict')
    this.#hoisted = this.#isStrict ? new Set() : hoistedFunctions(program)
    this.#completion = completionOf(program.body, this.#hoisted)
    this.#runtime = freeName(text)
    this.#value = `${this.#runtime}_value`
    this.#lexical = lexicalIdentifiers(program.body.filter((statement) => functionIn(statement) === null))
  }

  run(): Rewrite {
    if (this.#text.startsWith('#!')) this.#edits.replace({ start: 0, end: 2 }, '//')
    if (!this.#isStrict) for (const callee of levelZeroEvals(this.#program, this.#text)) this.#edits.replace(callee, 'globalThis.eval')
    for (const statement of this.#program.body) this.#topLevel(statement)
    const declared = [...this.#lexical, ...this.#functions.map(({ id }) => id), ...this.#vars].toSorted((a, b) => a.start - b.start)
    const { last } = this.#completion
    const edited = this.#edits.apply({
      before: { origin: declared[0]?.start ?? 0, parts: [
        `(async (${this.#runtime}, ${this.#value}) => {${this.#isStrict ? "'use strict';" : ''}`,
        this.#begin(),
        ...this.#functions.flatMap((declaration) => [`${this.#runtime}.let.${declaration.id.name} = `, ...this.#functionParts(declaration), ';']),
        '\n',
      ] },
      after: { origin: last?.start ?? this.#text.length, parts: [last === undefined ? '\n})' : `\nreturn await ${this.#value}\n})`] },
    })
    return { ...edited, declared }
  }

  /** What the runtime must know before anything of the cell runs. */
  #begin(): string {
    const lexical = unique([...this.#lexical, ...this.#functions.map(({ id }) => id)])
    const vars = unique(this.#vars)
    // Code in strings may assign to anything.
    const assigned = ['eval', 'Function'].some((word) => this.#text.includes(word)) ? null : [...this.#assigned]
    if (lexical.length + vars.length === 0 && assigned?.length === 0) return ''
    return `${this.#runtime}.begin(${JSON.stringify(lexical)},${JSON.stringify(vars)},${JSON.stringify(assigned)});`
  }

  #topLevel(statement: Statement | ModuleDeclaration): void {
    switch (statement.type) {
      case 'VariableDeclaration':
        if (statement.kind === 'var') this.#var(statement)
        else if (statement.kind === 'let' || statement.kind === 'const') this.#let(statement, statement.kind)
        else this.#using(statement)
        return
      case 'ClassDeclaration':
        this.#edits.insert(statement.start, `void (${this.#runtime}.let.${statement.id.name} = `)
        this.#edits.insert(statement.end, ');')
        return
      case 'ExportNamedDeclaration':
        // `export {}`, as TypeScript's files have it: others were refused before.
        this.#edits.replace(statement, ';')
        return
      default: {
        const declaration = functionIn(statement)
        if (declaration === null) {
          this.#statement(statement as Statement)
          return
        }
        this.#functions.push(declaration)
        this.#edits.replace(declaration, ';')
      }
    }
  }

  #statement(node: Statement): void {
    const isReset = this.#completion.resets.has(node)
    if (isReset) this.#edits.insert(node.start, `{${this.#value} = void 0; `)
    this.#inside(node)
    if (isReset) this.#edits.insert(node.end, '}')
  }

  #inside(node: Statement): void {
    switch (node.type) {
      case 'ExpressionStatement':
        if (!this.#completion.values.has(node)) return
        // Not the right side of an assignment by itself: that would name a function.
        this.#edits.insert(node.start, `${this.#value} = (0, `)
        this.#edits.insert(node.expression.end, ')')
        this.#terminate(node)
        return
      case 'VariableDeclaration':
        if (node.kind === 'var') this.#var(node)
        return
      case 'FunctionDeclaration':
        this.#blockFunction(node)
        return
      case 'BlockStatement':
        this.#block(node)
        return
      case 'IfStatement':
        this.#branch(node.consequent)
        if (node.alternate) this.#branch(node.alternate)
        return
      case 'ForStatement':
        if (node.init?.type === 'VariableDeclaration' && node.init.kind === 'var') this.#forVar(node.init)
        this.#statement(node.body)
        return
      case 'ForInStatement':
      case 'ForOfStatement':
        if (node.left.type === 'VariableDeclaration' && node.left.kind === 'var') this.#forEachVar(node, node.left)
        this.#statement(node.body)
        return
      case 'WhileStatement':
      case 'DoWhileStatement':
      case 'WithStatement':
      case 'LabeledStatement':
        this.#statement(node.body)
        return
      case 'SwitchStatement':
        this.#switch(node)
        return
      case 'TryStatement': {
        this.#block(node.block)
        if (node.handler) this.#block(node.handler.body)
        if (node.finalizer) this.#finally(node.finalizer, this.#completion.finals.get(node))
      }
    }
  }

  #block(node: BlockStatement): void {
    this.#edits.insert(node.start + 1, ...this.#blockFunctions(node.body))
    for (const statement of node.body) this.#statement(statement)
  }

  #finally(node: BlockStatement, mark: 'restore' | 'reset' | undefined): void {
    const saved = `${this.#runtime}_saved`
    if (mark === 'reset') this.#edits.insert(node.start + 1, `${this.#value} = void 0;`)
    if (mark === 'restore') this.#edits.insert(node.start + 1, `const ${saved} = ${this.#value};`)
    this.#block(node)
    if (mark === 'restore') this.#edits.insert(node.end - 1, `;${this.#value} = ${saved};`)
  }

  /** All clauses share one scope, which has no place for a statement that always runs: the functions' variables stand around the whole. */
  #switch(node: SwitchStatement): void {
    const statements = node.cases.flatMap(({ consequent }) => consequent)
    const functions = this.#blockFunctions(statements)
    if (functions.length > 0) this.#edits.insert(node.start, '{', ...functions)
    for (const statement of statements) this.#statement(statement)
    if (functions.length > 0) this.#edits.insert(node.end, '}')
  }

  /** `if (x) function f() {}` is as if the function stood in a block. */
  #branch(node: Statement): void {
    if (node.type !== 'FunctionDeclaration') {
      this.#statement(node)
      return
    }
    this.#edits.insert(node.start, '{', ...this.#blockFunctions([node]))
    this.#blockFunction(node)
    this.#edits.insert(node.end, '}')
  }

  /** Sloppy functions of a block as variables of its own: as they stand, the function around would get a variable of the name. */
  #blockFunctions(statements: readonly Statement[]): Part[] {
    const seen = new Set<string>()
    return statements.flatMap((statement) => {
      const declaration = functionIn(statement)
      if (declaration === null || !this.#isVariable(declaration)) return []
      const { name } = declaration.id
      const isFirst = !seen.has(name)
      seen.add(name)
      return [`${isFirst ? 'let ' : ''}${name} = `, ...this.#functionParts(declaration), ';']
    })
  }

  /** Where the declaration stood, the function becomes known outside of its block. */
  #blockFunction(node: FunctionDeclaration): void {
    if (!this.#isVariable(node)) return
    const { name } = node.id
    if (!this.#hoisted.has(node)) {
      this.#edits.replace(node, ';')
      return
    }
    this.#vars.push(node.id)
    this.#edits.replace(node, `${this.#completion.values.has(node) ? `${this.#value} = ` : ''}${this.#runtime}.let.${name} = ${name};`)
  }

  #isVariable(node: FunctionDeclaration): boolean {
    return !this.#isStrict && isHoistable(node)
  }

  /** As an expression of the same name. A function that speaks of itself must find the newest of its name: it only looks named. */
  #functionParts(node: FunctionDeclaration): Part[] {
    const { start, end, id } = node
    if (!refersTo(node, id.name)) return [{ start, end }]
    const key = id.name === '__proto__' ? '["__proto__"]' : id.name
    return [`{${key}: `, { start, end: id.start }, { start: id.end, end }, `}.${id.name}`]
  }

  #let(node: VariableDeclaration, kind: 'let' | 'const'): void {
    this.#edits.replace({ start: node.start, end: node.start + kind.length }, 'void (')
    for (const { id, init } of node.declarations) {
      this.#target(id, kind)
      if (init) this.#named(init, id)
      else this.#edits.insert(id.end, ' = void 0')
    }
    this.#closeDeclaration(node)
  }

  /** Binding targets become properties of the runtime, whose setting declares. */
  #target(pattern: Pattern, kind: 'let' | 'const'): void {
    switch (pattern.type) {
      case 'Identifier':
        this.#edits.insert(pattern.start, `${this.#runtime}.${kind}.`)
        return
      case 'ObjectPattern':
        for (const property of pattern.properties) {
          if (property.type === 'RestElement') this.#target(property.argument, kind)
          else {
            if (property.shorthand && property.key.type === 'Identifier') this.#edits.insert(property.start, `${property.key.name}: `)
            this.#target(property.value, kind)
          }
        }
        return
      case 'ArrayPattern':
        for (const element of pattern.elements) if (element !== null) this.#target(element, kind)
        return
      case 'RestElement':
        this.#target(pattern.argument, kind)
        return
      case 'AssignmentPattern':
        this.#target(pattern.left, kind)
        this.#named(pattern.right, pattern.left)
    }
  }

  /** A function or class without a name gets that of its variable, as the right side of an assignment to a property it would not. */
  #named(value: { readonly type: string; readonly start: number; readonly end: number }, target: Pattern): void {
    if (target.type !== 'Identifier' || !isAnonymousFunction(value)) return
    const { name } = target
    this.#edits.insert(value.start, name === '__proto__' ? '{["__proto__"]: ' : `{${name}: `)
    this.#edits.insert(value.end, `}.${name}`)
  }

  #using(node: VariableDeclaration): void {
    for (const { id, init } of node.declarations) {
      if (id.type !== 'Identifier' || !init) continue
      this.#edits.insert(id.start, `${this.#runtime}_${++this.#resources} = (`)
      this.#target(id, 'const')
      this.#named(init, id)
      this.#edits.insert(init.end, ')')
    }
    this.#terminate(node)
  }

  #var(node: VariableDeclaration): void {
    this.#edits.replace({ start: node.start, end: node.start + 3 }, 'void (')
    this.#assignments(node)
    this.#closeDeclaration(node)
  }

  #forVar(node: VariableDeclaration): void {
    this.#edits.replace({ start: node.start, end: node.start + 3 }, '(')
    this.#assignments(node)
    this.#edits.insert(node.end, ')')
  }

  /** The declarators of a `var`, as one expression. */
  #assignments(node: VariableDeclaration): void {
    for (const { id, init } of node.declarations) {
      this.#vars.push(...boundIdentifiers(id))
      const merged = this.#isPrinted ? mergedEnum(id, init) : null
      if (merged !== null) this.#edits.replace(merged, '{}')
      if (!init) this.#edits.replace(id, '0')
    }
  }

  #forEachVar(node: ForInStatement | ForOfStatement, left: VariableDeclaration): void {
    const declarator = left.declarations[0]
    if (declarator === undefined) return
    const { id, init } = declarator
    this.#vars.push(...boundIdentifiers(id))
    this.#edits.replace({ start: left.start, end: left.start + 3 }, '')
    if (id.type !== 'Identifier') return
    // In brackets, as `for (async of …)` and `for (let of …)` mean other things.
    this.#edits.insert(id.start, '(')
    this.#edits.insert(id.end, ')')
    if (!init) return
    // `for (var x = 1 in o)`, of old: the initializer runs first.
    this.#edits.replace({ start: id.end, end: init.end }, '')
    this.#edits.insert(node.right.start, `(${id.name} = `, init, ', ')
    this.#edits.insert(node.right.end, ')')
  }

  #closeDeclaration(node: VariableDeclaration): void {
    this.#edits.insert(node.declarations.at(-1)?.end ?? node.end, ')')
    this.#terminate(node)
  }

  /** Where a semicolon was left out: what stands there now might be called by what follows. */
  #terminate(node: Statement): void {
    if (this.#text[node.end - 1] !== ';') this.#edits.insert(node.end, ';')
  }
}

function isAnonymousFunction(node: { readonly type: string }): boolean {
  let inner = node
  while (inner.type === 'ParenthesizedExpression' && 'expression' in inner) inner = inner.expression as { readonly type: string }
  if (inner.type === 'ArrowFunctionExpression') return true
  return (inner.type === 'FunctionExpression' || inner.type === 'ClassExpression') && 'id' in inner && !inner.id
}

/** In `var E = function(E) {…}(E || {})`, as an enum is printed, what makes it one with an enum before it. That of an earlier cell is replaced. */
function mergedEnum(id: Pattern, init: Expression | null | undefined): Expression | null {
  if (id.type !== 'Identifier' || init?.type !== 'CallExpression' || init.callee.type !== 'FunctionExpression') return null
  const [before] = init.arguments
  return before?.type === 'LogicalExpression' && before.left.type === 'Identifier' && before.left.name === id.name ? before : null
}

function unique(identifiers: readonly Identifier[]): string[] {
  return [...new Set(identifiers.map(({ name }) => name))]
}

function freeName(text: string): string {
  let name = '$replm'
  while (text.includes(name)) name += '_'
  return name
}
