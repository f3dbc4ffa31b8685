/** A cell's syntax tree in; code that leaves its names behind and gives its value, out. */
import type { BlockStatement, FunctionDeclaration, Identifier, ModuleDeclaration, Program, Statement, SwitchStatement } from 'acorn'
import { type Completion, completionOf } from './completion.ts'
import { Declarations, isAnonymousFunction } from './declarations.ts'
import { type Edited, Edits, type Part } from './edits.ts'
import { deletedNames, levelZeroEvals, refersTo } from './eval.ts'
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
 * - `delete x` asks first whether a cell has declared `x`, as the property could be deleted;
 * - the statements that decide the cell's value store it in the function's second parameter.
 */
export function rewriteCell(parsed: ParsedCell, text: string, options: RewriteOptions): Rewrite {
  return new Rewriter(parsed, text, options).run()
}

class Rewriter {
  readonly #text: string
  readonly #program: Program
  readonly #assigned: ReadonlySet<string>
  readonly #isNamedBefore: ParsedCell['isNamedBefore']
  readonly #edits: Edits
  /** Functions in blocks that are known outside, too. */
  readonly #hoisted: ReadonlySet<FunctionDeclaration>
  readonly #completion: Completion
  /** Names of the code's own, which occur nowhere in the cell. */
  readonly #runtime: string
  readonly #value: string
  readonly #isStrict: boolean
  readonly #declarations: Declarations
  /** What the top level declares but functions and `var`. */
  readonly #lexical: readonly Identifier[]
  readonly #functions: FunctionDeclaration[] = []

  constructor({ program, assigned, isNamedBefore }: ParsedCell, text: string, { isPrinted }: RewriteOptions) {
    this.#text = text
    this.#program = program
    this.#assigned = assigned
    this.#isNamedBefore = isNamedBefore
    this.#edits = new Edits(text)
    this.#isStrict = program.body.some((statement) => statement.type === 'ExpressionStatement' && statement.directive === 'use strict')
    this.#hoisted = this.#isStrict ? new Set() : hoistedFunctions(program)
    this.#completion = completionOf(program.body, this.#hoisted)
    this.#runtime = freeName(text)
    this.#value = `${this.#runtime}_value`
    this.#declarations = new Declarations({ text, edits: this.#edits, runtime: this.#runtime, isPrinted })
    this.#lexical = lexicalIdentifiers(program.body.filter((statement) => functionIn(statement) === null))
  }

  run(): Rewrite {
    if (this.#text.startsWith('#!')) this.#edits.replace({ start: 0, end: 2 }, '//')
    if (!this.#isStrict) for (const callee of levelZeroEvals(this.#program, this.#text)) this.#edits.replace(callee, 'globalThis.eval')
    if (!this.#isStrict) for (const { node, name } of deletedNames(this.#program, this.#text)) {
      this.#edits.insert(node.start, `(${this.#runtime}.isDeclared(${JSON.stringify(name)}) ? false : `)
      this.#edits.insert(node.end, ')')
    }
    for (const statement of this.#program.body) this.#topLevel(statement)
    const declared = [...this.#lexical, ...this.#functions.map(({ id }) => id), ...this.#declarations.vars].toSorted((a, b) => a.start - b.start)
    const { last } = this.#completion
    const isMindful = this.#early().length > 0
    const edited = this.#edits.apply({
      before: { origin: declared[0]?.start ?? 0, parts: [
        `(async (${this.#runtime}, ${this.#value}) => {${this.#isStrict ? "'use strict';" : ''}`,
        this.#begin(),
        ...this.#functions.flatMap((declaration) => [`${this.#runtime}.let.${declaration.id.name} = `, ...this.#functionParts(declaration), ';']),
        isMindful ? 'try {\n' : '\n',
      ] },
      after: { origin: last?.start ?? this.#text.length, parts: [last === undefined ? '\n' : `\nreturn await ${this.#runtime}.awaitable(${this.#value})\n`, isMindful ? `} finally { ${this.#runtime}.end() }})` : '})'] },
    })
    return { ...edited, declared }
  }

  /** What the runtime must know before anything of the cell runs. */
  #begin(): string {
    const lexical = unique([...this.#lexical, ...this.#functions.map(({ id }) => id)])
    const vars = unique(this.#declarations.vars)
    const assigned = this.#hasCodeInStrings() ? null : [...this.#assigned]
    return `${this.#runtime}.begin(${JSON.stringify(lexical)},${JSON.stringify(vars)},${JSON.stringify(assigned)},${JSON.stringify(this.#early())});`
  }

  /** Such code may read and assign to anything. */
  #hasCodeInStrings(): boolean {
    return ['eval', 'Function'].some((word) => this.#text.includes(word))
  }

  /** Names that something may ask for before their declaration has run: too many rather than too few. */
  #early(): string[] {
    if (this.#hasCodeInStrings()) return unique(this.#lexical)
    return unique(
      this.#program.body.flatMap((statement) => {
        if (statement.type === 'ClassDeclaration') return this.#isNamedBefore(statement.id.name, statement.start, statement.id.start) ? [statement.id] : []
        if (statement.type !== 'VariableDeclaration' || statement.kind === 'var') return []
        return statement.declarations.flatMap(({ id, end }) => boundIdentifiers(id).filter(({ name, start }) => this.#isNamedBefore(name, end, start)))
      }),
    )
  }

  #topLevel(statement: Statement | ModuleDeclaration): void {
    switch (statement.type) {
      case 'VariableDeclaration':
        if (statement.kind === 'var') this.#declarations.var(statement)
        else if (statement.kind === 'let' || statement.kind === 'const') this.#declarations.let(statement, statement.kind)
        else this.#declarations.using(statement)
        return
      case 'ClassDeclaration':
        this.#edits.insert(statement.start, `void (${this.#runtime}.let.${statement.id.name} = `)
        this.#edits.insert(statement.end, ');')
        return
      case 'ExportNamedDeclaration':
      case 'ImportDeclaration':
        // `export {}` and `import {} from …`, as TypeScript's files have them: others were refused before.
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
        // As the right side of an assignment by itself a function would get a name; as that of a comma V8 takes `x` in `x.y` to stand at `y`.
        this.#edits.insert(node.start, `${this.#value} = (${isAnonymousFunction(node.expression) ? '0, ' : ''}`)
        this.#edits.insert(node.expression.end, ')')
        this.#declarations.terminate(node)
        return
      case 'VariableDeclaration':
        if (node.kind === 'var') this.#declarations.var(node)
        return
      case 'FunctionDeclaration':
        this.#blockFunction(node)
        return
      case 'BlockStatement':
        this.#block(node)
        return
      case 'IfStatement':
        for (let inner: Statement | null | undefined = node; inner; inner = inner.type === 'IfStatement' ? inner.alternate : null) {
          this.#branch(inner.type === 'IfStatement' ? inner.consequent : inner)
        }
        return
      case 'ForStatement':
        if (node.init?.type === 'VariableDeclaration' && node.init.kind === 'var') this.#declarations.forVar(node.init)
        this.#statement(node.body)
        return
      case 'ForInStatement':
      case 'ForOfStatement':
        if (node.left.type === 'VariableDeclaration' && node.left.kind === 'var') this.#declarations.forEachVar(node, node.left)
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
    this.#declarations.vars.push(node.id)
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
}

function unique(identifiers: readonly Identifier[]): string[] {
  return [...new Set(identifiers.map(({ name }) => name))]
}

function freeName(text: string): string {
  let name = '$replm'
  while (text.includes(name)) name += '_'
  return name
}
