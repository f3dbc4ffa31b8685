import { execFileSync } from 'node:child_process'
import { chmodSync, createReadStream, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { openDocuments, type ContextOption, type Documents, type OpenDocumentsOptions } from '../../../src/host/context/documents.ts'
import { folderWith } from './folder.ts'

async function documents(context: ContextOption, options: OpenDocumentsOptions = {}): Promise<Documents> {
  const opened = await openDocuments(context, options)
  onTestFinished(() => opened.close())
  return opened
}

async function names(context: ContextOption, cwd: string): Promise<string[]> {
  return (await documents(context, { cwd })).list.map(({ name }) => name)
}

const everything = Number.MAX_SAFE_INTEGER

test('a plain path is one document, named as given, and context is a string', async () => {
  const cwd = folderWith({ 'a.txt': 'hello' })
  const opened = await documents('a.txt', { cwd })
  expect(opened.list).toMatchObject([{ name: 'a.txt', bytes: 5 }])
  expect(opened.contextKind(5)).toBe('string')
  expect(opened.contextKind(4)).toBe('tooLarge')
  expect(await opened.slice(0, 0, everything)).toBe('hello')
})

test('a list of one plain path makes context a string, a list of two an array', async () => {
  const cwd = folderWith({ 'a.txt': 'a', 'b.txt': 'b' })
  expect((await documents(['a.txt'], { cwd })).contextKind(100)).toBe('string')
  expect((await documents(['a.txt', 'b.txt'], { cwd })).contextKind(100)).toBe('array')
  expect((await documents([], { cwd })).contextKind(100)).toBe('none')
})

test('a glob or a directory makes context an array even when it gives one file', async () => {
  const cwd = folderWith({ 'd/a.txt': 'a' })
  expect((await documents('d/*.txt', { cwd })).contextKind(100)).toBe('array')
  expect((await documents('d', { cwd })).contextKind(100)).toBe('array')
})

test('a named text is a document, and a half of a surrogate pair in it becomes U+FFFD', async () => {
  const opened = await documents({ name: 'note', text: 'a\ud800b' })
  expect(opened.list).toMatchObject([{ name: 'note', bytes: 5, origin: { type: 'text' } }])
  expect(opened.contextKind(100)).toBe('string')
  expect(await opened.slice(0, 0, 10)).toBe('a\ufffdb')
})

test('the keys of an object name the documents, and are the folder of those that a glob gives', async () => {
  const cwd = folderWith({ 'a.txt': 'a', 'd/b.txt': 'b', 'd/c.txt': 'c' })
  const opened = await documents({ first: 'a.txt', more: 'd/*.txt', note: { name: 'ignored', text: 'n' }, list: ['a.txt'] }, { cwd })
  expect(opened.list.map(({ name }) => name)).toEqual(['first', 'more/d/b.txt', 'more/d/c.txt', 'note', 'list'])
})

test('a file: URL is read, as text or as URL, also when its path looks like a glob', async () => {
  const cwd = folderWith({ '[x] y.txt': 'url' })
  const url = pathToFileURL(join(cwd, '[x] y.txt'))
  for (const context of [url, url.href]) expect(await (await documents(context)).slice(0, 0, 3)).toBe('url')
})

test('a path that exists wins over its reading as a glob', async () => {
  const cwd = folderWith({ '[x].txt': 'literal', 'x.txt': 'glob' })
  const opened = await documents('[x].txt', { cwd })
  expect(await opened.slice(0, 0, 100)).toBe('literal')
  expect(opened.contextKind(100)).toBe('string')
})

test('a glob gives files only, sorted by code units, in the form that was asked for', async () => {
  const cwd = folderWith({ 'd/b.txt': '', 'd/a.txt': '', 'd/B.txt': '', 'd/10.txt': '', 'd/9.txt': '', 'd/sub.txt/x.txt': '' })
  expect(await names('d/*.txt', cwd)).toEqual(['d/10.txt', 'd/9.txt', 'd/B.txt', 'd/a.txt', 'd/b.txt'])
  expect(await names('./d/{a,b}.txt', cwd)).toEqual(['d/a.txt', 'd/b.txt'])
  expect(await names(join(cwd, 'd/[ab].txt'), '/')).toEqual([join(cwd, 'd/a.txt'), join(cwd, 'd/b.txt')])
  expect(await names('../d/a*.txt', join(cwd, 'd'))).toEqual(['../d/a.txt'])
  expect(await names('**/x.txt', cwd)).toEqual(['d/sub.txt/x.txt'])
})

test('a directory is walked to its depth without node_modules, .git and hidden files', async () => {
  const cwd = folderWith({
    'p/z.txt': '',
    'p/a/b/c.txt': '',
    'p/.env': '',
    'p/.git/config': '',
    'p/node_modules/m/index.js': '',
    'p/a/node_modules/n/index.js': '',
  })
  expect(await names('p', cwd)).toEqual(['p/a/b/c.txt', 'p/z.txt'])
  expect(await names('./p/', cwd)).toEqual(['p/a/b/c.txt', 'p/z.txt'])
  expect(await names('.', join(cwd, 'p'))).toEqual(['a/b/c.txt', 'z.txt'])
  expect(await names('p/node_modules', cwd)).toEqual(['p/node_modules/m/index.js'])
})

test('a path that comes twice is loaded once, at its first place', async () => {
  const cwd = folderWith({ 'a.txt': '', 'b.txt': '' })
  expect(await names(['b.txt', '*.txt', './a.txt', pathToFileURL(join(cwd, 'a.txt'))], cwd)).toEqual(['b.txt', 'a.txt'])
})

test('links to directories that lead around are not walked for ever, and links to files are read', async () => {
  const cwd = folderWith({ 'd/a.txt': 'a', 'other.txt': 'o' })
  symlinkSync('..', join(cwd, 'd/up'))
  symlinkSync('../other.txt', join(cwd, 'd/link.txt'))
  symlinkSync('self', join(cwd, 'd/self'))
  const opened = await documents('d', { cwd })
  expect(opened.list.map(({ name }) => name)).toEqual(['d/a.txt', 'd/link.txt'])
  expect(opened.skipped).toEqual([{ name: 'd/self', reason: 'unreadable' }])
  expect(await names('**/a.txt', cwd)).toEqual(['d/a.txt'])
})

test('a `*` of a glob goes through a linked directory, as in a shell', async () => {
  const cwd = folderWith({ 'store/p/LICENSE': '' })
  mkdirSync(join(cwd, 'node_modules'))
  symlinkSync('../store/p', join(cwd, 'node_modules/p'))
  expect(await names('node_modules/*/LICENSE*', cwd)).toEqual(['node_modules/p/LICENSE'])
})

test.for([
  ['missing.txt', 'missing.txt'],
  ['*.nothing', '*.nothing'],
  ['empty', 'empty'],
  ['hidden', 'hidden'],
  ['a.txt/below', 'a.txt/below'],
  ['file:///no/such/[file]', '/no/such/[file]'],
  ['a long text\n'.repeat(1000), 'pass {name, text}'],
])('%j, which gives no file, is NOT_FOUND and named', async ([context, named]) => {
  const cwd = folderWith({ 'a.txt': '', 'hidden/.x': '' })
  mkdirSync(join(cwd, 'empty'))
  await expect(openDocuments(context as string, { cwd })).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining(named as string) })
})

test.for([[''], ['a\0b'], [5], [null], [true], [[5]], [[null]], [{ a: 5 }], [{ a: { b: 'c' } }], [new URL('https://example.com/')], [{ a: new URL('data:,x') }]])(
  '%j is no context: TypeError or RangeError',
  async ([context]) => {
    const error = await openDocuments(context as ContextOption).catch((thrown: unknown) => thrown)
    expect(error instanceof TypeError || error instanceof RangeError).toBe(true)
    expect(String(error)).toMatch(/^(?:TypeError|RangeError): Expected `context/)
  },
)

test('a binary file is skipped and listed in a glob or directory, and CONFIG when it is named', async () => {
  const cwd = folderWith({ 'd/a.txt': 'a', 'd/b.bin': Buffer.from([1, 2, 0, 3]), 'd/late.txt': `${'x'.repeat(9000)}\0` })
  for (const context of ['d', 'd/*']) {
    const opened = await documents(context, { cwd })
    expect(opened.list.map(({ name }) => name)).toEqual(['d/a.txt', 'd/late.txt'])
    expect(opened.skipped).toEqual([{ name: 'd/b.bin', reason: 'binary' }])
  }
  await expect(openDocuments('d/b.bin', { cwd })).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringContaining('d/b.bin') })
  await expect(openDocuments('-', { stdin: Readable.from([Buffer.from([0])]) })).rejects.toMatchObject({ code: 'CONFIG' })
})

test.skipIf(process.getuid?.() === 0)('a file without permission is skipped in a glob, and CONFIG when it is named', async () => {
  const cwd = folderWith({ 'a.txt': 'a', 'b.txt': 'b' })
  chmodSync(join(cwd, 'b.txt'), 0)
  expect((await documents('*.txt', { cwd })).skipped).toEqual([{ name: 'b.txt', reason: 'unreadable' }])
  await expect(openDocuments('b.txt', { cwd })).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringContaining('b.txt') })
})

test('a link that leads to itself is CONFIG when it is named', async () => {
  const cwd = folderWith({})
  symlinkSync('self', join(cwd, 'self'))
  await expect(openDocuments('self', { cwd })).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringContaining('self') })
})

test('`-` is stdin, read once and to its end, whatever its chunks', async () => {
  const opened = await documents(['-', '-'], { stdin: Readable.from([Buffer.from('zwölf').subarray(0, 3), Buffer.from('zwölf').subarray(3), ' more']) })
  expect(opened.list).toMatchObject([{ name: '-', bytes: 11, origin: { type: 'stdin' } }])
  expect(opened.contextKind(100)).toBe('string')
  expect(await opened.slice(0, 0, 100)).toBe('zwölf more')
})

test('`-` is CONFIG without a stdin, and the second time', async () => {
  await expect(openDocuments('-', { stdin: null })).rejects.toMatchObject({ code: 'CONFIG' })
  const stdin = Readable.from(['once'])
  await documents('-', { stdin })
  await expect(openDocuments('-', { stdin })).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringContaining('read before') })
})

test('`-` is the stdin of the process where no other is given', () => {
  const program = `import { openDocuments } from './src/host/context/documents.ts'
    const opened = await openDocuments('-'); console.log(await opened.slice(0, 0, 100))`
  expect(execFileSync(process.execPath, ['--input-type=module-typescript', '--eval', program], { input: 'piped in', encoding: 'utf8' })).toBe('piped in\n')
})

test('a stdin that breaks is CONFIG', async () => {
  const stdin = (async function* () {
    yield 'begun'
    throw new Error('torn')
  })()
  await expect(openDocuments('-', { stdin })).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringContaining('torn') })
})

test('a stdin of more than its memory may hold is read from a file', async () => {
  const line = `${'x'.repeat(1023)}\n`
  const opened = await documents('-', {
    stdin: (async function* () {
      for (let block = 0; block < 70; block++) yield line.repeat(1024)
    })(),
  })
  expect(opened.list[0]?.bytes).toBe(70 * 1024 * 1024)
  expect(await opened.lines(0, 70 * 1024, 5)).toEqual(['x'.repeat(1023)])
  expect(await opened.lineCount(0)).toBe(70 * 1024)
})

test.skipIf(process.platform === 'win32')('a named pipe is read like stdin', async () => {
  const cwd = folderWith({ source: 'through a pipe' })
  execFileSync('mkfifo', [join(cwd, 'pipe')])
  const { createWriteStream } = await import('node:fs')
  const opening = documents('pipe', { cwd })
  createReadStream(join(cwd, 'source')).pipe(createWriteStream(join(cwd, 'pipe')))
  expect(await (await opening).slice(0, 0, 100)).toBe('through a pipe')
})

test.runIf(process.platform === 'linux')('a file that the system makes as it is read, and gives no size, is read all the same', async () => {
  expect(await (await documents('/proc/version')).slice(0, 0, 5)).toBe('Linux')
})

test.runIf(process.platform === 'linux')('what is held in files is let go of when one of the others cannot be loaded', async () => {
  const cwd = folderWith({ 'b.bin': Buffer.from([1, 0]) })
  const stdin = (async function* () {
    for (let block = 0; block < 66; block++) yield Buffer.alloc(1024 * 1024, 'x')
  })()
  const held = (): number => readdirSync('/proc/self/fd').filter((fd) => readlink(`/proc/self/fd/${fd}`).includes('replm-')).length
  const before = held()
  await expect(openDocuments(['-', 'b.bin'], { cwd, stdin })).rejects.toMatchObject({ code: 'CONFIG' })
  expect(held()).toBe(before)
})

function readlink(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return '' // closed meanwhile
  }
}

test.skipIf(process.platform === 'win32')('a device that is named is read like stdin, and one without end no further than tells that it is no text', async () => {
  expect((await documents('/dev/null')).list).toMatchObject([{ name: '/dev/null', bytes: 0 }])
  await expect(openDocuments('/dev/zero')).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringContaining('binary file') })
})
