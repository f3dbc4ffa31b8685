import { describe, expect, test } from 'vitest'
import { openGuest } from './openGuest.ts'
import { shownByNode, tried } from './shownByNode.ts'

const guest = openGuest()
const alike = (body: string) => expect(guest.show(tried(body), { depth: 4 })).toBe(shownByNode(tried(body)))

describe('a URL has the parts that the web says it has', () => {
  test.each([
    'http://a', 'https://user:pass@example.com:8080/p/a/t/h?query=string#hash', 'file:///a/b', 'mailto:x@y', 'data:text/plain,hi', 'http://EXAMPLE.com/%7Efoo/../bar', '//x', '/y', '',
    'http://[::1]:3000/', 'http://1.2.3', 'http://日本.jp/ä?ö#ü', 'blob:https://a/b', 'http://a b', 'ws://x:80', 'https://x:443/', 'urn:isbn:1', 'http://a/?q=a b&c=+',
  ])('%s', (url) => {
    alike(`return new URL(${JSON.stringify(url)})`)
    alike(`return new URL(${JSON.stringify(url)}, 'http://base/x/y?z').href`)
    alike(`return [URL.canParse(${JSON.stringify(url)}), URL.canParse(${JSON.stringify(url)}, 'http://b'), URL.parse(${JSON.stringify(url)})?.href]`)
  })

  test.each(
    Object.entries({
      href: ['http://z/', 'bad'], protocol: ['https', 'https:', 'foo'], username: ['u v', ''], password: ['p'], host: ['h:1', 'h:99999', 'x/y'], hostname: ['h', 'h:8'],
      port: ['8', '80', 'x', '99999', ''], pathname: ['a b', '/x/../y'], search: ['', '?', 'a=1', '?a=ü'], hash: ['', '#', 'x y'], origin: ['q'],
    }).flatMap(([part, values]) => values.map((value) => [part, value] as const)),
  )('after its %s is set to "%s"', (part, value) => {
    alike(`const u = new URL('http://a.b:81/c?d#e'); u.searchParams; u.${part} = ${JSON.stringify(value)}; return [u.href, [...u.searchParams]]`)
  })

  test.each(["return String(new URL('http://a/b'))", "return JSON.stringify({u: new URL('http://a')})", "return Object.prototype.toString.call(new URL('http://a'))", 'return new URL()', "return URL('http://a')"])('%s', alike)
})

describe('the parameters of a query', () => {
  test.each([
    "const u = new URL('http://a/?x=1'); u.searchParams.append('y', 'a b&c'); u.searchParams.set('x', '2'); u.searchParams.delete('none'); return [u.href, u.search, u.searchParams.toString(), u.searchParams.size]",
    "const u = new URL('http://a/?x=1'); u.searchParams.delete('x'); return u.href",
    "const p = new URLSearchParams('?b=2&a=1&b=1&%zz=%41&+=%20&=x&y'); p.sort(); return [p.toString(), [...p], [...p.keys()], [...p.values()], [...p.entries()], p.get('b'), p.getAll('b'), p.has('b'), p.has('b', '3'), p.get('q')]",
    "const p = new URLSearchParams('a=1&b=2&a=3'); p.set('a', 'x'); return p + ''",
    "const p = new URLSearchParams('a=1&a=2'); p.delete('a', '2'); return p + ''",
    'return new URLSearchParams({a: 1, b: [1, 2], c: undefined}).toString()',
    "return new URLSearchParams([['a', 'b'], ['c', 5]]).toString()",
    "return new URLSearchParams(new Map([['x', 'y']])).toString()",
    "return new URLSearchParams([['a']])",
    'return new URLSearchParams([1])',
    "return new URLSearchParams(new URLSearchParams('a=1&b=!*()~\\'\"ü%')).toString()",
    "return new URLSearchParams('a=\\ud800').toString()",
    "const r = []; new URLSearchParams('a=1&b=2').forEach((v, k, p) => r.push(v, k, p instanceof URLSearchParams)); return r",
  ])('%s', alike)
})
