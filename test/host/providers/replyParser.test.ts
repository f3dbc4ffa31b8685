import { describe, expect, test } from 'vitest'
import { ReplyParser } from '../../../src/host/providers/replyParser.ts'

interface Read {
  status: number | undefined
  headers: unknown
  body: string
  ended: boolean
  reusable: boolean
  error: string | undefined
}

/** What is read of bytes that come in pieces of `size`, and then, where it is asked for, the end of the connection. */
function read(bytes: Buffer, size: number, closes = false): Read {
  const found: Read = { status: undefined, headers: undefined, body: '', ended: false, reusable: false, error: undefined }
  const parser = new ReplyParser({
    onHead: (status, headers) => Object.assign(found, { status, headers }),
    onBody: (bytes) => (found.body += bytes.toString('latin1')),
    onEnd: () => (found.ended = true),
  })
  parser.begin()
  try {
    for (let at = 0; at < bytes.length; at += size) {
      // The parser must not keep what is read into anew.
      const piece = Buffer.from(bytes.subarray(at, at + size))
      parser.push(piece)
      piece.fill(0)
    }
    if (closes) parser.finish()
  } catch (error) {
    found.error = (error as Error).message
  }
  found.reusable = parser.isReusable
  return found
}

const crlf = (text: string): Buffer => Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1')

const whole: readonly (readonly [string, string, Partial<Read>])[] = [
  ['a length', 'HTTP/1.1 200 OK\nContent-Length: 5\nX-A: b\n\nhello', { status: 200, headers: { 'content-length': '5', 'x-a': 'b' }, body: 'hello', reusable: true }],
  ['a length of nothing', 'HTTP/1.1 500 \ncontent-length: 0\n\n', { status: 500, body: '', reusable: true }],
  ['no reason', 'HTTP/1.1 200\ncontent-length: 1\n\nx', { status: 200, body: 'x', reusable: true }],
  ['chunks', 'HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n5\nhello\nA;name="v"\n 123456789\n0\n\n', { body: 'hello 123456789', reusable: true }],
  ['chunks and trailers', 'HTTP/1.1 200 OK\nTransfer-Encoding: Chunked\n\n1\nx\n000\nx-trailer: y\n\n', { body: 'x', reusable: true }],
  ['a chunk that has ends of lines in it', 'HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n4\n\n\n\n0\n\n', { body: '\r\n\r\n' }],
  ['a wish to close', 'HTTP/1.1 200 OK\nConnection: Close\ncontent-length: 1\n\nx', { body: 'x', reusable: false }],
  ['an older version', 'HTTP/1.0 200 OK\ncontent-length: 1\n\nx', { body: 'x', reusable: false }],
  ['an older version that stays', 'HTTP/1.0 200 OK\nconnection: keep-alive\ncontent-length: 1\n\nx', { body: 'x', reusable: true }],
  ['a word ahead', 'HTTP/1.1 103 Early Hints\nlink: x\n\nHTTP/1.1 200 OK\ncontent-length: 1\n\nx', { status: 200, headers: { 'content-length': '1' }, body: 'x' }],
  ['no content', 'HTTP/1.1 204 No Content\n\n', { status: 204, body: '', reusable: true }],
  ['headers that come twice', 'HTTP/1.1 200 OK\na: 1\nA: 2\na: 3\ncontent-length: 1\ncontent-length: 1\n\nx', { headers: { a: ['1', '2', '3'], 'content-length': ['1', '1'] }, body: 'x' }],
  ['empty and odd headers', 'HTTP/1.1 200 OK\na:\nb:   c d \t\n__proto__: x\nconstructor: y\ncontent-length: 1\n\nx', { headers: { a: '', b: 'c d', constructor: 'y', 'content-length': '1' } }],
  ['both a length and chunks, which is not used again', 'HTTP/1.1 200 OK\ncontent-length: 3\ntransfer-encoding: chunked\n\n1\nx\n0\n\n', { body: 'x', reusable: false }],
]

const wrong: readonly (readonly [string, string])[] = [
  ['another protocol', 'SSH-2.0-OpenSSH_9\n\n'],
  ['another version', 'HTTP/2.0 200 OK\n\n'],
  ['a status of two digits', 'HTTP/1.1 20 OK\n\n'],
  ['a switch of protocols', 'HTTP/1.1 101 Switching\nupgrade: x\n\n'],
  ['a header that goes on in the next line', 'HTTP/1.1 200 OK\na: b\n c\ncontent-length: 0\n\n'],
  ['a space before the colon', 'HTTP/1.1 200 OK\ncontent-length : 1\n\nx'],
  ['a header without a colon', 'HTTP/1.1 200 OK\nnonsense\n\n'],
  ['two lengths', 'HTTP/1.1 200 OK\ncontent-length: 1\ncontent-length: 2\n\nxx'],
  ['a list of lengths', 'HTTP/1.1 200 OK\ncontent-length: 1, 1\n\nx'],
  ['a length below nothing', 'HTTP/1.1 200 OK\ncontent-length: -1\n\n'],
  ['a length that is no number', 'HTTP/1.1 200 OK\ncontent-length: 0x10\n\n'],
  ['another coding', 'HTTP/1.1 200 OK\ntransfer-encoding: gzip, chunked\n\n'],
  ['a chunk without a size', 'HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n\nx\n'],
  ['a size that is none', 'HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\nxyz\nx\n'],
  ['a size that no chunk has', `HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n${'f'.repeat(20)}\nx\n`],
  ['a chunk longer than it says', 'HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n1\nxyz\n0\n\n'],
  ['more than its length', 'HTTP/1.1 200 OK\ncontent-length: 1\n\nxy'],
  ['a head without end', `HTTP/1.1 200 OK\na: ${'x'.repeat(70_000)}`],
  ['headers without end', `HTTP/1.1 200 OK\n${'a: b\n'.repeat(20_000)}`],
]

describe('a reply', () => {
  test.each(whole)('with %s is read alike in pieces of any size', (_, text, expected) => {
    const bytes = crlf(text)
    for (let size = 1; size <= bytes.length; size += 1) expect(read(bytes, size)).toMatchObject({ ended: true, error: undefined, ...expected })
  })

  test.each(wrong)('with %s is refused', (_, text) => {
    const bytes = crlf(text)
    for (const size of [1, 7, bytes.length].filter((size) => size > 1 || bytes.length < 1_000)) expect(read(bytes, size).error).toMatch(/^The reply is not HTTP\/1\.1: /)
  })

  test.each([
    ['a head', 'HTTP/1.1 200 OK\na: b\ncontent-length: 4\n\n\r\n\r\n', { status: 200, headers: { a: 'b', 'content-length': '4' }, body: '\r\n\r\n' }],
    ['its last line alone', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\nxy', { body: 'xy' }],
    ['all lines but the last', 'HTTP/1.1 200 OK\ncontent-length: 2\n\r\nxy', { body: 'xy' }],
    ['a word ahead', 'HTTP/1.1 103 Early\n\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx', { status: 200, body: 'x' }],
    ['sizes and trailers', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\nab\n1;x=y\n\n\r\n0\nx: y\n\n', { body: 'ab\n' }],
  ] as const)('whose lines end with LF alone, in %s, is read alike in pieces of any size', (_, text, expected) => {
    const bytes = Buffer.from(text, 'latin1')
    for (let size = 1; size <= bytes.length; size += 1) expect(read(bytes, size)).toMatchObject({ ended: true, reusable: true, error: undefined, ...expected })
  })

  test.each([
    ['the status line', 'HTTP/1.1 200 OK\rcontent-length: 0\r\n\r\n'],
    ['a header', 'HTTP/1.1 200 OK\r\na: b\rcontent-length: 0\r\n\r\n'],
    ['the end of a header', 'HTTP/1.1 200 OK\r\na: b\r\r\ncontent-length: 0\r\n\r\n'],
    ['an empty line', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\r\n\r\nxy'],
    ['the line of a size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\rx\r\n0\r\n\r\n'],
    ['the end of a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r0\r\n\r\n'],
    ['a trailer', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\na: b\rc: d\r\n\r\n'],
  ])('with a CR alone in %s is refused', (_, text) => {
    const bytes = Buffer.from(text, 'latin1')
    for (const size of [1, 7, bytes.length]) expect(read(bytes, size)).toMatchObject({ ended: false, error: expect.stringMatching(/^The reply is not HTTP\/1\.1: /) })
  })

  test.each(['SSH-2.0-OpenSSH_9', '220 mail ready', '\0\x01\x02', 'HTTP/2', 'HTTP/1 200 OK', 'HTTQ', 'http/1.1 200 OK', '\r\nHTTP/1.1'])(
    'that begins with %j is refused as soon as it cannot be one, without an end of line',
    (text) => {
      for (const size of [1, text.length]) expect(read(Buffer.from(text, 'latin1'), size).error).toBe('The reply is not HTTP/1.1: no status line')
    },
  )

  test('without a length ends with its connection', () => {
    const bytes = crlf('HTTP/1.1 200 OK\ncontent-type: x\n\nhello')
    expect(read(bytes, 9)).toMatchObject({ body: 'hello', ended: false })
    expect(read(bytes, 9, true)).toMatchObject({ body: 'hello', ended: true, reusable: false, error: undefined })
  })

  test('that has a length, or chunks, does not', () => {
    expect(read(crlf('HTTP/1.1 200 OK\ncontent-length: 9\n\nhello'), 9, true).ended).toBe(false)
    expect(read(crlf('HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n5\nhello\n'), 9, true).ended).toBe(false)
    expect(read(crlf('HTTP/1.1 200 O'), 9, true).ended).toBe(false)
  })
})
