import { describe, expect, test } from 'vitest'
import { createNdjsonDecoder, createSseDecoder, type EventDecoder, type StreamEvent } from '../../../src/host/providers/sse.ts'

/** What comes out of bytes that arrive in pieces of `size`. */
function decode(decoder: EventDecoder, bytes: Buffer, size: number): readonly StreamEvent[] {
  const events: StreamEvent[] = []
  for (let at = 0; at < bytes.length; at += size) events.push(...decoder.push(bytes.subarray(at, at + size)))
  return [...events, ...decoder.end()]
}

const message = (data: string): StreamEvent => ({ type: 'message', data })

// Most of them are those of the Web Platform Tests for event streams.
const streams: readonly (readonly [string, string, readonly StreamEvent[]])[] = [
  ['one event', 'data: a\n\n', [message('a')]],
  ['lines that end with CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', [message('a'), message('b')]],
  ['lines that end with CR', 'data: a\r\rdata: b\r\r', [message('a'), message('b')]],
  ['lines that end with all of them', 'data: a\rdata: b\r\ndata: c\n\r\n\rdata: d\n\r', [message('a\nb\nc'), message('d')]],
  ['data in several lines', 'data: a\ndata:\ndata: b\n\n', [message('a\n\nb')]],
  ['comments', ': hi\n:\n\n:ping\ndata: a\n: between\ndata: b\n\n', [message('a\nb')]],
  ['one space after the colon and no more', 'data:a\ndata:  b\ndata:\tc\n\n', [message('a\n b\n\tc')]],
  ['a line without a colon', 'data\n\ndata\ndata\n\n', [message(''), message('\n')]],
  ['named events', 'event: error\ndata: a\n\ndata: b\n\nevent:\ndata: c\n\n', [{ type: 'error', data: 'a' }, message('b'), message('c')]],
  ['a name without data', 'event: a\n\ndata: b\n\n', [message('b')]],
  ['fields that mean nothing here', 'id: 1\nretry: 1000\nDATA: x\n data: x\ndata : x\nfoo: bar\ndata: a\n\n', [message('a')]],
  ['a byte order mark', '\uFEFFdata: a\n\n', [message('a')]],
  ['a byte order mark later on', 'data: \uFEFFa\n\n\uFEFFdata: b\n\ndata: c\n\n', [message('\uFEFFa'), message('c')]],
  ['only a byte order mark and an end', '\uFEFF\n\ndata: a\n\n', [message('a')]],
  ['text of all widths', 'data: ü世👋\u2028\u0085\v\fx\n\n', [message('ü世👋\u2028\u0085\v\fx')]],
  ['colons in the data', 'data: {"a":"b: c"}\n\n', [message('{"a":"b: c"}')]],
  ['a last event without its empty line', 'data: a\n\ndata: b\n', [message('a'), message('b')]],
  ['a last line without its end', 'data: a\n\ndata: b', [message('a'), message('b')]],
  ['nothing', '', []],
]

describe('an event stream', () => {
  test.each(streams)('with %s is read alike in chunks of any size', (_, text, events) => {
    const bytes = Buffer.from(text)
    for (let size = 1; size <= bytes.length + 1; size += 1) expect(decode(createSseDecoder(), bytes, size)).toEqual(events)
  })

  test('gives an event as soon as its empty line is there, also when that ends with CR', () => {
    const decoder = createSseDecoder()
    expect(decoder.push(Buffer.from('data: a\r\n\r'))).toEqual([message('a')])
    expect(decoder.push(Buffer.from('\n'))).toEqual([])
    expect(decoder.push(Buffer.from('data: b\r\n\r\n'))).toEqual([message('b')])
  })

  test('with bytes that are no UTF-8 has the replacement character in their place', () => {
    expect(decode(createSseDecoder(), Buffer.from([...Buffer.from('data: a'), 0xff, 0xc3, ...Buffer.from('b\n\n')]), 1)).toEqual([message('a\uFFFD\uFFFDb')])
  })

  test('fails at a line, and at an event of many lines, that is past the bound', () => {
    const piece = Buffer.alloc(1024 * 1024, 'a')
    const line = createSseDecoder()
    expect(() => {
      for (let index = 0; index < 20; index += 1) line.push(piece)
    }).toThrow('16 MiB')
    const event = createSseDecoder()
    const lines = Buffer.from(`data: ${'a'.repeat(1_000)}\n`.repeat(1_000))
    expect(() => {
      for (let index = 0; index < 20; index += 1) event.push(lines)
    }).toThrow('16 MiB')
  })

  test('costs no more for a line that comes in a thousand chunks', () => {
    const decoder = createSseDecoder()
    decoder.push(Buffer.from('data: '))
    const piece = Buffer.alloc(4_096, 'a')
    for (let index = 0; index < 4_000; index += 1) decoder.push(piece)
    expect(decoder.push(Buffer.from('\n\n'))[0]!.data.length).toBe(4_000 * 4_096)
  })
})

test.each([
  ['{"a":1}\n{"b":2}\n', ['{"a":1}', '{"b":2}']],
  ['{"a":1}\r\n\r\n  \n{"b":"ü"}', ['{"a":1}', '{"b":"ü"}']],
  ['', []],
])('lines of JSON %j are events each', (text, data) => {
  const bytes = Buffer.from(text)
  for (let size = 1; size <= bytes.length + 1; size += 1) expect(decode(createNdjsonDecoder(), bytes, size)).toEqual(data.map(message))
})
