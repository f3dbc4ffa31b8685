/** Syntax in; the names that it declares out. */
import type { Identifier, ModuleDeclaration, Node, Pattern, Statement } from 'acorn'

/** The identifiers that a pattern binds, in the order of the text. */
export function boundIdentifiers(pattern: Pattern): Identifier[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern]
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) => boundIdentifiers(property.type === 'RestElement' ? property.argument : property.value))
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element === null ? [] : boundIdentifiers(element)))
    case 'RestElement':
      return boundIdentifiers(pattern.argument)
    case 'AssignmentPattern':
      return boundIdentifiers(pattern.left)
    case 'MemberExpression':
      // Only in patterns of assignments, which declare nothing.
      return []
  }
}

/** Names that a list of statements declares for the block it stands in: everything but `var`. */
export function lexicalIdentifiers(statements: readonly (Statement | ModuleDeclaration)[]): Identifier[] {
  return statements.flatMap((statement) => {
    if (statement.type === 'VariableDeclaration') return statement.kind === 'var' ? [] : statement.declarations.flatMap(({ id }) => boundIdentifiers(id))
    const declaration = statement.type === 'ClassDeclaration' ? statement : functionIn(statement)
    return declaration === null ? [] : [declaration.id]
  })
}

/** The function that a statement declares, labelled or not. */
export function functionIn(statement: Statement | ModuleDeclaration) {
  let inner = statement
  while (inner.type === 'LabeledStatement') inner = inner.body
  return inner.type === 'FunctionDeclaration' ? inner : null
}

/** Calls `visit` for a node and all below it, but not below those for which it gives false. Without recursion: a chain of 20,000 calls is a tree as deep. */
export function walk(root: Node, visit: (node: Node) => boolean): void {
  const open: Node[] = [root]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (!visit(node)) continue
    for (const child of Object.values(node) as unknown[]) {
      if (Array.isArray(child)) for (const item of child) if (isNode(item)) open.push(item)
      if (isNode(child)) open.push(child)
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}
