import { describe, expect, test } from 'vitest'
import { openGuest } from './openGuest.ts'

const guest = openGuest()
const person = '({type: "object", properties: {name: {type: "string", minLength: 1}, age: {type: "integer", minimum: 0}}, required: ["name", "age"], additionalProperties: false})'

describe('the value is found in a reply', () => {
  const ada = { name: 'Ada', age: 36 }
  const json = JSON.stringify(ada)
  test.each([
    ['as the whole of it', json],
    ['with white space around', `\n  ${json}\n`],
    ['in a fence', `\`\`\`json\n${json}\n\`\`\``],
    ['in a fence of no language', `\`\`\`\n${json}\n\`\`\``],
    ['in a fence after prose', `Here it is:\n\n\`\`\`json\n${json}\n\`\`\`\nAnything else?`],
    ['in the second fence', `\`\`\`js\nconst x = 1\n\`\`\`\nand\n\`\`\`json\n${json}\n\`\`\``],
    ['in prose', `The answer is ${json}, I think.`],
    ['behind brackets in prose', `As said [1] and in {braces}: ${json}`],
    ['behind another value', `For example {"name": "x"}; but the answer: ${json}`],
    ['behind thoughts', `<think>maybe {"name": "Bob", "age": 1}?</think>\n${json}`],
    ['pretty-printed', JSON.stringify(ada, null, 2)],
    ['with brackets in its strings', `Well: {"name": "a } b ] \\" {", "age": 1} so`],
  ])('%s', (_where, reply) => {
    expect(guest.validate(person, reply)).toMatchObject({ ok: true, value: reply.includes('a }') ? { name: 'a } b ] " {', age: 1 } : ada })
  })

  test.each([
    ['true', '5', 5], ['({type: "string"})', '"x"', 'x'], ['({type: "array", items: {type: "number"}})', 'They are [1, 2.5].', [1, 2.5]], ['({type: ["null", "number"]})', 'null', null], ['({})', '{"a":1}', { a: 1 }],
    ['({properties: {__proto__: {type: "number"}, ["__proto__"]: {type: "string"}}})', '{"__proto__": "own"}', JSON.parse('{"__proto__": "own"}')],
  ])('of schema %s in %s', (schema, reply, value) => {
    expect(guest.validate(schema, reply)).toStrictEqual({ ok: true, value })
  })
})

describe('a problem says what to repair', () => {
  test.each([
    ['{"name": "Ada"}', 'the value: It lacks the required property "age".'],
    ['{"name": "Ada", "age": "36"}', '/age: It is of type "string". Expected "integer".'],
    ['{"name": "", "age": 1}', '/name: String is too short (0 < 1).'],
    ['{"name": "Ada", "age": -1}', '/age: -1 is less than 0.'],
    ['{"name": "Ada", "age": 1, "title": "Countess"}', '/title: It is not allowed here.'],
    ['{"name": 1, "age": "x"}', '/name: It is of type "number". Expected "string".\n/age: It is of type "string". Expected "integer".'],
    ['[1]', 'the value: It is of type "array". Expected "object".'],
    ['I cannot answer that.', expect.stringMatching(/^it is not JSON \(.+\)$/)],
    ['{"name": "Ada", "age": 36', expect.stringMatching(/^it is not JSON \(.+\)$/)],
    ['', 'it is empty'],
  ])('%s', (reply, problem) => {
    expect(guest.validate(person, reply)).toEqual({ ok: false, problem })
  })

  test('and no more than a few places, each in a few words', () => {
    const { problem } = guest.validate('({type: "array", items: {enum: ["x".repeat(10000)]}})', JSON.stringify(Array.from({ length: 50 }, (_, index) => index))) as { problem: string }
    expect(problem.split('\n')).toHaveLength(9)
    expect(problem).toContain('… and 42 more')
    expect(problem.length).toBeLessThan(4_000)
  })

  test('also where every one of a hundred thousand items is wrong', () => {
    expect(guest.validate('({type: "array", items: {type: "string"}})', JSON.stringify(Array.from({ length: 1e5 }, (_, index) => index)))).toMatchObject({ ok: false, problem: expect.stringContaining('/0: It is of type "number"') })
  })
})

describe('a schema is understood', () => {
  test.each([
    ['local references', '({$defs: {n: {type: "number"}}, type: "array", items: {$ref: "#/$defs/n"}})', '[1]', '["a"]'],
    ['references with escapes', '({definitions: {"a b/c": {type: "number"}}, $ref: "#/definitions/a%20b~1c"})', '1', '"a"'],
    ['references to itself', '({type: "object", properties: {next: {$ref: "#"}}, additionalProperties: false})', '{"next":{"next":{}}}', '{"next":{"x":1}}'],
    ['an identity of its own', '({$id: "https://example.com/s", $defs: {n: {type: "number"}}, $ref: "#/$defs/n"})', '1', '"a"'],
    ['parts that it shares', '(() => { const text = {type: "string"}; return {type: "object", properties: {a: text, b: text}} })()', '{"a":"x","b":"y"}', '{"a":"x","b":1}'],
    ['members that are undefined', '({type: "number", description: undefined})', '1', '"a"'],
    ['anyOf', '({anyOf: [{type: "number"}, {type: "null"}]})', 'null', '"a"'],
    ['oneOf', '({oneOf: [{type: "number"}, {minimum: 5}]})', '1', '7'],
    ['not', '({not: {type: "number"}})', '"a"', '1'],
    ['enum', '({enum: ["a", {b: 1}]})', '{"b":1}', '"c"'],
    ['const', '({const: {a: [1]}})', '{"a":[1]}', '{"a":[2]}'],
    ['pattern', '({pattern: "^[a-z]+$"})', '"abc"', '"ABC"'],
    ['a pattern that only plain regular expressions allow', '({pattern: "^[A-Z]{2}\\\\-\\\\d+$"})', '"AB-12"', '"AB12"'],
    ['format', '({format: "date"})', '"2020-01-31"', '"2020-02-31"'],
    ['multipleOf', '({multipleOf: 0.01})', '4.35', '4.351'],
    ['exclusiveMinimum of draft 4', '({$schema: "http://json-schema.org/draft-04/schema#", minimum: 1, exclusiveMinimum: true})', '2', '1'],
    ['dependentRequired', '({dependentRequired: {a: ["b"]}})', '{"a":1,"b":1}', '{"a":1}'],
    ['if, then, else', '({if: {type: "number"}, then: {minimum: 5}, else: {type: "string"}})', '7', '1'],
    ['uniqueItems', '({uniqueItems: true})', '[1,2]', '[1,1]'],
    ['prefixItems', '({prefixItems: [{type: "number"}], items: false})', '[1]', '[1,2]'],
    ['unevaluatedProperties', '({properties: {a: true}, unevaluatedProperties: false})', '{"a":1}', '{"b":1}'],
    ['patternProperties', '({patternProperties: {"^x": {type: "number"}}})', '{"x1":1}', '{"x1":"a"}'],
  ])('%s', (_what, schema, good, bad) => {
    expect(guest.call('problemOf', schema)).toBe('')
    expect(guest.validate(schema, good)).toMatchObject({ ok: true })
    expect(guest.validate(schema, bad)).toMatchObject({ ok: false })
  })
})

describe('a schema that cannot be sent is refused with the reason', () => {
  test.each([
    ['5', 'Expected `schema` to be a JSON Schema (an object or a boolean), got number'],
    ['null', 'Expected `schema` to be a JSON Schema (an object or a boolean), got null'],
    ['[]', 'Expected `schema` to be a JSON Schema (an object or a boolean), got an array'],
    ['new Proxy({}, {ownKeys() { throw 1 }})', /an object or a boolean/],
    ['({properties: {a: {type: () => 1}}})', 'Expected `schema` to hold nothing but JSON, found a function'],
    ['({properties: {a: new Map}})', 'Expected `schema` to hold nothing but JSON, found a map'],
    ['({a: new Proxy({}, {get() { throw 1 }})})', 'Expected `schema` to hold nothing but JSON, found a proxy'],
    ['({a: NaN})', 'Expected `schema` to hold nothing but JSON, found a number'],
    ['({a: "x".repeat(70000)})', 'Expected `schema` to be at most 65536 characters of JSON'],
    ['(() => { let s = {}; for (let i = 0; i < 40; i++) s = {not: s}; return s })()', /nested at most 32 levels deep/],
    ['(() => { const s = {}; s.not = s; return s })()', /nested at most 32 levels deep/],
    ['(() => { let s = {}; for (let i = 0; i < 30; i++) s = {anyOf: [s, s]}; return s })()', /at most 65536 characters|32 levels/],
    ['({$ref: "https://example.com/schema.json"})', 'Expected `schema` to be a JSON Schema: `$ref` may only refer to the schema itself (#/…), got "https://example.com/schema.json" at #'],
    ['({properties: {a: {$ref: "other.json#/x"}}})', /may only refer to the schema itself .* at #\/properties\/a$/],
    ['({$ref: "file:///etc/passwd"})', /may only refer to the schema itself/],
    ['({$ref: "#/$defs/none"})', /refers to "#\/\$defs\/none", which is not there/],
    ['({pattern: "("})', /Invalid regular expression/],
    ['({patternProperties: {"[": {}}})', /Invalid regular expression/],
    ['({required: "a"})', /`required` has to be an array/],
    ['({properties: null})', /`properties` has to be an object/],
    ['({allOf: {}})', /`allOf` has to be an array/],
    ['({$ref: 5})', /`\$ref` has to be a string/],
  ])('%s', (schema, problem) => {
    expect(guest.call('problemOf', schema)).toEqual(typeof problem === 'string' ? problem : expect.stringMatching(problem))
  })

  test('no getter of it is run', () => {
    expect(guest.call('problemOf', '({type: "object", get properties() { throw 1 }})')).toBe('')
  })

  test('data in it may look like a reference', () => {
    expect(guest.call('problemOf', '({const: {$ref: "https://example.com"}, enum: [{$ref: 1}], default: {$ref: "x:y"}, properties: {$ref: {type: "string"}, pattern: {type: "string"}}})')).toBe('')
  })
})

test('a schema that refers to nothing but itself ends in a problem, not in the stack', () => {
  expect(guest.validate('({$ref: "#"})', '1')).toEqual({ ok: false, problem: 'It is nested too deep.' })
})

test('a reply nested a hundred thousand levels deep ends in a problem', () => {
  expect(guest.validate('({type: "array", items: {$ref: "#"}})', '['.repeat(1e5) + ']'.repeat(1e5))).toMatchObject({ ok: false })
})

test('a catastrophic pattern is stopped with its turn, and the isolate lives', () => {
  const script = guest.isolate.evaluate('({type: "string", pattern: "^(a+)+$"})', 'cell')
  expect(() => guest.isolate.export('validate')([script, JSON.stringify(`${'a'.repeat(40)}!`)], 100)).toThrow('Script execution timed out.')
  expect(guest.validate('({type: "string", pattern: "^(a+)+$"})', '"aaa"')).toMatchObject({ ok: true })
})

test('a reply full of open brackets takes linear time', () => {
  // Quadratic time would be minutes; the turn may take 20 s.
  expect(guest.validate(person, '{['.repeat(5e5))).toMatchObject({ ok: false })
})
