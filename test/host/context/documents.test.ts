import { appendFileSync, openSync, closeSync, ftruncateSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { openDocuments, type ContextOption, type Documents, type OpenDocumentsOptions } from '../../../src/host/context/documents.ts'
import { maxReadUnits } from '../../../src/protocol.ts'
import { folderWith } from './folder.ts'

const everything = Number.MAX_SAFE_INTEGER

async function documents(context: ContextOption): Promise<Documents> {
  const opened = await openDocuments(context)
  onTestFinished(() => opened.close())
  return opened
}

/** One document whose file has these bytes. */
function fileOf(content: string | Uint8Array): Promise<Documents> {
  return documents(join(folderWith({ 'text.txt': content }), 'text.txt'))
}

/** The whole text, by adjacent slices of a length. */
async function bySlices(opened: Documents, units: number): Promise<string> {
  let text = ''
  const length = await opened.charCount(0)
  for (let from = 0; from < length; from += units) text += await opened.slice(0, from, from + units)
  return text
}

async function byBlocks(opened: Documents): Promise<{ readonly text: string; readonly bytes: number; readonly announced: number }> {
  const { bytes, blocks } = await opened.readAll(0)
  let text = ''
  let length = 0
  for await (const block of blocks) {
    // Each block on its own.
    text += new TextDecoder('utf-8', { ignoreBOM: true }).decode(block)
    length += block.length
  }
  return { text, bytes: length, announced: bytes }
}

/** What `lines` should give. */
function linesOf(text: string): string[] {
  const lines = text.split('\n').map((line, index, all) => (index < all.length - 1 && line.endsWith('\r') ? line.slice(0, -1) : line))
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** The same everywhere: xorshift. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

function repeated(pattern: string, units: number): string {
  return pattern.repeat(Math.ceil(units / pattern.length))
}

const utf16le = (text: string): Buffer => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])
const utf16be = (text: string): Buffer => utf16le(text).swap16()

/** Invalid bytes of every kind, thick enough to lie across every border. */
function brokenBytes(): Buffer {
  const random = randomNumbers(7)
  const pool = [0x41, 0x0a, 0x0d, 0x80, 0x8f, 0xa0, 0xbf, 0xc0, 0xc3, 0xe0, 0xe2, 0xed, 0xf0, 0x9f, 0x90, 0xf4, 0xff, 0xef, 0xbb]
  return Buffer.from(Uint8Array.from({ length: 300_000 }, () => pool[random(pool.length)] ?? 0))
}

const texts: Readonly<Record<string, { readonly bytes: Uint8Array; readonly text: string }>> = Object.fromEntries(
  (
    [
      ['an empty file', '', ''],
      ['one character', 'a', 'a'],
      ['ASCII of several segments', repeated('The quick brown fox\n', 3_000_000), undefined],
      ['one line of several segments', repeated('abcdefghi ', 400_000), undefined],
      ['CRLF', repeated('one\r\ntwo\r\n\r\nthree\rstill three\r\n', 300_000), undefined],
      ['CRLF across every border', repeated('x\r\n', 400_000), undefined],
      ['no final newline', 'a\nb', 'a\nb'],
      ['a final carriage return', 'a\r\nb\r', 'a\r\nb\r'],
      ['only newlines', '\n'.repeat(100_000), undefined],
      ['pairs', repeated('🎉', 300_000), undefined],
      ['pairs at odd places', `x${repeated('🎉', 300_000)}`, undefined],
      ['three bytes a character', repeated('日本語のテキスト。\n', 300_000), undefined],
      ['mixed', repeated('naïve 🎉🎉 日本\r\nxyz ', 1_500_000), undefined],
      ['U+FEFF and NUL in the middle', `${'a'.repeat(9000)}\0\ufeff${'b'.repeat(70_000)}\ufeff`, undefined],
      ['a byte order mark', Buffer.from('\ufeffmarked\n\ufefftwice'), 'marked\n\ufefftwice'],
      ['nothing but a byte order mark', Buffer.from('\ufeff'), ''],
      ['UTF-16 LE', utf16le(repeated('naïve 🎉\r\n日本\n', 300_000)), repeated('naïve 🎉\r\n日本\n', 300_000)],
      ['UTF-16 BE', utf16be(repeated('x🎉🎉🎉 ਊ\n', 300_000)), repeated('x🎉🎉🎉 ਊ\n', 300_000)],
      ['UTF-16 with half a character at the end', Buffer.concat([utf16le('ab'), Buffer.from([0x41])]), 'ab\ufffd'],
      ['UTF-16 with halves of pairs', utf16le(repeated('a\ud83d\ud83d\ude00\ude00', 200_000)), repeated('a\ufffd😀\ufffd', 200_000)],
      ['a line of 10 MB', `first\n${repeated('long ünd 🎉 ', 10_000_000)}\nlast`, undefined],
      ['combining marks', repeated('e\u0301a\u0308\u0323 क्षि 👩‍👩‍👧\n', 200_000), undefined],
      ['NULs behind what tells text from binary', `${'a\n'.repeat(5_000)}${'\0\0x\n'.repeat(20_000)}`, undefined],
      ['UTF-16 with an odd length and half a pair at its end', Buffer.concat([utf16le(`${'wide\n'.repeat(40_000)}\ud83d`), Buffer.from([0x3d])]), `${'wide\n'.repeat(40_000)}\ufffd`],
      ['invalid UTF-8', brokenBytes(), undefined],
      ['nothing but continuations', Buffer.alloc(200_000, 0x80), undefined],
      ['a character that breaks off at the end', Buffer.concat([Buffer.from('x'.repeat(65_536)), Buffer.from([0xf0, 0x9f, 0x8e])]), undefined],
    ] as const
  ).map(([name, content, text]) => {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    return [name, { bytes, text: text ?? new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) }]
  }),
)

test.for(Object.keys(texts))('read in parts, %s is what it is as a whole', async (name) => {
  const { bytes, text } = texts[name] ?? { bytes: Buffer.alloc(0), text: '' }
  const opened = await fileOf(bytes)
  expect(opened.list[0]?.bytes).toBe(bytes.length)
  expect((await bySlices(opened, 9_973)) === text).toBe(true)
  expect(await opened.charCount(0)).toBe(text.length)
  const lines = linesOf(text)
  expect(await opened.lineCount(0)).toBe(lines.length)
  const whole = await byBlocks(opened)
  expect(whole.text === text).toBe(true)
  expect(whole.announced).toBe(whole.bytes)
  const random = randomNumbers(3)
  for (let round = 0; round < 40; round++) {
    const from = random(lines.length + 2) + 1
    const count = random(round % 5 === 0 ? 5_000 : 5)
    const got = await opened.lines(0, from, count).catch((error: unknown) => error)
    if (got instanceof RangeError) {
      expect((lines[from - 1] ?? '').length).toBeGreaterThanOrEqual(maxReadUnits)
    } else {
      expect(got).toEqual(linesThatFit(lines.slice(from - 1, from - 1 + count)))
    }
  }
})

/** As many of them as one answer holds. */
function linesThatFit(lines: readonly string[]): string[] {
  let units = 0
  return lines.slice(0, lines.findIndex((line) => (units += line.length + 1) > maxReadUnits) >>> 0)
}

test.for(Object.keys(texts))('short slices of %s at random places are those of String.slice, but for pairs, which stay whole', async (name) => {
  const { bytes, text } = texts[name] ?? { bytes: Buffer.alloc(0), text: '' }
  const opened = await fileOf(bytes)
  const random = randomNumbers(5)
  const whole = (place: number): number => (/[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(Math.max(0, place - 1), place + 1)) && place > 0 ? place - 1 : place)
  for (let round = 0; round < 400; round++) {
    // Far from the one before, near to it, about the borders of segments, and about both ends.
    const from = [random(text.length + 1), random(300), Math.max(0, text.length - random(300)), 65_530 * (1 + random(4)) + random(20)][round % 4] ?? 0
    const to = from + random(round % 3 === 0 ? 4 : 3_000)
    expect({ from, to, is: (await opened.slice(0, from, to)) === text.slice(whole(from), whole(to)) }).toEqual({ from, to, is: true })
  }
})

test('what is declared of a file, of all files or of stdin is how they are read, and a byte order mark counts for more', async () => {
  const cwd = folderWith({ 'old.txt': Buffer.from('caf\xe9\nna\xefve', 'latin1'), 'marked.txt': '\ufeffünï', 'wide.txt': Buffer.from('wide 🎉', 'utf16le') })
  const read = async (context: ContextOption, options: OpenDocumentsOptions = {}): Promise<string> => {
    await using opened = await openDocuments(context, { cwd, ...options })
    return await opened.slice(0, 0, 100)
  }
  expect(await read('old.txt')).toBe('caf\ufffd\nna\ufffdve')
  expect(await read({ path: 'old.txt', encoding: 'latin1' })).toBe('café\nnaïve')
  expect(await read({ renamed: { path: 'old.txt', encoding: 'latin1' } })).toBe('café\nnaïve')
  expect(await read('old.txt', { encoding: 'latin1' })).toBe('café\nnaïve')
  expect(await read({ path: pathToFileURL(join(cwd, 'old.txt')), encoding: 'latin1' })).toBe('café\nnaïve')
  expect(await read('-', { encoding: 'latin1', stdin: Readable.from([Buffer.from([0xe9])]) })).toBe('é')
  expect(await read('marked.txt', { encoding: 'latin1' })).toBe('ünï')
  expect(await read({ path: 'wide.txt', encoding: 'utf-16le' })).toBe('wide 🎉')
  await expect(openDocuments('wide.txt', { cwd })).rejects.toMatchObject({ code: 'CONFIG' })
  await expect(openDocuments({ path: 'old.txt', encoding: 'latin2' as 'latin1' })).rejects.toThrow("Expected `context.encoding` to be 'utf-8', 'utf-16le', 'utf-16be' or 'latin1', got 'latin2'")
  await expect(openDocuments({ path: 'old.txt', encoding: 5 as unknown as 'latin1' })).rejects.toThrow(TypeError)
})

test('a file in Latin-1 is read at any place by its characters', async () => {
  const bytes = Buffer.from(repeated('äöü ÿ\xa0\x85\r\n', 300_000), 'latin1')
  await using opened = await openDocuments({ path: join(folderWith({ 'a.txt': bytes }), 'a.txt'), encoding: 'latin1' })
  const text = bytes.toString('latin1')
  expect((await bySlices(opened, 9_973)) === text).toBe(true)
  expect(await opened.lineCount(0)).toBe(linesOf(text).length)
  const whole = await byBlocks(opened)
  expect([whole.text === text, whole.announced]).toEqual([true, whole.bytes])
})

test('a slice is that of String.slice, negative indexes included, on a text that was not read before', async () => {
  const text = `${'0123456789'.repeat(20_000)}the end`
  const folder = folderWith({ 'a.txt': text })
  for (const [from, to] of [
    [0, 0],
    [0, 5],
    [-3, everything],
    [-10, -4],
    [-1e9, 7],
    [5, 2],
    [199_999, 200_002],
    [200_007, 200_008],
    [1e9, 2e9],
    [150_000, -50_001],
    [0, -200_006],
    [0, -1e9],
  ] as const) {
    await using opened = await openDocuments(join(folder, 'a.txt'))
    expect(await opened.slice(0, from, to)).toBe(text.slice(from, to))
  }
})

test('an index between the halves of a pair moves before it, so that adjacent slices join', async () => {
  const opened = await documents({ name: 'pairs', text: 'a🎉b' })
  expect(await opened.slice(0, 0, 2)).toBe('a')
  expect(await opened.slice(0, 2, 4)).toBe('🎉b')
  expect(await opened.slice(0, 2, 3)).toBe('🎉')
  expect(await opened.slice(0, 1, 2)).toBe('')
  expect(await opened.slice(0, -2, everything)).toBe('🎉b')
})

test('adjacent slices of the greatest length join at pairs, and a longer one is a RangeError', async () => {
  const text = `x${repeated('🎉', 3 * maxReadUnits)}`
  const opened = await fileOf(text)
  expect((await bySlices(opened, maxReadUnits)) === text).toBe(true)
  await expect(opened.slice(0, 0, maxReadUnits + 10)).rejects.toThrow(RangeError)
  await expect(opened.slice(0, 0, everything)).rejects.toThrow(RangeError)
})

test('of many lines come as many as an answer holds, and a longer line alone is a RangeError that its line starts help with', async () => {
  const long = 'y'.repeat(maxReadUnits)
  const text = `${'x'.repeat(99_999)}\n`.repeat(20) + `${long}\r\nlast`
  const opened = await fileOf(text)
  expect(await opened.lines(0, 1, 100)).toHaveLength(5)
  expect(await opened.lines(0, 20, 100)).toHaveLength(1)
  await expect(opened.lines(0, 21, 1)).rejects.toThrow(RangeError)
  const start = await opened.lineStart(0, 21)
  const end = await opened.lineStart(0, 22)
  expect(await opened.slice(0, start, start + maxReadUnits)).toBe(long)
  expect(end).toBe(start + long.length + 2)
  expect(await opened.lines(0, 22, 5)).toEqual(['last'])
  expect(await opened.lineStart(0, 23)).toBe(text.length)
  expect(await opened.lines(0, 23, 5)).toEqual([])
})

test('only as much of a huge file is read as is asked for', async () => {
  const folder = folderWith({ 'huge.txt': `${'begin '.repeat(2_000)}\n` })
  const path = join(folder, 'huge.txt')
  const handle = openSync(path, 'r+')
  ftruncateSync(handle, 6_000_000_000)
  closeSync(handle)
  const opened = await documents(path)
  expect(opened.list[0]?.bytes).toBe(6_000_000_000)
  expect(opened.contextKind(1e9)).toBe('tooLarge')
  const start = performance.now()
  expect(await opened.slice(0, 3, 11)).toBe('in begin')
  expect(await opened.slice(0, 20_000_000, 20_000_002)).toBe('\0\0')
  expect((await opened.lines(0, 1, 1))[0]).toHaveLength(12_000)
  // Six gigabytes take seconds on any machine.
  expect(performance.now() - start).toBeLessThan(1_000)
})

const changes: Readonly<Record<string, (path: string) => void>> = {
  'is longer': (path) => appendFileSync(path, 'more'),
  'is shorter': (path) => writeFileSync(path, 'x'),
  'has the same size and another time': (path) => utimesSync(path, 1, 1),
  'was replaced by another': (path) => {
    writeFileSync(`${path}.new`, 'X'.repeat(statSync(path).size))
    utimesSync(`${path}.new`, 5, 5)
    renameSync(`${path}.new`, path)
  },
  'is gone': (path) => rmSync(path),
}

test.for(Object.keys(changes))('a file that %s since it was opened is CHANGED in every read, also of what was read before', async (name) => {
  const path = join(folderWith({ 'a.txt': 'line\n'.repeat(1_000) }), 'a.txt')
  const opened = await documents(path)
  expect(await opened.slice(0, 0, 4)).toBe('line')
  changes[name]?.(path)
  const reads = [
    () => opened.slice(0, 0, 4),
    () => opened.slice(0, 1_000, 1_004),
    () => opened.lines(0, 1, 1),
    () => opened.lineCount(0),
    () => opened.charCount(0),
    () => opened.chunk(0, { from: 0, chars: 10, overlap: 0, on: 'line' }),
    () => byBlocks(opened),
  ]
  for (const read of reads) await expect(read()).rejects.toMatchObject({ code: 'CHANGED', message: expect.stringContaining('a.txt') })
})

test.for([
  ['no object', null],
  ['no object', 'slice'],
  ['no kind', {}],
  ['no known kind', { what: 'delete' }],
  ['an inherited kind', { what: 'constructor' }],
  ['no number', { what: 'slice', from: '0', to: 1 }],
  ['no second number', { what: 'slice', from: 0 }],
  ['a fraction', { what: 'slice', from: 0.5, to: 1 }],
  ['NaN', { what: 'slice', from: Number.NaN, to: 1 }],
  ['Infinity', { what: 'slice', from: 0, to: Infinity }],
  ['1e308', { what: 'slice', from: 0, to: 1e308 }],
  ['line 0', { what: 'lines', from: 0, count: 1 }],
  ['a negative count', { what: 'lines', from: 1, count: -1 }],
  ['line -1', { what: 'lineStart', line: -1 }],
  ['no characters', { what: 'chunk', from: 0, chars: 0, overlap: 0, on: 'char' }],
  ['a negative start', { what: 'chunk', from: -1, chars: 1, overlap: 0, on: 'char' }],
  ['an overlap of all', { what: 'chunk', from: 0, chars: 5, overlap: 5, on: 'char' }],
  ['an unknown unit', { what: 'chunk', from: 0, chars: 5, overlap: 0, on: 'word' }],
  ['a unit that is a list', { what: 'chunk', from: 0, chars: 5, overlap: 0, on: ['char'] }],
])('a read with %s is a TypeError or RangeError: %j', async ([, read]) => {
  const opened = await documents({ name: 'a', text: 'abc' })
  const error = await opened.read(0, read).catch((thrown: unknown) => thrown)
  expect(error instanceof TypeError || error instanceof RangeError).toBe(true)
})

test.for([-1, 1, 0.5, Number.NaN, 1e308, Infinity, '0', null, undefined])('the index %s, which names no document, is a RangeError', async (doc) => {
  const opened = await documents({ name: 'a', text: 'abc' })
  await expect(opened.read(doc as number, { what: 'charCount' })).rejects.toThrow(RangeError)
})

test('a read in the form of the wire gives what the method of its name gives', async () => {
  const opened = await documents({ name: 'a', text: 'one\ntwo\nthree' })
  expect(await opened.read(0, { what: 'slice', from: -0, to: 3 })).toBe('one')
  expect(await opened.read(-0, { what: 'lines', from: 2, count: 5 })).toEqual(['two', 'three'])
  expect(await opened.read(0, { what: 'lineStart', line: 2 })).toBe(4)
  expect(await opened.read(0, { what: 'chunk', from: 0, chars: 6, overlap: 0, on: 'line' })).toEqual({ text: 'one\n', from: 0, to: 4, next: 4 })
  expect(await opened.read(0, { what: 'charCount' })).toBe(13)
  expect(await opened.read(0, { what: 'lineCount' })).toBe(3)
})

test('an aborted read rejects with the reason of its signal', async () => {
  const opened = await fileOf('x'.repeat(100_000))
  const controller = new AbortController()
  const reading = opened.read(0, { what: 'charCount' }, { signal: controller.signal })
  const reason = new Error('enough')
  controller.abort(reason)
  await expect(reading).rejects.toBe(reason)
  await expect(opened.read(0, { what: 'charCount' }, { signal: controller.signal })).rejects.toBe(reason)
})

test('after close every read is DISPOSED, and so is one on its way', async () => {
  const opened = await fileOf('x\n'.repeat(3_000_000))
  const reading = opened.lineCount(0)
  await opened.close()
  await opened.close()
  await expect(reading).rejects.toMatchObject({ code: 'DISPOSED' })
  await expect(opened.slice(0, 0, 1)).rejects.toMatchObject({ code: 'DISPOSED' })
  await expect(opened.readAll(0)).rejects.toMatchObject({ code: 'DISPOSED' })
})

test('a thousand reads at once are all right', async () => {
  const text = repeated('ünïcödé 🎉 text\n', 500_000)
  const opened = await fileOf(text)
  const random = randomNumbers(11)
  const places = Array.from({ length: 1_000 }, () => random(text.length))
  const slices = await Promise.all(places.map((place) => opened.slice(0, place, place + 100)))
  const unpaired = (at: number): number => (/[\udc00-\udfff]/.test(text[at] ?? '') ? at - 1 : at)
  expect(slices).toEqual(places.map((place) => text.slice(unpaired(place), unpaired(place + 100))))
})

test('a large string is read by range like a file', async () => {
  const text = repeated('ünïcödé 🎉🎉 text\r\n', 3_000_000)
  const opened = await documents({ name: 'large', text })
  expect((await bySlices(opened, maxReadUnits)) === text).toBe(true)
  expect(await opened.lineCount(0)).toBe(linesOf(text).length)
  expect(await opened.lines(0, 150_000, 3)).toEqual(linesOf(text).slice(149_999, 150_002))
  const whole = await byBlocks(opened)
  expect(whole.text === text).toBe(true)
  expect(whole.announced).toBe(whole.bytes)
})

test('a consumer that stops in the middle of a whole document leaves nothing behind', async () => {
  const folder = folderWith({ 'a.txt': 'x'.repeat(5_000_000) })
  const opened = await documents(join(folder, 'a.txt'))
  const { blocks } = await opened.readAll(0)
  for await (const block of blocks) {
    expect(block.length).toBeGreaterThan(0)
    break
  }
  expect(await opened.slice(0, 0, 1)).toBe('x')
})

test('what is read of a document is what node reads of it, for a real file', async () => {
  const path = join(import.meta.dirname, '../../../node_modules/typescript/package.json')
  const text = readFileSync(path, 'utf8')
  const opened = await documents(path)
  expect(await opened.slice(0, 0, everything)).toBe(text)
  expect(await opened.lines(0, 1, everything)).toEqual(linesOf(text))
})
