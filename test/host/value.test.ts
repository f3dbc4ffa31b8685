import { describe, expect, test } from 'vitest'
import { decodeValue } from '../../src/host/value.ts'

describe('a sound value is decoded', () => {
  test.each([
    ['{}', undefined],
    ['{"v":1}', 1],
    ['{"v":null}', null],
    ['{"v":{"a":[1,"b"]}}', { a: [1, 'b'] }],
    ['{"s":["n","-0"]}', -0],
    ['{"s":["n","NaN"]}', NaN],
    ['{"s":["i","-ff"]}', -255n],
    ['{"g":[["a",["u"],[1]],["o","x",[0]]]}', expect.anything()],
    ['{"g":[["s",5,"3",1,"name",2]]}', Object.assign([undefined, undefined, undefined, 1, undefined], { name: 2 })],
  ])('%s', (json, value) => {
    expect(decodeValue(json)).toEqual(value)
  })

  test('a key __proto__ is an own property and pollutes nothing', () => {
    for (const json of ['{"v":{"__proto__":{"polluted":1}}}', '{"g":[["o","__proto__",[1]],["o","polluted",1]]}']) {
      const value = decodeValue(json) as object
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
      expect(Object.keys(value)).toEqual(['__proto__'])
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    }
  })

  test('a pattern stays data', () => {
    expect(decodeValue('{"g":[["regexp","(a+)+$","g"]]}')).toEqual({ source: '(a+)+$', flags: 'g' })
  })

  test('an error without known class is an Error of its own name, and shows nothing of the host', () => {
    const error = decodeValue('{"g":[["error","Mine","m","Mine: m\\n    at cell:1:1"]]}') as Error
    expect(error).toBeInstanceOf(Error)
    expect([error.name, error.message, error.stack]).toEqual(['Mine', 'm', 'Mine: m\n    at cell:1:1'])
  })
})

describe('a broken value is one clear error, whatever is wrong with it', () => {
  const deep = (count: number, open: string, close: string) => open.repeat(count) + close.repeat(count)
  test.each([
    ['no JSON', '{"v":'],
    ['an empty text', ''],
    ['no object', '[1]'],
    ['null', 'null'],
    ['two values', '{"v":1,"s":1}'],
    ['an unknown kind', '{"x":1}'],
    ['an object for a primitive', '{"s":{}}'],
    ['an unknown primitive', '{"s":["q"]}'],
    ['a reference outside a graph', '{"s":[0]}'],
    ['a number that is none', '{"s":["n","1"]}'],
    ['a BigInt that is none', '{"s":["i","0x1"]}'],
    ['an empty BigInt', '{"s":["i",""]}'],
    ['an empty graph', '{"g":[]}'],
    ['a graph that is no list', '{"g":{}}'],
    ['a node that is no list', '{"g":[1]}'],
    ['an unknown node', '{"g":[["x"]]}'],
    ['a reference out of range', '{"g":[["a",[1]]]}'],
    ['a negative reference', '{"g":[["a",[-1]]]}'],
    ['a fractional reference', '{"g":[["a",[0.5],[0]]]}'],
    ['a node that nothing refers to', '{"g":[["o"],["o"]]}'],
    ['a node before what refers to it', '{"g":[["a",[2]],["o"],["a",[1]]]}'],
    ['a key that is no text', '{"g":[["o",1,2]]}'],
    ['a key without a value', '{"g":[["o","a"]]}'],
    ['a second length', '{"g":[["s",1,"length",5]]}'],
    ['a length out of range', '{"g":[["s",4294967296]]}'],
    ['a negative length', '{"g":[["s",-1]]}'],
    ['a map with half an entry', '{"g":[["map",1]]}'],
    ['a date that is no number', '{"g":[["date","now"]]}'],
    ['a pattern that is no text', '{"g":[["regexp",1,2]]}'],
    ['an error without a stack', '{"g":[["error","Error","m"]]}'],
    ['an error with more than its parts', '{"g":[["error","Error","m","s","__proto__",1]]}'],
    ['bytes that are no base64', '{"g":[["buffer","%"]]}'],
    ['a view of an unknown class', '{"g":[["view","Array",[1],0,0],["buffer",""]]}'],
    ['a view of no buffer', '{"g":[["view","Uint8Array",[1],0,0],["o"]]}'],
    ['a view of itself', '{"g":[["view","Uint8Array",[0],0,0]]}'],
    ['a view beyond its buffer', '{"g":[["view","Uint8Array",[1],0,5],["buffer","AAAA"]]}'],
    ['a view that is not aligned', '{"g":[["view","Uint16Array",[1],1,1],["buffer","AAAA"]]}'],
    ['an inherited name for a class', '{"g":[["view","constructor",[1],0,0],["buffer",""]]}'],
    ['a million levels', `{"v":${deep(1e6, '[', ']')}}`],
    ['a million levels of objects', `{"v":${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}}`],
    ['a graph of a hundred thousand levels', `{"g":[${Array.from({ length: 1e5 }, (_, index) => `["a",[${index + 1}]]`).join(',')},["o"]]}`],
    ['a message nested deep', deep(1e6, '[', ']')],
  ])('%s', (_what, json) => {
    expect(() => decodeValue(json)).toThrow(expect.objectContaining({ name: 'ReplmError', code: 'CRASHED', message: expect.stringContaining('broken value') }))
  })

  test('any byte of a sound value may be missing, and it is an error or another value, never something else', () => {
    const json = '{"g":[["o","a",[1],"n",["n","NaN"],"i",["i","ff"]],["map","k",[2]],["view","Uint8Array",[3],0,3],["buffer","AQID"]]}'
    for (let at = 0; at < json.length; at++) {
      try {
        decodeValue(json.slice(0, at) + json.slice(at + 1))
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'CRASHED' })
      }
    }
  })
})
