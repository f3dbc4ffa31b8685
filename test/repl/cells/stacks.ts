/** Cells that read the stack of an error themselves. */
import type { CellCase } from './case.ts'

export const stackCases: readonly CellCase[] = [
  { name: 'a stack has the places of the cell', cells: ['const a = 1\nfunction f() {\n  return new Error("x")\n}\nf().stack'], expect: "'Error: x\\n    at f (cell 1:3:10)\\n    at cell 1:5:1'" },
  { name: 'a stack has the places of each cell it leads through', cells: ['\nconst f = () => new Error("x")', 'let b; [1].map(() => b = f()); b.stack'], expect: "'Error: x\\n    at f (cell 1:2:17)\\n    at cell 2:1:26\\n    at cell 2:1:12'" },
  { name: 'a stack of TypeScript that was printed anew has its places', cells: ['enum E { A }\nconst e: Error = new Error("x")\ne.stack'], typescript: true, expect: "'Error: x\\n    at cell 1:2:18'" },
  { name: 'a stack that is read at once names no frame of the runtime', cells: ['let stack; [1].forEach(() => { stack = new Error("x").stack }); stack'], expect: "'Error: x\\n    at cell 1:1:40\\n    at cell 1:1:16'" },
  { name: 'a stack that is printed is the one that is read', cells: ['const e = new Error("x"); [e]'], expect: '[\n  Error: x\n      at cell 1:1:11\n]' },
  { name: 'a stack that was read keeps its places when the error is thrown', cells: ['let e\ntry { null.x } catch (caught) { e = caught; e.stack }\nthrow e'], expect: { at: '2:12', frames: ['1:2:12'] } },
  { name: 'a stack that is handed on keeps its places', cells: ['const first = new Error("a")', 'const second = new Error("b"); second.stack = first.stack; throw second'], expect: { message: 'b', at: '1:15', frames: ['1:1:15'] } },
  { name: 'a stack begins with name and message as they are when it is read', cells: ['class Mine extends Error { name = "Mine" } const e = new Mine("a"); e.message = "b"; e.stack.split("\\n")[0]'], expect: "'Mine: b'" },
  { name: 'a message that looks like frames stays as it is in a stack', cells: ['new Error("a\\n    at f (cell 9:1:1)").stack'], expect: "'Error: a\\n    at f (cell 9:1:1)\\n    at cell 1:1:1'" },
  { name: 'a getter that throws leaves the frames of a stack', cells: ['Object.defineProperty(new Error("x"), "message", { get() { throw 1 } }).stack'], expect: "'<error>\\n    at cell 1:1:23'" },
  { name: 'an object can be given a stack', cells: ['const o = {}\nfunction above() { Error.captureStackTrace(o, above) }\nabove(); o.stack'], expect: "'Error\\n    at cell 1:3:1'" },
  { name: 'a stack is as long as the program wants', cells: ['Error.stackTraceLimit = 2; function f(n) { return n ? f(n - 1) : new Error("x") } f(5).stack.split("\\n").length'], expect: '3' },
  { name: 'a program without stacks has none', cells: ['Error.stackTraceLimit = 0; new Error("x").stack'], expect: "'Error: x'" },
  { name: 'a program\'s own preparation gets call sites with the places of the cell', cells: ['const kept = Error.prepareStackTrace\nError.prepareStackTrace = (e, sites) => sites.map((s) => [s.getFunctionName(), s.getFileName(), s.getLineNumber(), s.getColumnNumber(), String(s)])\nfunction f() { return new Error("x").stack }\nconst found = f(); Error.prepareStackTrace = kept;\n[...found, new Error("y").stack].flat().join()'], expect: "'f,cell 1,3,23,f (cell 1:3:23),,cell 1,4,15,cell 1:4:15,Error: y\\n' +\n  '    at cell 1:5:12'" },
  { name: 'a program\'s own preparation that throws, throws where the stack is read', cells: ['Error.prepareStackTrace = () => { throw "own" }; try { new Error("x").stack } catch (thrown) { thrown }'], expect: "'own'" },
  { name: 'a program\'s own preparation does not hide where a cell failed', cells: ['Error.prepareStackTrace = () => { throw "own" }', '\nnull.x'], expect: { name: 'TypeError', at: '2:6', frames: ['2:2:6'] } },
  { name: 'the preparation of stacks can be set back, but neither be taken away nor replaced', cells: ['Error.prepareStackTrace = () => 1; Error.prepareStackTrace = undefined; delete Error.prepareStackTrace; try { Object.defineProperty(Error, "prepareStackTrace", { value: () => 2 }) } catch {} new Error("x").stack'], expect: "'Error: x\\n    at cell 1:1:192'" },
  { name: 'a stack has its places after the built-ins it is made with were broken', cells: ['Array.prototype.push = Array.prototype.join = RegExp.prototype.exec = Error.prototype.toString = Object.defineProperty = null; Object.prototype.get = () => 1', '\nnew Error("x").stack'], expect: "'Error: x\\n    at cell 2:2:1'" },
  { name: 'the stack of a cause has its places, too', cells: ['const e = new Error("x", {\n  cause: new Error("y") })\ne.cause.stack'], expect: "'Error: y\\n    at cell 1:2:10'" },
  { name: 'a stack after an await has its places', cells: ['async function f() {\n  await later(1)\n  return new Error("x")\n}\n(await f()).stack'], expect: "'Error: x\\n    at f (cell 1:3:10)\\n    at async cell 1:5:2'" },
]
