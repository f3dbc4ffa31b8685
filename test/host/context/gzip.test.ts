import { utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { type Documents, openDocuments } from '../../../src/host/context/documents.ts'
import { holdGzip } from '../../../src/host/context/gzip.ts'
import { folderWith } from './folder.ts'

const text = 'naïve 🎉 line\r\n'.repeat(50_000)

async function documents(context: Parameters<typeof openDocuments>[0], cwd: string): Promise<Documents> {
  const opened = await openDocuments(context, { cwd })
  onTestFinished(() => opened.close())
  return opened
}

test('a packed file is its text: as large, counted, and read at any place', async () => {
  const cwd = folderWith({ 'a.log.gz': gzipSync(text), 'small.gz': gzipSync('small'), 'empty.gz': gzipSync(''), 'unnamed': gzipSync('by its content') })
  const opened = await documents(['a.log.gz', 'small.gz', 'empty.gz', 'unnamed'], cwd)
  expect(opened.list.map(({ name, bytes }) => [name, bytes])).toEqual([['a.log.gz', Buffer.byteLength(text)], ['small.gz', 5], ['empty.gz', 0], ['unnamed', 14]])
  expect([await opened.charCount(0), await opened.lineCount(0)]).toEqual([text.length, 50_000])
  expect(await opened.slice(0, 400_003, 400_103)).toBe(text.slice(400_003, 400_103))
  expect(await opened.lines(0, 49_999, 5)).toEqual(['naïve 🎉 line', 'naïve 🎉 line'])
  expect(await opened.slice(1, 0, 10)).toBe('small')
  expect(await opened.charCount(2)).toBe(0)
  expect(await opened.slice(3, 0, 20)).toBe('by its content')
})

test('a packed file of several members, as concatenated logs are, is all of them', async () => {
  const cwd = folderWith({ 'a.gz': Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]) })
  expect(await (await documents('a.gz', cwd)).slice(0, 0, 20)).toBe('one\ntwo\n')
})

test('what is packed may be UTF-16, or in an encoding that is declared', async () => {
  const cwd = folderWith({ 'wide.gz': gzipSync(Buffer.from('\ufeffwide 🎉', 'utf16le')), 'old.gz': gzipSync(Buffer.from('caf\xe9', 'latin1')) })
  const opened = await documents(['wide.gz', { path: 'old.gz', encoding: 'latin1' }], cwd)
  expect([await opened.slice(0, 0, 20), await opened.slice(1, 0, 20)]).toEqual(['wide 🎉', 'café'])
})

const broken: Readonly<Record<string, { readonly bytes: Uint8Array; readonly said: string }>> = {
  'that is cut off': { bytes: gzipSync(text).subarray(0, 500), said: 'cut off' },
  'whose header is cut off': { bytes: gzipSync(text).subarray(0, 5), said: 'cut off' },
  'that is damaged': { bytes: damaged(gzipSync(text)), said: 'incorrect data check' },
  'whose size is wrong': { bytes: Buffer.concat([gzipSync('text').subarray(0, -4), Buffer.from([9, 9, 9, 9])]), said: 'incorrect length check' },
  'that is empty': { bytes: Buffer.alloc(0), said: 'empty' },
  'that holds a binary file': { bytes: gzipSync(Buffer.from([1, 0, 2])), said: 'holds a binary file' },
  'that is something else': { bytes: Buffer.from([0x50, 0x4b, 3, 4, 0, 0]), said: 'no gzip file' },
}

/** The sum over the text is not what stands at its end. */
function damaged(bytes: Buffer): Buffer {
  const at = bytes.length - 8
  bytes[at] = (bytes[at] ?? 0) ^ 0xff
  return bytes
}

test.for(Object.keys(broken))('a .gz file %s is CONFIG where it is named, with what is wrong, and is left out of a folder', async (name) => {
  const { bytes, said } = broken[name] ?? { bytes: Buffer.alloc(0), said: '' }
  const cwd = folderWith({ 'd/a.gz': bytes, 'd/b.txt': 'whole' })
  await expect(openDocuments('d/a.gz', { cwd })).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringMatching(new RegExp(`d/a\\.gz.*${said}`)) })
  const opened = await documents('d', cwd)
  expect(opened.list.map(({ name }) => name)).toEqual(['d/b.txt'])
  expect(opened.skipped.map(({ name }) => name)).toEqual(['d/a.gz'])
})

test('what comes packed from standard input is its text, however it comes', async () => {
  const bytes = gzipSync(text)
  for (const chunks of [[bytes], Array.from(bytes.subarray(0, 5), (byte) => Buffer.of(byte)).concat([bytes.subarray(5)])]) {
    await using opened = await openDocuments('-', { stdin: Readable.from(chunks) })
    expect(opened.list.map(({ name, bytes: size }) => [name, size])).toEqual([['-', Buffer.byteLength(text)]])
    expect(await opened.slice(0, 400_003, 400_103)).toBe(text.slice(400_003, 400_103))
  }
  await expect(openDocuments('-', { stdin: Readable.from([bytes.subarray(0, 500)]) })).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringContaining('cut off') })
  await expect(openDocuments('-', { stdin: Readable.from([gzipSync(Buffer.from([1, 0, 2]))]) })).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringContaining('holds a binary file') })
  // As short as what it would be known by, and shorter.
  for (const short of ['', 'a', 'ab', 'abc', '\u001f']) {
    await using opened = await openDocuments('-', { stdin: Readable.from([Buffer.from(short)]) })
    expect(await opened.slice(0, 0, 10)).toBe(short)
  }
})

test('a text that is only named .gz is read as it is', async () => {
  expect(await (await documents('a.gz', folderWith({ 'a.gz': 'unpacked already' }))).slice(0, 0, 20)).toBe('unpacked already')
})

test('what unpacks to more than there is room for is stopped', async () => {
  const path = join(folderWith({ 'bomb.gz': gzipSync(Buffer.alloc(20_000_000)) }), 'bomb.gz')
  await expect(holdGzip(path, 1_000_000)).rejects.toThrow('unpacks to more than 1000000 bytes')
  const whole = await holdGzip(path, 20_000_000)
  expect(whole.size).toBe(20_000_000)
  await whole.close()
})

test('a packed file that changes after it was opened is CHANGED', async () => {
  const cwd = folderWith({ 'a.gz': gzipSync(text) })
  const opened = await documents('a.gz', cwd)
  expect(await opened.slice(0, 0, 5)).toBe('naïve')
  writeFileSync(join(cwd, 'a.gz'), gzipSync('other'))
  await expect(opened.slice(0, 0, 5)).rejects.toMatchObject({ code: 'CHANGED', message: expect.stringContaining('a.gz') })
  utimesSync(join(cwd, 'a.gz'), 1, 1)
  await expect(opened.lineCount(0)).rejects.toMatchObject({ code: 'CHANGED' })
})
