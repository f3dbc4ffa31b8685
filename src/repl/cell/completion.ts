/** The statements of a cell in; which of them decide its value out, by the rules of V8. */
import type { FunctionDeclaration, IfStatement, ModuleDeclaration, Statement, TryStatement } from 'acorn'

/**
 * Where the variable that holds a cell's value is to be written. The method is that of V8's rewriter of scripts (src/parsing/rewriter.cc):
 * statements are gone through from the last one up, as the last that gives a value wins. Where V8 leaves the language, so does this:
 * a function in a block that is known outside of it is a value, and a `try` block that throws may leave the one it had.
 */
export interface Completion {
  /** Their value is stored. */
  readonly values: ReadonlySet<Statement>
  /** Before them undefined is stored: they may end without having given a value. */
  readonly resets: ReadonlySet<Statement>
  /** Their `finally` block may leave by `break` or `continue`: what it stores is taken back at its end, or undefined is stored at its begin. */
  readonly finals: ReadonlyMap<TryStatement, 'restore' | 'reset'>
  /** The last statement that can give the value. */
  readonly last: Statement | undefined
}

export function completionOf(statements: readonly (Statement | ModuleDeclaration)[], hoisted: ReadonlySet<FunctionDeclaration>): Completion {
  const values = new Set<Statement>()
  const resets = new Set<Statement>()
  const finals = new Map<TryStatement, 'restore' | 'reset'>()
  let last: Statement | undefined
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

  function give(node: Statement): void {
    if (isSet) return
    values.add(node)
    last ??= node
    isSet = true
  }

  /** Two ways to go, each as if it were followed by what follows the whole; true if both store a value. */
  function visitEither(one: () => void, other: () => void): boolean {
    const after = isSet
    one()
    const isSetByOne = isSet
    isSet = after
    other()
    return isSetByOne && isSet
  }

  /** Stores undefined before a statement unless it stores something in any case: from now on it does. */
  function settle(node: Statement, isSettled: boolean): void {
    if (!isSettled) resets.add(node)
    isSet = true
  }

  /** A whole chain of `else if` in one go: it may have thousands of branches. What its first `if` has reset need not be reset again. */
  function visitIf(first: IfStatement): void {
    const after = isSet
    let isSettled = true
    let inner: Statement | null | undefined = first
    for (; inner?.type === 'IfStatement'; inner = inner.alternate) {
      isSet = after
      visit(inner.consequent)
      isSettled &&= isSet
    }
    isSet = after
    if (inner) visit(inner)
    settle(first, isSettled && isSet)
  }

  function visitTry(node: TryStatement): void {
    const { block, handler, finalizer } = node
    if (finalizer && isBreakable) {
      isSet = true
      visit(finalizer)
      finals.set(node, isSet ? 'restore' : 'reset')
      isSet = false
    }
    if (handler) settle(node, visitEither(() => visit(block), () => visit(handler.body)))
    else {
      visit(block)
      settle(node, isSet)
    }
  }

  function visit(node: Statement): void {
    switch (node.type) {
      case 'ExpressionStatement':
        give(node)
        return
      case 'FunctionDeclaration':
        if (hoisted.has(node)) give(node)
        return
      case 'ThrowStatement':
        // To V8 an expression like any other, which gives no value.
        isSet = true
        return
      case 'BlockStatement':
        visitAll(node.body)
        return
      case 'IfStatement':
        visitIf(node)
        return
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
        visitBreakable(() => visit(node.body))
        settle(node, false)
        return
      case 'LabeledStatement':
        visitBreakable(() => visit(node.body))
        // A loop stands right behind its label, or `continue` would not find it.
        if (resets.delete(node.body)) resets.add(node)
        return
      case 'WithStatement':
        visit(node.body)
        settle(node, isSet)
        return
      case 'SwitchStatement':
        visitBreakable(() => node.cases.toReversed().forEach((clause) => visitAll(clause.consequent)))
        settle(node, false)
        return
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
