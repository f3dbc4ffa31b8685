/** A sloppy cell's syntax tree in; the functions in its blocks that become known outside of them, out. */
import type { FunctionDeclaration, Pattern, Program, Statement } from 'acorn'
import { boundIdentifiers, functionIn, lexicalIdentifiers } from './names.ts'

/** The names of one block, for those inside of it. */
interface Scope {
  readonly names: ReadonlySet<string>
  readonly outer: Scope | null
}

/** Annex B.3.3: a function in a block is a `var` of the function around as well, unless a `var` of its name could not stand there. */
export function hoistedFunctions(program: Program): ReadonlySet<FunctionDeclaration> {
  const hoisted = new Set<FunctionDeclaration>()
  const topLevel = program.body.filter((statement) => functionIn(statement) === null) as Statement[]

  function visitList(statements: readonly Statement[], outer: Scope | null): void {
    const scope = listScope(statements, outer)
    for (const statement of statements) visit(statement, scope)
  }

  /** `scope` is that which the statement stands in; a function's own does not hinder it. */
  function visit(node: Statement, scope: Scope): void {
    switch (node.type) {
      case 'FunctionDeclaration':
        if (isHoistable(node) && !isNamedIn(scope.outer, node.id.name)) hoisted.add(node)
        return
      case 'BlockStatement':
        visitList(node.body, scope)
        return
      case 'IfStatement':
        // A function as a branch stands in a block of its own. A chain of `else if` may have thousands of branches.
        for (let inner: Statement | null | undefined = node; inner; inner = inner.type === 'IfStatement' ? inner.alternate : null) {
          visitList([inner.type === 'IfStatement' ? inner.consequent : inner], scope)
        }
        return
      case 'ForStatement':
        visit(node.body, headScope(node.init, scope))
        return
      case 'ForInStatement':
      case 'ForOfStatement':
        visit(node.body, headScope(node.left, scope))
        return
      case 'WhileStatement':
      case 'DoWhileStatement':
      case 'WithStatement':
      case 'LabeledStatement':
        visit(node.body, scope)
        return
      case 'SwitchStatement':
        visitList(node.cases.flatMap(({ consequent }) => consequent), scope)
        return
      case 'TryStatement':
        visit(node.block, scope)
        // One plain name of a catch clause hinders no `var` of the same name.
        if (node.handler) visit(node.handler.body, node.handler.param && node.handler.param.type !== 'Identifier' ? patternScope(node.handler.param, scope) : scope)
        if (node.finalizer) visit(node.finalizer, scope)
    }
  }

  const scope = listScope(topLevel, null)
  for (const statement of topLevel) visit(statement, scope)
  return hoisted
}

/** Only plain functions. */
export function isHoistable(node: FunctionDeclaration): boolean {
  return !node.async && !node.generator
}

function isNamedIn(scope: Scope | null, name: string): boolean {
  for (let inner = scope; inner !== null; inner = inner.outer) if (inner.names.has(name)) return true
  return false
}

function listScope(statements: readonly Statement[], outer: Scope | null): Scope {
  return { names: new Set(lexicalIdentifiers(statements).map(({ name }) => name)), outer }
}

function patternScope(pattern: Pattern, outer: Scope): Scope {
  return { names: new Set(boundIdentifiers(pattern).map(({ name }) => name)), outer }
}

function headScope(head: { readonly type: string } | null | undefined, outer: Scope): Scope {
  return head?.type === 'VariableDeclaration' ? listScope([head as Statement], outer) : outer
}
