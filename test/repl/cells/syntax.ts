/** Cells that are none, or not yet. */
import type { CellCase, ExpectedFailure } from './case.ts'

const wrong = (at: string, message?: string | RegExp): ExpectedFailure => ({ code: 'SYNTAX', name: 'SyntaxError', incomplete: false, at, ...(message === undefined ? {} : { message }) })
const incomplete: ExpectedFailure = { code: 'SYNTAX', incomplete: true }

const wrongTexts: readonly (readonly [text: string, at: string, message?: string | RegExp])[] = [
  ['let x = ;', '1:9', "Unexpected token ';'"],
  ['let a; let a', '1:12', "Identifier 'a' has already been declared"],
  ['let a; var a', '1:12'],
  ['const a = 1; function a() {}', '1:23'],
  ['class A {} class A {}', '1:18'],
  ['1 2', '1:3', 'Unexpected number'],
  ['foo bar', '1:5', "Unexpected token 'bar'"],
  [')', '1:1', "Unexpected token ')'"],
  ['1;\n  }', '2:3'],
  ['return 5', '1:1', /^`return` cannot stand at the top level/],
  ['if (1) {\n  return 5\n}', '2:3', /`return`/],
  ['import x from "y"', '1:1', /`import` declarations/],
  ['1;\nimport "y"', '2:1', /`import` declarations/],
  ['export const x = 1', '1:1', /`export` declarations/],
  ['export default 5', '1:1', /`export` declarations/],
  ['export * from "x"', '1:1', /`export` declarations/],
  ['super.x', '1:1', /super/],
  ['new.target', '1:1', /new\.target/],
  ['import.meta', '1:8', /import\.meta/],
  ['break', '1:1'],
  ['continue', '1:1'],
  ['l: { continue l }', '1:6'],
  ['yield 1', '1:7'],
  ['"abc', '1:1', /Unterminated string/],
  ["'abc\nd'", '1:1', /Unterminated string/],
  ['/abc', '1:2', /Unterminated regular expression/],
  ['/(/', '1:2', /Invalid regular expression/],
  ['0x', '1:3'],
  ['1e', '1:1'],
  ['throw\n1', '1:6', /newline after throw/],
  ['3in []', '1:2'],
  ['#x', '1:1'],
  ['class A { #x; m() { this.#y } }', '1:26'],
  ['function f() { await x }', '1:16', /^`await` is only valid in async functions/],
  ['[1].map((x) => await later(x))', '1:16', /^`await` is only valid/],
  ['class await {}', '1:7', 'Unexpected reserved word'],
  ['1;\nfunction f() { import x from "y" }', '2:16', /import/],
  ['1;\n  import.meta', '2:10', /import\.meta/],
  ['"use strict"; with (a) {}', '1:15', /with/],
  ['"use strict"; 010', '1:15'],
  ['"use strict"; let eval', '1:19'],
  ['const { a }; 1', '1:12'],
  ['async () => { for await (x in y); }', '1:19'],
  ['let let = 1', '1:5'],
  ['a => {}()', '1:8'],
  ['switch (1) { case 1: let a; case 2: let a }', '1:41'],
  ['@decorator class A {}', '1:1'],
  ['“quoted”', '1:1'],
]

const openTexts: readonly string[] = [
  '(', '[1, 2', '{', 'foo(', 'foo(1,', 'if (x', 'if (x)', 'if (x) {', 'if (x) 1; else', 'for (;;)', 'for (const x of', 'while (true)', 'do 1; while', 'switch (x) {', 'try {', 'try {}',
  'function f() {', 'function f(', 'async function', 'class A {', 'class A extends', 'class A { m() {', 'const x', 'let { a }', 'let x =', 'x =', 'x => {', 'x =>', '1 +', 'a &&', 'a ? b', 'a ? b :', 'a.', 'a?.', 'let { a } = b,', 'new',
  'typeof', 'await', 'l:', '`abc', '`abc ${', '`abc ${x', '`abc ${x} d', '`${`', '/* comment', '1 + // more follows', '(\n  // more follows\n', '"continued \\', '"continued \\\n', 'export', '({ a: 1,', '[...', 'async (x) =>',
  'let f = function', 'const [a,', 'using x =',
]

export const syntaxCases: readonly CellCase[] = [
  ...wrongTexts.map(([text, at, message]) => ({ name: `wrong: ${JSON.stringify(text)}`, cells: [text], expect: wrong(at, message) })),
  ...openTexts.map((text) => ({ name: `incomplete: ${JSON.stringify(text)}`, cells: [text], expect: incomplete })),
  { name: 'a syntax error leaves what was there', cells: ['let a = 1', 'let a = ;', 'a'], expect: '1' },
  { name: 'nothing of a cell with a syntax error runs', cells: ['log.push(1); let b = 5; )', '[log.length, typeof b]'], expect: "[ 0, 'undefined' ]" },
  { name: 'brackets nested beyond the parser are a syntax error', cells: [`${'['.repeat(50_000)}${']'.repeat(50_000)}`], expect: { code: 'SYNTAX', message: /too deeply/ } },
  { name: 'signs nested beyond the parser are a syntax error', cells: [`${'!'.repeat(100_000)}1`], expect: { code: 'SYNTAX', message: /too deeply/ } },
  { name: 'brackets left open beyond the parser are a syntax error', cells: ['('.repeat(100_000)], expect: { code: 'SYNTAX', message: /too deeply/ } },
  { name: 'a cell works after one that was nested too deeply', cells: ['{'.repeat(100_000), '1 + 1'], expect: '2' },
]
