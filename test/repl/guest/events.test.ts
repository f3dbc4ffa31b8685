import { describe, expect, test } from 'vitest'
import { openGuest } from './openGuest.ts'
import { shownByNode, tried } from './shownByNode.ts'

const guest = openGuest()
const alike = (body: string) => expect(guest.show(tried(body), { depth: 4 })).toBe(shownByNode(tried(body)))

describe('an EventTarget', () => {
  test.each([
    "const t = new EventTarget(); const r = []; t.addEventListener('x', e => r.push(e.type, e.target === t, e.currentTarget === t, e.eventPhase, e.isTrusted)); t.addEventListener('x', {handleEvent(e) { r.push('h', this.handleEvent !== undefined) }}); r.push(t.dispatchEvent(new Event('x'))); return r",
    "const t = new EventTarget(); const r = []; const f = () => r.push(1); t.addEventListener('x', f, {once: true}); t.addEventListener('x', f); t.addEventListener('x', f, true); t.dispatchEvent(new Event('x')); t.dispatchEvent(new Event('x')); return r",
    "const t = new EventTarget(); const r = []; t.addEventListener('x', e => { r.push(1); e.stopImmediatePropagation() }); t.addEventListener('x', () => r.push(2)); t.dispatchEvent(new Event('x')); return r",
    "const t = new EventTarget(); t.addEventListener('x', e => e.preventDefault()); return [t.dispatchEvent(new Event('x')), t.dispatchEvent(new Event('x', {cancelable: true}))]",
    "const t = new EventTarget(); t.addEventListener('x', e => e.preventDefault(), {passive: true}); return t.dispatchEvent(new Event('x', {cancelable: true}))",
    "const t = new EventTarget(); const r = []; const f = () => r.push('f'); t.addEventListener('x', () => t.removeEventListener('x', f)); t.addEventListener('x', f); t.dispatchEvent(new Event('x')); return r",
    "const t = new EventTarget(); const r = []; t.addEventListener('x', () => t.addEventListener('x', () => r.push('late'))); t.dispatchEvent(new Event('x')); return r",
    "const c = new AbortController; const t = new EventTarget(); let n = 0; t.addEventListener('x', () => n++, {signal: c.signal}); t.dispatchEvent(new Event('x')); c.abort(); t.dispatchEvent(new Event('x')); t.addEventListener('x', () => n++, {signal: c.signal}); t.dispatchEvent(new Event('x')); return n",
    "class Mine extends EventTarget { go() { return this.dispatchEvent(new Event('x')) } }; const m = new Mine(); let n = 0; m.addEventListener('x', () => n++); m.go(); return n",
    "const e = new CustomEvent('q', {detail: {a: 1}}); return [e.detail, e.type, e instanceof Event, new CustomEvent('x').detail]",
    "const e = new Event('x', {bubbles: true}); return [e.bubbles, e.cancelable, e.composed, e.defaultPrevented, e.target, e.composedPath()]",
  ])('%s', alike)

  test('goes on after a listener that throws, and what it threw is reported like a rejection that nobody handles', () => {
    expect(() => guest.isolate.evaluate("const t = new EventTarget(); t.addEventListener('x', () => { throw new Error('in a listener') }); t.addEventListener('x', () => console.log('heard')); t.dispatchEvent(new Event('x'))", 'cell')).toThrow('in a listener')
    expect(guest.printed('0')).toBe('')
  })
})

describe('an AbortSignal', () => {
  test.each([
    "const c = new AbortController; const r = []; c.signal.onabort = function (e) { r.push('on', e.type, this === c.signal, e.isTrusted) }; c.signal.addEventListener('abort', () => r.push('listener')); c.abort('why'); c.abort('again'); return [r, c.signal.aborted, c.signal.reason]",
    'const c = new AbortController; c.abort(); return [c.signal.reason.name, c.signal.reason.message, c.signal.reason.code, c.signal.reason instanceof DOMException, c.signal.reason instanceof Error]',
    'return AbortSignal.abort(5).throwIfAborted()',
    'return [new AbortController().signal.throwIfAborted(), new AbortController().signal.onabort]',
    'return new AbortSignal()',
    "const a = new AbortController, b = new AbortController; const s = AbortSignal.any([a.signal, b.signal]); const s2 = AbortSignal.any([s]); const r = []; s2.onabort = () => r.push('s2'); s.onabort = () => r.push('s'); a.signal.onabort = () => r.push('a'); a.abort('x'); return [r, s.aborted, s2.reason, b.signal.aborted]",
    'return AbortSignal.any([new AbortController().signal, AbortSignal.abort(1)]).reason',
    'return AbortSignal.any([]).aborted',
    "return Object.prototype.toString.call(new AbortController().signal)",
  ])('%s', alike)

  test('is told of an abort in the runtime before the program is, and once', () => {
    guest.isolate.evaluate("globalThis.controller = new AbortController(); controller.signal.addEventListener('abort', () => console.log('the program heard it'))", 'cell')
    guest.call('watch', 'controller.signal')
    expect(guest.printed('controller.abort(); controller.abort()')).toBe('the runtime heard it\nstdout log the program heard it\n')
  })

  test('of a timeout is aborted when the time is over', () => {
    guest.isolate.export('wake')([])
    guest.isolate.evaluate('globalThis.late = AbortSignal.timeout(250)', 'cell')
    expect(guest.show('late.aborted')).toBe('false')
    expect(guest.isolate.export('wake')([])).toBe('250 ')
    expect(guest.cross('[late.aborted, late.reason.name, late.reason.message, late.reason.code]')).toEqual([true, 'TimeoutError', 'The operation was aborted due to timeout', 23])
  })

  test.each(['-1', 'NaN', '"5"', 'Infinity'])('cannot have a timeout of %s', (ms) => {
    expect(guest.show(`try { AbortSignal.timeout(${ms}) } catch (e) { e.message }`)).toMatch(/Expected `ms` to be a number/)
  })
})

describe('a DOMException', () => {
  test.each([
    "return [new DOMException('m', 'DataCloneError').code, new DOMException().message, new DOMException('m').name, new DOMException('m', {name: 'X', cause: 1}).cause]",
    'return [DOMException.ABORT_ERR, DOMException.NO_MODIFICATION_ALLOWED_ERR, DOMException.DATA_CLONE_ERR, DOMException.prototype.TIMEOUT_ERR]',
    "return [Object.prototype.toString.call(new DOMException), new DOMException('m', 'AbortError').toString(), Error.isError(new DOMException)]",
  ])('%s', alike)

  test('shows its name and the frames of the program', () => {
    expect(guest.show("new DOMException('gone', 'AbortError')")).toBe('DOMException [AbortError]: gone\n    at cell:1:1')
  })
})

test('queueMicrotask runs its callback in the same turn, after the step, in order', () => {
  expect(guest.printed("queueMicrotask(() => console.log('b')); Promise.resolve().then(() => console.log('c')); console.log('a')")).toBe('stdout log a\nstdout log b\nstdout log c\n')
  expect(() => guest.isolate.evaluate("queueMicrotask(() => { throw new Error('in a microtask') })", 'cell')).toThrow('in a microtask')
  expect(guest.show("try { queueMicrotask('x') } catch (e) { e instanceof TypeError }")).toBe('true')
})
