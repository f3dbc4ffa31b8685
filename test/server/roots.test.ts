/** Names of documents, friendly and hostile, below real folders. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NamedText } from '../../src/options/contextSource.ts'
import { RequestProblem } from '../../src/server/problem.ts'
import { openRoots, type Roots } from '../../src/server/roots.ts'

let folder: string
let roots: Roots

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'replm-roots-'))
  const root = join(folder, 'root')
  for (const each of ['root/books/deep', 'root/.hidden', 'root/node_modules', 'root2', 'outside']) mkdirSync(join(folder, each), { recursive: true })
  for (const each of ['root/a.txt', 'root/books/one.txt', 'root/books/two.md', 'root/books/deep/three.txt', 'root/books/.secret', 'root/.hidden/x.txt', 'root/node_modules/y.txt', 'root/[odd].txt', 'root2/b.txt', 'outside/secret.txt', 'rooted.txt']) {
    writeFileSync(join(folder, each), each)
  }
  writeFileSync(join(root, 'books/bytes.bin'), Buffer.from([1, 0, 2]))
  symlinkSync(join(folder, 'outside/secret.txt'), join(root, 'link.txt'))
  symlinkSync(join(folder, 'outside'), join(root, 'way'))
  symlinkSync(join(folder, 'outside'), join(root, 'books/way'))
  symlinkSync(join(folder, 'outside/none'), join(root, 'broken'))
  symlinkSync(join(root, 'a.txt'), join(root, 'books/same.txt'))
  execFileSync('mkfifo', [join(root, 'pipe')])
  roots = await openRoots([root, join(folder, 'root2')])
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Names, and files below the folder of the test. */
async function filesOf(asked: readonly (string | NamedText)[]): Promise<readonly string[]> {
  return Object.entries(await roots.sources(asked)).map(([name, source]) => (source instanceof URL ? `${name}=${fileURLToPath(source).slice(folder.length + 1)}` : name))
}

describe('names below the roots', () => {
  test.each([
    ['a.txt', ['a.txt=root/a.txt']],
    ['./a.txt', ['a.txt=root/a.txt']],
    ['b.txt', ['b.txt=root2/b.txt']],
    ['[odd].txt', ['[odd].txt=root/[odd].txt']],
    ['books/.secret', ['books/.secret=root/books/.secret']],
    ['books/*.txt', ['books/one.txt=root/books/one.txt', 'books/same.txt=root/a.txt']],
    ['**/*.md', ['books/two.md=root/books/two.md']],
    ['books/bytes.bin', ['books/bytes.bin=root/books/bytes.bin']],
    ['books', ['books/deep/three.txt=root/books/deep/three.txt', 'books/one.txt=root/books/one.txt', 'books/same.txt=root/a.txt', 'books/two.md=root/books/two.md']],
    ['{a,b}.txt', ['a.txt=root/a.txt']],
  ])('%s', async (name, files) => {
    expect((await filesOf([name])).toSorted()).toEqual(files)
  })

  test('a file that two globs match is one document, and a text stands among files under its name', async () => {
    expect(await filesOf(['books/*.md', '**/*.md', { name: 'notes', text: 'x' }])).toEqual(['books/two.md=root/books/two.md', 'notes'])
  })

  test('two documents of one name are refused', async () => {
    await expect(roots.sources(['a.txt', { name: 'a.txt', text: 'x' }])).rejects.toThrow(expect.objectContaining({ status: 422 }))
  })
})

describe('ways out of the roots', () => {
  const tricks = ['..', '../rooted.txt', 'books/../../outside/secret.txt', '/etc/passwd', '//etc/passwd', '~/.ssh/id_rsa', 'file:///etc/passwd', 'FILE:///etc/passwd', 'C:\\windows', '\\\\server\\share', '..\\outside', 'a\0.txt', '', '-', '{..,x}/outside/*', '{../outside,x}/*', '*/../../outside/secret.txt']
  test.each(tricks)('%j is refused as it is written', async (name) => {
    await expect(roots.sources([name])).rejects.toThrow(expect.objectContaining({ constructor: RequestProblem, status: 422 }))
  })

  const missing = ['none.txt', 'link.txt', 'way', 'way/secret.txt', 'way/none.txt', 'way/*', '*/secret.txt', 'books/way/secret.txt', 'broken', 'pipe', '..%2foutside%2fsecret.txt', '%2e%2e/outside', '.{.,}/outside/*', '[.][.]/outside/*', 'a.txt/', 'a.txt/x', `${'x'.repeat(300)}`]
  test.each(missing)('%s is not there, whatever is outside', async (name) => {
    const refusal: unknown = await roots.sources([name]).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ status: 404, message: `There is no document ${JSON.stringify(name)} below the folders of this server` })
  })

  test('with no root at all there are texts only', async () => {
    const none = await openRoots([])
    await expect(none.sources(['a.txt'])).rejects.toThrow(expect.objectContaining({ status: 403 }))
    expect(await none.sources([{ name: 'x', text: 'y' }])).toEqual({ x: { name: 'x', text: 'y' } })
  })

  test('a root that is no folder is refused when the server starts', async () => {
    await expect(openRoots([join(folder, 'rooted.txt')])).rejects.toThrow('Expected `--root` to be a folder')
  })

  test('texts are rid of the roots’ own places', () => {
    expect(roots.hide(`no file ${join(folder, 'root/books/x.txt')} in ${join(folder, 'root')}, see file://${join(folder, 'root2')}/y`)).toBe('no file books/x.txt in ., see y')
  })
})
