import { describe, expect, test } from 'vitest'
import { openGuest } from './openGuest.ts'
import { shownByNode, tried } from './shownByNode.ts'

const guest = openGuest()
const alike = (body: string) => expect(guest.show(tried(body), { depth: 4 })).toBe(shownByNode(tried(body)))

describe('texts become bytes', () => {
  test.each([
    "return [...new TextEncoder().encode('h\\u00e9\\u20ac\\ud83d\\ude00\\ud800x')]",
    'return [...new TextEncoder().encode()]',
    'return [...new TextEncoder().encode(undefined), ...new TextEncoder().encode(5)]',
    "return [...new TextEncoder().encode('é€😀\\ud800'.repeat(100))]",
    "const b = new Uint8Array(5); const r = new TextEncoder().encodeInto('a€😀b', b); return [r, b]",
    "const b = new Uint8Array(8); const r = new TextEncoder().encodeInto('a€😀b', b.subarray(1)); return [r, b]",
    "const b = new Uint8Array(3); const r = new TextEncoder().encodeInto('\\ud800', b); return [r, b]",
  ])('%s', alike)

  test('each in memory of its own', () => {
    expect(guest.show("const a = new TextEncoder().encode('ab'); [a.byteOffset, a.buffer.byteLength]")).toBe('[ 0, 2 ]')
  })
})

describe('bytes become texts', () => {
  test.each(['utf-8', ' UTF8 ', 'utf-16le', 'utf-16be', 'latin1', 'windows-1252', 'iso-8859-2', 'shift_jis', 'euc-jp', 'gbk', 'gb18030', 'big5', 'euc-kr', 'koi8-r', 'ascii', 'x-user-defined', 'nope', ''])('of the encoding "%s"', (label) => {
    alike(`const d = new TextDecoder(${JSON.stringify(label)}); return [d.encoding, d.fatal, d.ignoreBOM, d.decode(new Uint8Array([0x41, 0x82, 0xa0, 0xff, 0xfe, 0x30, 0x42, 0x00, 0xe3, 0x81, 0x82]))]`)
  })

  test.each(['utf-8', 'utf-16le', 'shift_jis', 'gb18030', 'windows-1252'])('of the encoding %s, byte by byte', (label) => {
    alike(`const d = new TextDecoder('${label}'); const parts = []; for (const x of [0x41, 0x82, 0xa0, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xe2, 0x82]) parts.push(d.decode(new Uint8Array([x]), {stream: true})); parts.push(d.decode(), d.decode(new Uint8Array([0x41]))); return parts.join('')`)
  })

  test.each([
    "return new TextDecoder('utf-8', {fatal: true}).decode(new Uint8Array([0xff]))",
    "const d = new TextDecoder('utf-8', {fatal: true}); try { d.decode(new Uint8Array([0xff]), {stream: true}) } catch {}; return d.decode(new Uint8Array([65]))",
    "return new TextDecoder('shift_jis', {fatal: true}).decode(new Uint8Array([0x82]))",
    "return [new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 65])), new TextDecoder('utf-8', {ignoreBOM: true}).decode(new Uint8Array([0xef, 0xbb, 0xbf, 65])).length]",
    "const d = new TextDecoder(); return [d.decode(new Uint8Array([0xef, 0xbb]), {stream: true}), d.decode(new Uint8Array([0xbf, 65, 0xef, 0xbb, 0xbf]), {stream: true}).length, d.decode()]",
    'return new TextDecoder().decode(new Uint8Array([0xf0, 0x9f, 0x98, 0xe2, 0x82, 0x41, 0xc0, 0x80, 0xed, 0xa0, 0x80]))',
    'return new TextDecoder().decode(new ArrayBuffer(3)).length',
    'return new TextDecoder().decode(new DataView(new Uint8Array([65, 66, 67]).buffer, 1, 1))',
    'return new TextDecoder().decode(new Uint16Array([65, 66]))',
    'return new TextDecoder().decode()',
  ])('%s', alike)

  test('a stream that is never ended keeps no other from being read', () => {
    guest.isolate.evaluate("globalThis.open = Array.from({length: 1500}, () => { const d = new TextDecoder('shift_jis'); d.decode(new Uint8Array([0x82]), {stream: true}); return d })", 'cell')
    expect(guest.show("[open[1499].decode(new Uint8Array([0xa0])), new TextDecoder('shift_jis').decode(new Uint8Array([0x82, 0xa0]))]")).toBe("[ 'あ', 'あ' ]")
  })
})

describe('base64', () => {
  test.each(["return [btoa('hello'), btoa(''), btoa('\\xff\\0'), btoa(5)]", "return btoa('€')", "return [atob(''), atob('aGVsbG8='), atob('aGVsbG8'), atob(' aGV s\\nbG8 '), atob('/w=='), atob('/x==')]", "return atob(btoa('\\xff'.repeat(10000))).length"])('%s', alike)

  test.each(['a', 'ab=', '====', 'a*b=', '-_', 'abcde'])('of "%s" is no text', (text) => {
    expect(guest.show(`try { atob('${text}') } catch (e) { [e instanceof DOMException, e.name, e.code] }`)).toBe("[ true, 'InvalidCharacterError', 5 ]")
  })
})
