import { describe, expect, test } from 'vitest'
import { dollars, keyValue, modelName, UsageError, wholeBound, wholeNumber } from '../../src/cli/arguments.ts'

describe('words of a command line', () => {
  test.each(['0', '-1', '1.5', '1e3', '', ' 1', 'x', 'Infinity', '99999999999999999999'])('%j is no number of questions at once', (word) => {
    expect(() => wholeNumber('--concurrency')(word)).toThrow(UsageError)
  })

  test('a refusal names the flag, what it takes, and what it got', () => {
    expect(() => wholeNumber('--concurrency')('0')).toThrow('Expected `--concurrency` to be a whole number from 1 up, got "0"')
  })

  test('nothing at all is a bound', () => {
    expect(wholeBound('--max-queries')('0')).toBe(0)
    expect(() => wholeBound('--max-queries')('-1')).toThrow(UsageError)
  })

  test.each([
    ['0', 0],
    ['2.50', 2.5],
    ['.5', 0.5],
    ['3.', 3],
  ])('%j is an amount of dollars', (word, value) => {
    expect(dollars('--budget-usd')(word)).toBe(value)
  })

  test.each(['-1', '1e2', '$5', '', 'NaN', 'Infinity', '1,5'])('%j is no amount of dollars', (word) => {
    expect(() => dollars('--budget-usd')(word)).toThrow(UsageError)
  })

  test('a model has a provider before its first slash', () => {
    expect(modelName('--model')('compatible/org/model:8b')).toBe('compatible/org/model:8b')
    for (const word of ['gpt-5-mini', '/x', 'openai/', 'openai/ ', 'a b/c']) expect(() => modelName('--model')(word), word).toThrow(UsageError)
  })

  test('values are parted at the first =, the last of a name counts, and no name is special', () => {
    const args = ['a=1', 'url=x?y=z', 'empty=', 'a=2', '__proto__=p'].reduce<Readonly<Record<string, string>> | undefined>((all, word) => keyValue(word, all), undefined)
    expect(Object.entries(args ?? {})).toEqual([
      ['a', '2'],
      ['url', 'x?y=z'],
      ['empty', ''],
      ['__proto__', 'p'],
    ])
  })

  test.each(['x', '=x', ''])('%j is no name=value', (word) => {
    expect(() => keyValue(word)).toThrow('Expected `--arg` to be name=value')
  })
})
