import { expect, test } from 'vitest'
import { type CompiledCell, compileCell, compileFailure, locateStack } from '../../src/repl/cell.ts'

function compiled(text: string, filename: string): CompiledCell {
  const cell = compileCell(text, { filename, typescript: false })
  if ('failure' in cell) throw new Error(cell.failure.message)
  return cell
}

/** `line:column` in the code of the place where a text first stands in it. */
function placeIn(cell: CompiledCell, text: string): string {
  const lines = cell.code.slice(0, cell.code.indexOf(text)).split('\n')
  return `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`
}

const cell = compiled('let a = 1\nfunction f() { boom() }\n  f()', 'cell 1')
const cells = new Map([['cell 1', cell]])
const boom = placeIn(cell, 'boom')
const call = placeIn(cell, 'f()\n')

test('only frames of cells are left, each at its own place', () => {
  const raw = `Error: x
    at native (<anonymous>)
    at f (cell 1:${boom})
    at Array.map (<anonymous>)
    at async cell 1:${call}
    at run (replm:run.ts:40:5)
    at (<isolated-vm boundary>)
    at Guest.run (file:///somewhere/guest.ts:1:1)`
  expect(locateStack(raw, cells)).toEqual({ line: 2, column: 16, stack: '    at f (cell 1:2:16)\n    at async cell 1:3:3' })
})

test('a stack without frames of cells has no place', () => {
  expect(locateStack('Error: x\n    at replm:run.ts:1:1', cells)).toEqual({ line: null, column: null, stack: '' })
  expect(locateStack('', cells)).toEqual({ line: null, column: null, stack: '' })
})

test('frames of unknown cells, and places that are in no code, are left out', () => {
  expect(locateStack(`Error\n    at cell 2:1:1\n    at f (cell 1:900:1)\n    at f (cell 1:1:9000)\n    at cell 1:${call}`, cells).stack).toBe('    at cell 1:3:3')
})

test('lines of the message that look like frames are no frames', () => {
  const message = `a\n    at fake (cell 1:${boom})`
  expect(locateStack(`Error: ${message}\n    at cell 1:${call}`, cells, message).stack).toBe('    at cell 1:3:3')
  expect(locateStack(`Error: b\n    at fake (cell 1:${boom})\nc\n    at cell 1:${call}`, cells).stack).toBe('    at cell 1:3:3')
})

test('file names may hold anything', () => {
  for (const name of ['my (first) cell', 'a:1:2', 'async', 'at f (cell 1', 'naïve 😀', 'path/to/main.ts', '(', 'x)']) {
    const other = compiled('f()', name)
    const place = placeIn(other, 'f()')
    const shown = `${name}:1:1`
    expect(locateStack(`Error\n    at g (${name}:${place})\n    at ${name}:${place}\n    at async ${name}:${place}`, new Map([[name, other]])).stack).toBe(
      `    at g (${shown})\n    at ${shown}\n    at async ${shown}`,
    )
  }
})

test('a cell may be evaluated under another name than its frames show', () => {
  const other = compiled('f()', 'main')
  expect(locateStack(`Error\n    at main#2:${placeIn(other, 'f()')}`, new Map([['main#2', other]])).stack).toBe('    at main:1:1')
})

test('code in a string counts as standing where it was given to the engine', () => {
  expect(locateStack(`Error\n    at eval (eval at f (cell 1:${boom}), <anonymous>:7:7)\n    at eval (eval at g (eval at h (cell 1:${call}), <anonymous>:1:1), <anonymous>:2:2)`, cells).stack).toBe(
    '    at eval (cell 1:2:16)\n    at eval (cell 1:3:3)',
  )
})

test('every place of a cell is found again in its code', () => {
  const text = 'const { a: first, ...others } = { a: oneOne, b: twoTwo }, g = () => threeThree\nvar x = fourFour; for (var y of fiveFive) { sixSix }\nfunction h(n) { return n ? h(sevenSeven) : eightEight }\nclass K { m() { nineNine } } tenTen\nusing u = elevenEleven\nif (twelveTwelve) { function inner() { thirteenThirteen } } fourteenFourteen'
  const mapped = compiled(text, 'cell 9')
  const names = text.match(/\b[a-z]+[A-Z][a-z]+\b/g) ?? []
  expect(names.length).toBe(14)
  for (const name of names) {
    const [line = 0, column = 0] = placeIn(mapped, name).split(':').map(Number)
    const before = text.slice(0, text.indexOf(name)).split('\n')
    expect([name, mapped.locate(line, column)]).toEqual([name, { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }])
  }
})

test('what V8 refuses is told at its place, without the name of the code around', () => {
  const [line, column] = placeIn(cell, 'boom').split(':')
  expect(compileFailure(new SyntaxError(`Bad thing [replm:cell-7:${line}:${column}]`), cell)).toEqual({
    code: 'SYNTAX', name: 'SyntaxError', message: 'Bad thing', line: 2, column: 16, stack: 'SyntaxError: Bad thing\n    at cell 1:2:16', incomplete: false,
  })
  expect(compileFailure(new RangeError('Maximum call stack size exceeded [replm:cell-7:0:0]'), cell)).toMatchObject({ code: 'SYNTAX', message: expect.stringContaining('nested too deeply') as string, line: 1, column: 1 })
})
