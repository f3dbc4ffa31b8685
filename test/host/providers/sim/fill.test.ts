import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { answerByExtract } from '../../../../src/host/providers/sim/extract.ts'

const fill = (prompt: string, schema: unknown): unknown => JSON.parse(answerByExtract({ model: 'extract', prompt, schema }))

const object = (properties: object, required: readonly string[] = Object.keys(properties)): object => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})

const product =
  'Name: Widget 3000\nPrice: 12.50 EUR\nStock: 1,042\nContact: sales@example.com\nHomepage: https://example.com/widget.\nReleased on 2026-03-14.\n\nExtract the product.'

const log = `2026-11-20 10:00:01 INFO server started on port 8080
2026-11-20 10:00:05 WARN cache miss ratio 0.81
2026-11-20 10:01:17 ERROR payment service timed out after 3000 ms for order 4711
2026-11-20 10:02:30 ERROR disk /dev/sda1 is 97% full`

describe('a licence file', () => {
  const schema = object({
    licence: { type: 'string', description: 'SPDX identifier of the licence' },
    holder: { type: 'string', description: 'who holds the copyright' },
    permissive: { type: 'boolean' },
  })
  const audit = (path: string, asked: unknown = schema): unknown => fill(`Which licence is this, and who holds the copyright?\n\n${readFileSync(path, 'utf8')}`, asked)

  test.each([
    ['node_modules/undici/LICENSE', 'MIT', 'Matteo Collina and Undici contributors', true],
    ['node_modules/typescript/LICENSE*', 'Apache-2.0', undefined, true],
    ['node_modules/isolated-vm/LICENSE', 'ISC', 'Marcel Laverdet', true],
    ['node_modules/source-map-js/LICENSE', 'BSD-3-Clause', 'Mozilla Foundation and contributors', true],
    ['node_modules/lightningcss/LICENSE', 'MPL-2.0', undefined, false],
    ['node_modules/fast-sha256/LICENSE', 'Unlicense', undefined, true],
    ['node_modules/commander/LICENSE', 'MIT', 'TJ Holowaychuk', true],
  ])('%s is %s', (pattern, licence, holder, permissive) => {
    const [path] = globSync(pattern)
    expect(audit(path!)).toMatchObject({ licence, permissive, ...(holder === undefined ? {} : { holder }) })
  })

  test.each([
    [
      ['MIT', 'ISC', 'Apache-2.0', 'BSD-3-Clause', 'other'],
      ['MIT', 'Apache-2.0', 'other'],
    ],
    [
      ['Apache 2.0', 'MIT License', 'unknown'],
      ['MIT License', 'Apache 2.0', 'unknown'],
    ],
    [
      ['permissive', 'weak copyleft', 'copyleft'],
      ['permissive', 'permissive', 'weak copyleft'],
    ],
  ])('of %j the value that fits is chosen', (values, [mit, apache, mpl]) => {
    const asked = object({ licence: { type: 'string', enum: values } })
    expect(audit('node_modules/undici/LICENSE', asked)).toEqual({ licence: mit })
    expect(audit(globSync('node_modules/typescript/LICENSE*')[0]!, asked)).toEqual({ licence: apache })
    expect(audit('node_modules/lightningcss/LICENSE', asked)).toEqual({ licence: mpl })
  })

  test('no installed package is left without a name of its licence', () => {
    const paths = globSync('node_modules/*/LICENSE*')
    expect(paths.length).toBeGreaterThan(30)
    for (const path of paths) expect((audit(path) as { licence: string }).licence, path).toMatch(/^[A-Z][\w.-]{1,20}$/i)
  })
})

describe('values', () => {
  test('stand behind their labels, or are known by what they look like', () => {
    const schema = object({
      name: { type: 'string' },
      price: { type: 'number' },
      stock: { type: 'integer' },
      email: { type: 'string', format: 'email' },
      website: { type: 'string', format: 'uri' },
      released: { type: 'string', format: 'date' },
    })
    expect(fill(product, schema)).toEqual({
      name: 'Widget 3000',
      price: 12.5,
      stock: 1_042,
      email: 'sales@example.com',
      website: 'https://example.com/widget',
      released: '2026-03-14',
    })
  })

  test('are left out where the text has nothing and they are not required', () => {
    expect(fill(product, object({ name: { type: 'string' }, isbn: { type: 'string', format: 'email', description: 'telephone of the moon' } }, ['name']))).toHaveProperty(
      'name',
    )
    expect(fill('Which tags?\n\nNothing of it.', object({ zebra: { type: 'integer' }, kind: { enum: ['lion', 'tiger'] } }, []))).toEqual({})
  })

  test('that are required are there, of their type, even where the text has nothing', () => {
    const schema = object({
      a: { type: 'string' },
      b: { type: 'integer', minimum: 3 },
      c: { type: 'boolean' },
      d: { type: 'array', items: { type: 'number' }, minItems: 2 },
      e: object({ f: { enum: ['x', 'y'] } }),
      g: { type: 'null' },
    })
    expect(fill('', schema)).toEqual({ a: '', b: 3, c: false, d: [0, 0], e: { f: 'x' }, g: null })
  })

  test('may be null where the text has nothing', () => {
    expect(
      fill('What?\n\nNothing here.', object({ year: { type: ['integer', 'null'] }, mail: { anyOf: [{ type: 'string', format: 'email' }, { type: 'null' }] } })),
    ).toEqual({ year: null, mail: null })
  })

  test('are near to their names', () => {
    const text = 'The box holds 12 apples and 30 pears. It weighs 4.5 kg.'
    expect(
      fill(
        `How is the box filled?\n\n${text}`,
        object({ apples: { type: 'integer' }, pears: { type: 'integer' }, weight: { type: 'number', description: 'weighs kg' } }),
      ),
    ).toEqual({ apples: 12, pears: 30, weight: 4.5 })
  })

  test.each([
    ['Does this line report an error? 2026-11-20 ERROR disk is full', true],
    ['Does this line report an error? 2026-11-20 INFO server started', false],
    ['Does this line report an error? 2026-11-20 INFO no error occurred', false],
  ])('of yes and no: %s is %s', (prompt, error) => {
    expect(fill(prompt, object({ error: { type: 'boolean' } }))).toEqual({ error })
    expect(fill(prompt, object({ error: { enum: ['Yes', 'No'] } }))).toEqual({ error: error ? 'Yes' : 'No' })
  })

  test('say whether a text is relevant to what is asked', () => {
    const asked = (text: string): unknown =>
      fill(
        `How is a call aborted?\n\n${text}`,
        object({ relevant: { type: 'boolean', description: 'does the text answer: How is a call aborted?' }, answer: { type: 'string' } }),
      )
    expect(asked('Abort\n\nA call is aborted by its signal. Colours are set with a flag.')).toEqual({ relevant: true, answer: 'A call is aborted by its signal.' })
    expect(asked('Colours are set with a flag. Sizes are set with another.')).toMatchObject({ relevant: false })
  })

  test('of a list are one for each place that has one', () => {
    const schema = object({
      errors: { type: 'array', items: object({ time: { type: 'string' }, level: { enum: ['INFO', 'WARN', 'ERROR'] }, message: { type: 'string' } }) },
    })
    expect(fill(`List the errors of this log:\n${log}`, schema)).toEqual({
      errors: [
        { time: '2026-11-20 10:01:17', level: 'ERROR', message: expect.stringContaining('payment') },
        { time: '2026-11-20 10:02:30', level: 'ERROR', message: expect.stringContaining('disk') },
      ],
    })
  })

  test('of a list of dates, addresses or the like are all that there are', () => {
    expect(fill(`What is in it?\n\nWrite to a@x.org or b@y.org, not to a@x.org.`, object({ emails: { type: 'array', items: { type: 'string' } } }))).toEqual({
      emails: ['a@x.org', 'b@y.org'],
    })
  })
})

describe('bounds', () => {
  test.each([
    [{ type: 'string', maxLength: 5 }, (value: unknown) => typeof value === 'string' && [...value].length <= 5],
    [{ type: 'string', minLength: 500 }, (value: unknown) => typeof value === 'string' && value.length >= 500],
    [{ type: 'integer', minimum: 100_000 }, (value: unknown) => Number.isInteger(value) && (value as number) >= 100_000],
    [{ type: 'number', exclusiveMinimum: 0, maximum: 1 }, (value: unknown) => (value as number) > 0 && (value as number) <= 1],
    [{ type: 'integer', exclusiveMaximum: -5 }, (value: unknown) => (value as number) < -5],
    [{ type: 'number', multipleOf: 0.5, minimum: 7.3 }, (value: unknown) => (value as number) >= 7.3 && Number.isInteger((value as number) / 0.5)],
    [{ type: 'array', items: { type: 'string' }, minItems: 4, maxItems: 4 }, (value: unknown) => Array.isArray(value) && value.length === 4],
    [{ type: 'array', items: { enum: ['a'] }, maxItems: 0 }, (value: unknown) => Array.isArray(value) && value.length === 0],
    [{ const: { a: 1 } }, (value: unknown) => JSON.stringify(value) === '{"a":1}'],
    [{ enum: [null, 3] }, (value: unknown) => value === null || value === 3],
    [
      { allOf: [object({ a: { type: 'string' } }), { properties: { b: { type: 'integer' } }, required: ['b'] }] },
      (value: unknown) => Object.keys(value as object).join() === 'a,b',
    ],
    [{ oneOf: [{ type: 'integer', minimum: 9 }, { type: 'boolean' }] }, (value: unknown) => typeof value === 'number' || typeof value === 'boolean'],
    [{ $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { type: 'boolean' } } }, (value: unknown) => typeof value === 'boolean'],
    [{ required: ['x'] }, (value: unknown) => typeof (value as { x: unknown }).x === 'string'],
    [{ type: 'string', default: 'd', format: 'email' }, (value: unknown) => value === 'd'],
  ])('%j is kept to', (schema, fits) => {
    expect(fits(fill(`What is said?\n\n${log}`, schema))).toBe(true)
  })

  test.each([
    [true],
    [false],
    [null],
    ['x'],
    [7],
    [[]],
    [{}],
    [{ type: 'nonsense' }],
    [{ $ref: '#' }],
    [{ $ref: 'http://127.0.0.1:1/schema.json' }],
    [{ $ref: '#/$defs/constructor' }],
    [{ $ref: '#/__proto__' }],
    [{ anyOf: [] }],
    [{ enum: [] }],
    [{ type: 'object', properties: 'x', required: 'y' }],
    [{ type: 'array', items: [], minItems: 1e9 }],
    [{ type: 'string', minLength: 1e12, maxLength: -1 }],
    [{ type: 'string', pattern: '(a+)+$' }],
    [{ type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] }],
    [{ type: 'array', items: { $ref: '#' }, minItems: 1 }],
    [{ type: 'array', items: { $ref: '#' }, minItems: 9 }],
    [{ anyOf: [{ $ref: '#' }, { $ref: '#' }] }],
    [JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}},"required":["__proto__"]}')],
  ])('a schema like %j ends with some JSON, soon', (schema) => {
    const began = performance.now()
    expect(() => fill(`What is said?\n\n${log}`, schema)).not.toThrow()
    expect(performance.now() - began).toBeLessThan(2_000)
  })
})
