/** Declarations of variables in; edits that make expressions of them, which leave their names behind, out. */
import type { Expression, ForInStatement, ForOfStatement, Identifier, Pattern, Statement, VariableDeclaration } from 'acorn'
import type { Edits, Part } from './edits.ts'
import { boundIdentifiers } from './names.ts'

export interface DeclarationsOptions {
  readonly text: string
  readonly edits: Edits
  /** Name of the guest's runtime in the code. */
  readonly runtime: string
  /** The text was printed from TypeScript: it has the forms that enums are printed in. */
  readonly isPrinted: boolean
}

/** Statements begin with `void`: in the place of a keyword, no line before can go on into it. */
export class Declarations {
  /** What `var` declares, in the order of the calls. */
  readonly vars: Identifier[] = []
  readonly #text: string
  readonly #edits: Edits
  readonly #runtime: string
  readonly #isPrinted: boolean
  #resources = 0

  constructor({ text, edits, runtime, isPrinted }: DeclarationsOptions) {
    this.#text = text
    this.#edits = edits
    this.#runtime = runtime
    this.#isPrinted = isPrinted
  }

  let(node: VariableDeclaration, kind: 'let' | 'const'): void {
    this.#edits.replace({ start: node.start, end: node.start + kind.length }, opening(node))
    for (const { id, init } of node.declarations) {
      this.#target(id, kind, init?.start)
      if (init) this.#named(init, id)
      else this.#edits.insert(id.end, ' = void 0')
    }
    this.#closeDeclaration(node)
  }

  /** Binding targets become properties of the runtime, whose setting declares. What is worked out next counts as standing at `origin`. */
  #target(pattern: Pattern, kind: 'let' | 'const', origin = pattern.start): void {
    switch (pattern.type) {
      case 'Identifier':
        this.#edits.insert(pattern.start, { text: `${this.#runtime}.${kind}.`, origin })
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

  using(node: VariableDeclaration): void {
    for (const { id, init } of node.declarations) {
      if (id.type !== 'Identifier' || !init) continue
      this.#edits.insert(id.start, `${this.#runtime}_${++this.#resources} = (`)
      this.#target(id, 'const')
      this.#named(init, id)
      this.#edits.insert(init.end, ')')
    }
    this.terminate(node)
  }

  var(node: VariableDeclaration): void {
    this.#edits.replace({ start: node.start, end: node.start + 3 }, opening(node))
    this.#assignments(node)
    this.#closeDeclaration(node)
  }

  forVar(node: VariableDeclaration): void {
    this.#edits.replace({ start: node.start, end: node.start + 3 }, '(')
    this.#assignments(node)
    this.#edits.insert(node.end, ')')
  }

  /** The declarators of a `var`, as one expression. */
  #assignments(node: VariableDeclaration): void {
    for (const { id, init } of node.declarations) {
      this.vars.push(...boundIdentifiers(id))
      const merged = this.#isPrinted ? mergedEnum(id, init) : null
      if (merged !== null) this.#edits.replace(merged, '{}')
      if (!init) this.#edits.replace(id, '0')
    }
  }

  forEachVar(node: ForInStatement | ForOfStatement, left: VariableDeclaration): void {
    const declarator = left.declarations[0]
    if (declarator === undefined) return
    const { id, init } = declarator
    this.vars.push(...boundIdentifiers(id))
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
    this.terminate(node)
  }

  /** Where a semicolon was left out: what stands there now might be called by what follows. */
  terminate(node: Statement): void {
    if (this.#text[node.end - 1] !== ';') this.#edits.insert(node.end, ';')
  }
}

/** V8 takes a name that it does not find to stand where the statement begins: of a declaration that is its first value. */
function opening({ start, declarations: [first] }: VariableDeclaration): Part {
  return { text: 'void (', origin: first?.init?.start ?? start }
}

export function isAnonymousFunction(node: { readonly type: string }): boolean {
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
