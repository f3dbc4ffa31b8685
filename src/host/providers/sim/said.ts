/** What the oracle says, in; the same as text, in a schema's form, or made wrong, out. */

/** null is "the text does not say". */
export type Said = string | number | boolean | null | readonly string[] | ReadonlyMap<string, number>

type Schema = Readonly<Record<string, unknown>>

/** As a model writes it that was asked for no form. */
export function textOf(said: Said): string {
  if (said === null) return 'not stated'
  if (typeof said === 'boolean') return said ? 'yes' : 'no'
  if (typeof said !== 'object') return String(said)
  if (isList(said)) return said.length === 0 ? 'none' : said.join('\n')
  return [...said].map(([name, count]) => `${name}: ${count}`).join('\n')
}

/** JSON without a schema's form: lists and counts as they are. */
export function plainOf(said: Said): unknown {
  return said instanceof Map ? Object.fromEntries(said) : said
}

/** A value that follows the schema, as far as the answer has what it wants: in an object each property is given the answer, those that are booleans whether there is one. */
export function fitSchema(said: Said, schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return plainOf(said)
  const form = schema as Schema // its members are looked at one by one
  const branches = form['anyOf'] ?? form['oneOf']
  if (Array.isArray(branches) && branches.length > 0) return fitSchema(said, branches.find((branch) => suits(said, branch)) ?? branches[0])
  if (Array.isArray(form['enum'])) return form['enum'].find((value) => String(value).toLowerCase() === textOf(said).toLowerCase()) ?? form['enum'][0]
  const types = typesOf(form)
  if (types.length === 0 && form['properties'] === undefined) return plainOf(said)
  const type = types.find((name) => suitsType(said, name)) ?? types[0] ?? 'object'
  return fitType(said, type, form)
}

/** An answer of the same kind that is wrong: an invented text in the place of a text, of a list, and of nothing; numbers too large by 1 to 3; no for yes. */
export function makeWrong(said: Said, bytes: Uint8Array): Said {
  if (typeof said === 'boolean') return !said
  if (typeof said === 'number') return said + excess(bytes, 0)
  if (said instanceof Map) return new Map([...said].map(([name, count], index) => [name, count + excess(bytes, index)]))
  return isList(said) ? [invent(said[0] ?? nobody, bytes)] : invent(typeof said === 'string' ? said : nobody, bytes)
}

/** What an invented text looks like where there is none to look like. */
const nobody = '000000000'

function excess(bytes: Uint8Array, index: number): number {
  // 255 is a multiple of 3: the rest of one byte in 256 is off.
  return 1 + ((bytes[index % bytes.length] ?? 0) % 3)
}

/** Digits in the place of digits, letters of letters. */
function invent(like: string, bytes: Uint8Array): string {
  let at = 0
  const next = (): number => (bytes[at % bytes.length] ?? 0) + 31 * at++
  const invented = like.slice(0, 200).replaceAll(/\d|\p{L}/gu, (character) => {
    if (/\d/.test(character)) return String(next() % 10)
    const letter = String.fromCharCode(0x61 + (next() % 26))
    return character === character.toLowerCase() ? letter : letter.toUpperCase()
  })
  // By chance, or because there was nothing to change.
  return invented === like ? `${like}${next() % 10}` : invented
}

function fitType(said: Said, type: string, form: Schema): unknown {
  switch (type) {
    case 'null':
      return null
    case 'boolean':
      return isThere(said)
    case 'integer':
    case 'number':
      return numberOf(said)
    case 'array':
      return itemsOf(said).map((item) => fitSchema(item, form['items']))
    case 'object':
      return fitObject(said, form)
    default:
      return said === null ? '' : textOf(said)
  }
}

function fitObject(said: Said, form: Schema): unknown {
  const properties = typeof form['properties'] === 'object' && form['properties'] !== null ? Object.entries(form['properties']) : []
  if (properties.length === 0) return said instanceof Map ? plainOf(said) : {}
  // Counts by the names that the schema itself has, else all of them in the place for them.
  const counts = said instanceof Map && properties.some(([name]) => said.has(name)) ? said : undefined
  return Object.fromEntries(properties.map(([name, property]) => [name, fitSchema(counts === undefined ? said : (counts.get(name) ?? 0), property)]))
}

function suits(said: Said, branch: unknown): boolean {
  return typeof branch === 'object' && branch !== null && typesOf(branch as Schema).some((type) => suitsType(said, type)) // its members are looked at one by one
}

function suitsType(said: Said, type: string): boolean {
  if (said === null) return type === 'null'
  if (isList(said)) return type === 'array'
  if (typeof said === 'number') return type === 'number' || type === 'integer'
  return type === (typeof said === 'object' ? 'object' : typeof said)
}

function typesOf({ type }: Schema): readonly string[] {
  return typeof type === 'string' ? [type] : Array.isArray(type) ? type.filter((name) => typeof name === 'string') : []
}

/** Whether there is an answer that is not nothing. */
export function isThere(said: Said): boolean {
  if (typeof said !== 'object') return said !== 0 && said !== false
  return said !== null && (isList(said) ? said.length > 0 : [...said.values()].some((count) => count > 0))
}

function numberOf(said: Said): number {
  if (typeof said === 'number') return said
  if (typeof said === 'string') return Number.isFinite(Number(said)) ? Number(said) : 0
  return isList(said) ? said.length : said instanceof Map ? [...said.values()].reduce((sum, count) => sum + count, 0) : Number(said)
}

function itemsOf(said: Said): readonly string[] {
  return said === null ? [] : isList(said) ? said : said instanceof Map ? [...said.keys()] : [textOf(said)]
}

function isList(said: Said): said is readonly string[] {
  return Array.isArray(said)
}
