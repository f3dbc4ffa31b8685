/** Rows of data in; a table drawn with lines out, as node's `console.table` draws it. */
import {
  arrayPush, createList, hasOwn, isArray, mapEntries, mapIteratorNext, mapSize, objectKeys, ownDescriptor, setIteratorNext, setValues, stringRepeat, typedArrayLength,
} from './primordials.ts'
import { brandOf } from './brand.ts'
import { inspect } from './inspect.ts'
import { textWidth } from './inspect-layout.ts'
import { unproxied } from './proxies.ts'

/** Rows and columns that are drawn. */
const maxRows = 1_000
const maxColumns = 100

interface Row {
  readonly index: string
  readonly value: unknown
  /** The key of an entry of a map, shown in a column of its own. */
  readonly key?: string
}

/** Undefined for what is no table: then it is logged. */
export function table(data: unknown, columns: readonly string[] | undefined): string | undefined {
  const value = typeof data === 'object' && data !== null ? unproxied(data) : null
  if (value === null) return undefined
  const brand = brandOf(value)
  const { rows, total } = rowsOf(value)
  const indexName = brand === 'map' || brand === 'set' ? '(iteration index)' : '(index)'
  // Its keys are the columns: those that are numbers come first, as node has them.
  const cells = { __proto__: null } as unknown as Record<string, string[]>
  let columnCount = 0
  const addColumn = (name: string): void => {
    if (columnCount >= maxColumns || hasOwn(cells, name)) return
    columnCount++
    cells[name] = createList()
  }
  if (columns !== undefined) for (let index = 0; index < columns.length; index++) addColumn(columns[index] as string)
  const values = createList<string>()
  let hasValues = false
  for (let at = 0; at < rows.length; at++) {
    const row = (rows[at] as Row).value
    const fields = brand === 'map' || typeof row !== 'object' || row === null ? null : unproxied(row)
    if (fields === null) {
      values[at] = show(row)
      hasValues = true
      continue
    }
    const keys = columns ?? objectKeys(fields)
    for (let index = 0; index < keys.length && index < maxColumns; index++) {
      const key = keys[index] as string
      if (!hasOwn(fields, key)) continue
      addColumn(key)
      if (hasOwn(cells, key)) (cells[key] as string[])[at] = showProperty(fields, key)
    }
  }
  const heads = createList<string>()
  const body = createList<readonly (string | undefined)[]>()
  const add = (head: string, column: readonly (string | undefined)[]): void => {
    arrayPush(heads, head)
    arrayPush(body, column)
  }
  const indices = createList<string>()
  const keys = createList<string>()
  for (let at = 0; at < rows.length; at++) {
    arrayPush(indices, (rows[at] as Row).index)
    if (brand === 'map') arrayPush(keys, (rows[at] as Row).key ?? '')
  }
  add(indexName, indices)
  if (brand === 'map') add('Key', keys)
  const names = objectKeys(cells)
  for (let index = 0; index < names.length; index++) add(names[index] as string, cells[names[index] as string] as string[])
  if (hasValues || brand === 'map') add('Values', values)
  return draw(heads, body, rows.length) + (total > rows.length ? `\n... ${total - rows.length} more rows` : '')
}

function rowsOf(value: object): { readonly rows: Row[]; readonly total: number } {
  const rows = createList<Row>()
  switch (brandOf(value)) {
    case 'map': {
      const entries = mapEntries(value as Map<unknown, unknown>)
      for (let entry = mapIteratorNext(entries); entry.done !== true && rows.length < maxRows; entry = mapIteratorNext(entries)) {
        const pair = entry.value as readonly unknown[]
        arrayPush(rows, { index: `${rows.length}`, key: show(pair[0]), value: pair[1] })
      }
      return { rows, total: mapSize(value) }
    }
    case 'set': {
      const items = setValues(value as Set<unknown>)
      for (let item = setIteratorNext(items); item.done !== true && rows.length < maxRows; item = setIteratorNext(items)) arrayPush(rows, { index: `${rows.length}`, value: item.value })
      return { rows, total: rows.length }
    }
    default: {
      const isList = isArray(value) || brandOf(value) === 'typedarray'
      const length = isArray(value) ? value.length : isList ? typedArrayLength(value) : 0
      if (isList && length > maxRows) {
        for (let at = 0; at < maxRows; at++) if (hasOwn(value, at)) arrayPush(rows, { index: `${at}`, value: ownDescriptor(value, at)?.value })
        return { rows, total: length }
      }
      const keys = objectKeys(value)
      for (let index = 0; index < keys.length && index < maxRows; index++) {
        const key = keys[index] as string
        arrayPush(rows, { index: key, value: ownDescriptor(value, key)?.value })
      }
      return { rows, total: keys.length }
    }
  }
}

function show(value: unknown): string {
  const real = typeof value === 'object' && value !== null ? unproxied(value) : null
  return inspect(value, { depth: real !== null && !isArray(real) && objectKeys(real).length > 2 ? -1 : 0, maxLength: 3, maxBytes: 1_000 })
}

function showProperty(fields: object, key: string): string {
  const descriptor = ownDescriptor(fields, key)
  if (descriptor?.get !== undefined) return '[Getter]'
  return show(descriptor?.value)
}

function draw(heads: readonly string[], columns: readonly (readonly (string | undefined)[])[], rowCount: number): string {
  const widths = createList<number>()
  for (let column = 0; column < heads.length; column++) {
    let width = textWidth(heads[column] as string)
    for (let at = 0; at < rowCount; at++) {
      const cell = textWidth(columns[column]?.[at] ?? '')
      if (cell > width) width = cell
    }
    arrayPush(widths, width + 2)
  }
  const line = (left: string, middle: string, right: string): string => {
    let text = left
    for (let column = 0; column < widths.length; column++) text += (column === 0 ? '' : middle) + stringRepeat('─', widths[column] as number)
    return text + right
  }
  const row = (cellOf: (column: number) => string): string => {
    let text = '│'
    for (let column = 0; column < widths.length; column++) {
      const cell = cellOf(column)
      text += ` ${cell}${stringRepeat(' ', (widths[column] as number) - textWidth(cell) - 1)}│`
    }
    return text
  }
  let text = `${line('┌', '┬', '┐')}\n${row((column) => heads[column] as string)}\n${line('├', '┼', '┤')}\n`
  for (let at = 0; at < rowCount; at++) text += `${row((column) => columns[column]?.[at] ?? '')}\n`
  return text + line('└', '┴', '┘')
}
