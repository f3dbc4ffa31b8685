import { createContext, runInContext } from 'node:vm'
import { expect, onTestFinished, test } from 'vitest'
import { type Cells, openCells } from './cells/openCells.ts'
import { randomProgram } from './cells/randomProgram.ts'

function open(): Cells {
  const cells = openCells()
  onTestFinished(() => cells.dispose())
  return cells
}

/** What V8 itself says the script's value is; how it fails, if it does. */
function reference(text: string): string {
  try {
    const result: unknown = runInContext(text, createContext({}), { timeout: 5_000 })
    return typeof result === 'function' ? `[Function: ${result.name}]` : String(result)
  } catch (error) {
    return `${(error as Error).name}`
  }
}

function value(cells: Cells, text: string): string {
  const outcome = cells.run(text)
  if ('text' in outcome) return outcome.text.replaceAll("'", '')
  return 'failure' in outcome ? String(outcome.failure.name) : 'pending'
}

test.for([
  '1', '', ';', '1;;', '1; ;', '1; {}', '{}', '{ 1 }', '{ 1; { } }', '{ 1; { 2 } }', '{ 1; var a = 2 }', '1; var b = 2', '1; let c = 2', '1; function d() {}', '1; class E {}', '1, 2',
  'if (1) 2', 'if (0) 2', '1; if (0) 2', '1; if (1) {}', '1; if (1) ; else 2', 'if (0) 1; else 2', 'if (0) 1; else if (1) 2; else 3', '1; if (1) var x = 2',
  'for (let i = 0; i < 3; i++) i', '1; for (;false;) 2', '1; for (let i = 0; i < 2; i++) ;', 'for (let i = 0; i < 3; i++) { i; continue }', 'for (let i = 0; i < 3; i++) { i; break }',
  'for (let i = 0; i < 3; i++) { i; if (i === 1) break; }', 'for (let i = 0; i < 3; i++) { if (i === 1) break; i }', 'for (let i = 0; i < 3; i++) { if (i === 1) continue; i }',
  'for (const k in { a: 1, b: 2 }) k', 'for (const v of [1, 2]) v', '1; for (const v of []) v', 'for (const v of [1, 2]) { v; { break } }',
  'let i = 0; while (i < 3) i++', '1; while (false) 2', 'let j = 0; do { j++; if (j === 2) break } while (true)', '1; do ; while (false)', 'let k = 0; do k++; while (k < 3)',
  'l: { 1; break l; 2 }', 'l: { break l }', '1; l: { break l }', 'l: 5', 'l: m: { 3; break l }', 'l: if (1) { 2; break l }', 'l: try { 1; break l } finally { 2 }',
  'outer: for (const a of [1, 2]) { a; for (const b of [3]) { b; continue outer } }', 'outer: for (const a of [1, 2]) { for (const b of [3, 4]) { if (b === 4) break outer; a + b } }',
  'switch (1) { case 1: 2 }', 'switch (1) { case 1: 2; break; case 2: 3 }', 'switch (3) { case 1: 2 }', '1; switch (3) { }', 'switch (1) { case 1: 2; case 2: 3 }', 'switch (9) { default: 4; case 1: 5 }',
  'switch (1) { case 1: 2; break; 3 }', 'switch (1) { case 1: ; }', '7; switch (1) { case 1: break }', 'switch (1) { case 1: { 2; break } }', 'switch (1) { case 1: if (1) break; 2 }',
  'try { 1 } catch { 2 }', 'try { throw 1 } catch (e) { e }', 'try { 1 } finally { 2 }', 'try { throw 1 } catch { 2 } finally { 3 }', '1; try { } finally { 2 }', '1; try { throw 1 } catch { }', 'try { 1; throw 2 } catch { }',
  'do { try { 1; break } finally { 2 } } while (0)', 'do { try { 1 } finally { 2; break } } while (0)', 'do { try { 1 } finally { break } } while (0)', 'do { 3; try { 1 } finally { break; } } while (0)',
  'for (const v of [1, 2]) { try { v; continue } finally { 9 } }', 'for (const v of [1, 2]) { try { throw v } catch (e) { e; continue } finally { 9; if (v === 1) continue } }',
  'with ({ a: 1 }) a', '1; with ({}) ;', '1; with ({}) { }', '1; debugger', '"use strict"', '"use strict"; 1', '"a"; "b"', '1; { async function f() {} }', '1; { function f() {} }', 'if (1) function g() {}', '2; if (0) function h() {}', 'let g; 3; { function g() {} }',
  'try { 1; var y = null.x } catch { }', 'do { try { try { 1 } finally { 2 } throw 0 } catch { } } while (0)', '1; { class G {} }',
  'try { 1; throw 2 } catch { ; }', 'do { 9; try { 1; throw 2 } catch { break } } while (0)', 'do { 9; try { 1; throw 2 } catch { { break } 4 } } while (0)', 'l: { try { 1; throw 2 } catch { if (1) break l } 8 }',
  'var n = 1; n += 5', 'let o; o ??= 3', 'delete globalThis.zzz', 'void 0', 'typeof zzz', '(function () {})()', '(() => 1)()', 'new (class { toString() { return "C" } })() + ""', '`t${1}`', '/x/.test("x")', '[1, 2].join()',
])('%s has the value V8 gives it', (text) => {
  expect(value(open(), text)).toBe(reference(text))
})

test('random programs have the values V8 gives them', () => {
  const cells = open()
  const seeds = Array.from({ length: 1_500 }, (_, seed) => seed)
  const different = seeds.flatMap((seed) => {
    const text = randomProgram(seed)
    // Names of the programs before are no part of this one.
    cells.run('for (const name of Object.keys(globalThis)) delete globalThis[name]')
    const [ours, theirs] = [value(cells, text), reference(text)]
    return ours === theirs ? [] : [{ seed, text, ours, theirs }]
  })
  expect(different).toEqual([])
})
