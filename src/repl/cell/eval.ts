/** Syntax in; where code in strings or a name of its own would change its meaning, out. */
import type { CallExpression, FunctionDeclaration, Node, UnaryExpression } from 'acorn'
import { lexicalIdentifiers, walk } from './names.ts'

/**
 * Callees of `eval(…)` at the top level of a sloppy cell, outside of scopes that have names of their own.
 * There a direct `eval` is no different from an indirect one in a script; in the function that a cell becomes it would be, as its `var` would be that function's.
 */
export function levelZeroEvals(program: Node, text: string): Node[] {
  if (!text.includes('eval')) return []
  const callees: Node[] = []
  walk(program, (node) => {
    if (/Function|^Class|^With/.test(node.type) || (node !== program && hasScope(node))) return false
    if (node.type === 'CallExpression') {
      const { callee, optional } = node as CallExpression
      if (callee.type === 'Identifier' && callee.name === 'eval' && !optional) callees.push(callee)
    }
    return true
  })
  return callees
}

/** Where a sloppy cell would delete a variable by its name, outside of function declarations, which are moved as they stand. */
export function deletedNames(program: Node, text: string): { readonly node: Node; readonly name: string }[] {
  if (!text.includes('delete')) return []
  const found: { readonly node: Node; readonly name: string }[] = []
  walk(program, (node) => {
    if (node.type === 'UnaryExpression' && 'operator' in node && node.operator === 'delete') {
      let argument = (node as UnaryExpression).argument
      while (argument.type === 'ParenthesizedExpression') argument = argument.expression
      if (argument.type === 'Identifier') found.push({ node, name: argument.name })
    }
    return node.type !== 'FunctionDeclaration'
  })
  return found
}

/** Whether a function may refer to its own name: anything that reads so counts, and code in strings. */
export function refersTo(node: FunctionDeclaration, name: string): boolean {
  let isFound = false
  walk(node, (inner) => {
    if (inner !== node.id && inner.type === 'Identifier' && 'name' in inner && (inner.name === name || inner.name === 'eval')) isFound = true
    return !isFound
  })
  return isFound
}

function hasScope(node: Node): boolean {
  switch (node.type) {
    case 'BlockStatement':
      return 'body' in node && lexicalIdentifiers(node.body as never).length > 0
    case 'SwitchStatement':
      return 'cases' in node && (node.cases as { consequent: never[] }[]).some(({ consequent }) => lexicalIdentifiers(consequent).length > 0)
    case 'CatchClause':
      return true
    case 'ForStatement':
      return isLexicalHead('init' in node ? node.init : null)
    case 'ForInStatement':
    case 'ForOfStatement':
      return isLexicalHead('left' in node ? node.left : null)
    default:
      return false
  }
}

function isLexicalHead(head: unknown): boolean {
  return typeof head === 'object' && head !== null && 'kind' in head && head.kind !== 'var'
}
