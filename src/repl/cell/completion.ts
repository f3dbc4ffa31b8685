/** The statements of a cell in; which of them decide its value out, by the rules of V8. */
import type { ExpressionStatement, ModuleDeclaration, Statement, TryStatement } from 'acorn'

/**
 * Where the variable that holds a cell's value is to be written. A port of V8's own rewriter of scripts (src/parsing/rewriter.cc):
 * statements are gone through from the last one up, as the last that gives a value wins.
 */
export interface Completion {
  /** Their value is stored. */
  readonly values: ReadonlySet<Statement>
  /** Before them undefined is stored: they may end without having given a value. */
  readonly resets: ReadonlySet<Statement>
  /** Their `finally` block may leave by `break` or `continue`: what it stores is taken back at its end, or undefined is stored at its begin. */
  readonly finals: ReadonlyMap<TryStatement, 'restore' | 'reset'>
  /** The last statement that can give the value. */
  readonly last: ExpressionStatement | undefined
}

export function completionOf(statements: readonly (Statement | ModuleDeclaration)[]): Completion {
  const values = new Set<Statement>()
  const resets = new Set<Statement>()
  const finals = new Map<TryStatement, 'restore' | 'reset'>()
  let last: ExpressionStatement | undefined
  /** Whether what follows stores a value in any case. */
  let isSet = false
  /** Whether a `break` or `continue` can leave what is looked at: then any statement can be the last. */
  let isBreakable = false

  function visitAll(list: readonly (Statement | ModuleDeclaration)[]): void {
    for (let index = list.length - 1; index >= 0 && (isBreakable || !isSet); index--) visit(list[index] as Statement)
  }

  function visitBreakable(inside: () => void): void {
    const outer = isBreakable
    isBreakable = true
    inside()
    isBreakable = outer
  }

  /** Both branches, each as if it were followed by what follows the whole; true if both store a value. */
  function visitBranches(first: Statement, second: Statement | null | undefined): boolean {
    const after = isSet
    visit(first)
    const first_ = isSet
    isSet = after
    if (second !== null && second !== undefined) visit(second)
    return first_ && isSet
  }

  function visitLoop(node: Statement, body: Statement): void {
    const after = isSet
    visitBreakable(() => visit(body))
    isSet = isSet && after
    resets.add(node)
  }

  function visitTry(node: TryStatement): void {
    if (node.finalizer && isBreakable) {
      isSet = true
      visit(node.finalizer)
      finals.set(node, isSet ? 'restore' : 'reset')
      isSet = false
    }
    if (!node.handler) visit(node.block)
    else if (!visitBranches(node.block, node.handler.body)) resets.add(node)
    if (!isSet) resets.add(node)
  }

  function visit(node: Statement): void {
    switch (node.type) {
      case 'ExpressionStatement':
        if (isSet) return
        values.add(node)
        last ??= node
        isSet = true
        return
      case 'BlockStatement':
        visitAll(node.body)
        return
      case 'IfStatement':
        if (!visitBranches(node.consequent, node.alternate)) resets.add(node)
        return
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
        visitLoop(node, node.body)
        return
      case 'LabeledStatement':
        visitBreakable(() => visit(node.body))
        // A loop stands right behind its label, or `continue` would not find it.
        if (resets.delete(node.body)) resets.add(node)
        return
      case 'WithStatement':
        visit(node.body)
        if (!isSet) resets.add(node)
        return
      case 'SwitchStatement': {
        const after = isSet
        visitBreakable(() => node.cases.toReversed().forEach((clause) => visitAll(clause.consequent)))
        isSet = isSet && after
        resets.add(node)
        return
      }
      case 'TryStatement':
        visitTry(node)
        return
      case 'BreakStatement':
      case 'ContinueStatement':
        isSet = false
    }
  }

  visitAll(statements)
  return { values, resets, finals, last }
}
