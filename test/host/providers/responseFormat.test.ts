import { describe, expect, test } from 'vitest'
import { createResponseFormat, isObjectSchema, unwrapText, wrapSchema } from '../../../src/host/providers/responseFormat.ts'

const strictOf = (schema: unknown): boolean => createResponseFormat(schema).json_schema.strict
const closed = (properties: object, more: object = {}): object => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
})

describe('strict', () => {
  test.each([
    [closed({ a: { type: 'string' } })],
    [closed({ a: { type: 'array', items: closed({ b: { anyOf: [{ type: 'null' }, { type: 'integer', minimum: 1 }] } }) } })],
    [closed({ next: { $ref: '#' } })],
    [closed({ a: { $ref: '#/$defs/a' } }, { $defs: { a: { enum: ['x', 'y'] } } })],
  ])('is asked for where the schema keeps to the subset: %j', (schema) => {
    expect(strictOf(schema)).toBe(true)
  })

  test.each([
    [{ type: 'object', properties: { a: {} }, required: ['a'] }],
    [{ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false }],
    [closed({ a: { type: 'object' } })],
    [closed({ a: { type: 'array' } })],
    [closed({ a: { type: 'string', minLength: 1 } })],
    [closed({ a: { oneOf: [{ type: 'string' }] } })],
    [closed({ a: true })],
    [closed({}, { patternProperties: {} })],
    [closed({}, { anyOf: [closed({})] })],
    [{ type: 'array', items: {} }],
    [{}],
    [true],
    ['x'],
  ])('is not asked for where it does not: %j', (schema) => {
    expect(strictOf(schema)).toBe(false)
  })
})

test('only a schema that says so at its root is of an object', () => {
  expect([closed({}), { type: 'array' }, { anyOf: [closed({})] }, closed({}, { anyOf: [] }), {}, true].map(isObjectSchema)).toEqual([
    true,
    false,
    false,
    false,
    false,
    false,
  ])
})

test('a wrapped schema keeps what its references mean', () => {
  const schema = {
    type: 'array',
    items: { anyOf: [{ $ref: '#' }, { $ref: '#/$defs/a' }, { $ref: '#/items' }] },
    $defs: { a: { $ref: '#/$defs/b' }, b: { type: 'string' } },
  }
  expect(wrapSchema(schema)).toEqual({
    type: 'object',
    properties: { value: { type: 'array', items: { anyOf: [{ $ref: '#/properties/value' }, { $ref: '#/$defs/a' }, { $ref: '#/properties/value/items' }] } } },
    required: ['value'],
    additionalProperties: false,
    $defs: { a: { $ref: '#/$defs/b' }, b: { type: 'string' } },
  })
})

test.each([
  ['{"value":[1]}', '[1]'],
  ['{"value":null}', 'null'],
  ['{"value":1,"more":2}', '{"value":1,"more":2}'],
  ['[1]', '[1]'],
  ['no JSON', 'no JSON'],
])('%s is unwrapped to %s', (text, unwrapped) => {
  expect(unwrapText(text)).toBe(unwrapped)
})
