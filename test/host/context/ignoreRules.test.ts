import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDocuments } from '../../../src/host/context/documents.ts'
import { folderWith } from './folder.ts'

const hasGit = spawnSync('git', ['--version']).status === 0

async function names(context: string, cwd: string, ignoreFiles?: boolean): Promise<string[]> {
  await using opened = await openDocuments(context, { cwd, ...(ignoreFiles === undefined ? {} : { ignoreFiles }) })
  return opened.list.map(({ name }) => name)
}

/** What git has and would take of a folder, hidden files left out as here. */
function gitNames(cwd: string): string[] {
  const git = (...words: string[]): string => execFileSync('git', ['-c', 'core.excludesFile=', '-c', 'core.quotePath=false', ...words], { cwd, encoding: 'utf8' })
  return git('ls-files', '-z', '--others', '--exclude-standard').split('\0').filter((name) => name !== '' && !/(?:^|\/)\./.test(name)).toSorted()
}

function initialised(files: Readonly<Record<string, string>>): string {
  const folder = folderWith(files)
  execFileSync('git', ['init', '-q', folder])
  return folder
}

/** Every name in every folder, so that each rule meets what it may match. */
function tree(folders: readonly string[], files: readonly string[]): Record<string, string> {
  const paths = folders.flatMap((folder) => files.map((file) => (folder === '' ? file : `${folder}/${file}`)))
  return Object.fromEntries(paths.filter((path) => !folders.includes(path)).map((path) => [path, path]))
}

const folders = ['', 'a', 'a/b', 'a/b/c', 'build', 'a/build', 'x[1]', 'a/x[1]/build', 'doc', 'doc/frotz', '#h', 'a b']
const files = ['one.txt', 'two.log', 'keep.log', 'foo', 'frotz', 'ab.c', '!bang', '#hash', 'end ', 'Ünï.txt', 'x.TXT']

const rules: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'names at any depth': { '.gitignore': 'foo\n*.log\n' },
  'a negation after it': { '.gitignore': '*.log\n!keep.log\n' },
  'a negation before it': { '.gitignore': '!keep.log\n*.log\n' },
  'folders only': { '.gitignore': 'build/\nfoo/\n' },
  'a file in an ignored folder that cannot be had back': { '.gitignore': 'build/\n!build/one.txt\n' },
  'all of a folder but one': { '.gitignore': '/a/*\n!/a/b\n' },
  'tied patterns': { '.gitignore': '/one.txt\na/foo\ndoc/frotz/\n' },
  'double stars': { '.gitignore': '**/b/*.txt\na/**/foo\ndoc/**\n' },
  'question marks and ranges': { '.gitignore': 't?o.log\n[a-f]oo\n[!a-z]*.c\nab.[ch]\n' },
  'escapes': { '.gitignore': '\\!bang\n\\#hash\nend\\ \nx\\[1\\]/\n' },
  'comments, blank lines, CRLF and trailing spaces': { '.gitignore': '# foo\r\n\r\nfoo  \r\n   \r\n*.log\r\n' },
  'a byte order mark': { '.gitignore': '\ufefffoo\n' },
  'rules in a folder': { 'a/.gitignore': '/one.txt\nfoo\nb/two.log\n' },
  'a deeper rule against a higher one': { '.gitignore': '*.log\nbuild/\n', 'a/.gitignore': '!two.log\n!build/\n', 'a/b/.gitignore': 'two.log\n' },
  'rules in a folder with special characters in its name': { 'x[1]/.gitignore': 'foo\n/one.txt\n', 'a/x[1]/.gitignore': 'build\n', '#h/.gitignore': '*.txt\n', 'a b/.gitignore': '/foo\n' },
  'its own list': { '.git/info/exclude': 'foo\n/a/b/\n', '.gitignore': '!a/foo\n' },
  'everything': { '.gitignore': '*\n!one.txt\n!a/\n' },
  'case': { '.gitignore': '*.txt\n' },
}

test.runIf(hasGit).for(Object.keys(rules))('of a folder with %s the same files are loaded as git takes', async (name) => {
  const cwd = initialised(tree(folders, files))
  for (const [path, text] of Object.entries(rules[name] ?? {})) writeFileSync(join(cwd, path), text)
  expect(await names('.', cwd)).toEqual(gitNames(cwd))
})

test.runIf(hasGit)('rules above the folder that is named hold up to the root of its repository, and no further', async () => {
  const cwd = initialised({ '.gitignore': '*.log\nbuild/\n', 'a/.gitignore': 'foo\n', 'a/b/one.txt': '', 'a/b/two.log': '', 'a/b/foo': '', 'a/b/build/x': '', 'sub/.gitignore': '', 'sub/two.log': '', 'sub/foo': '' })
  expect(await names('.', join(cwd, 'a/b'))).toEqual(['one.txt'])
  expect(await names('a/b', cwd)).toEqual(['a/b/one.txt'])
  expect(await names(join(cwd, 'a/b'), '/')).toEqual([join(cwd, 'a/b/one.txt')])
  // A repository in it has rules of its own.
  execFileSync('git', ['init', '-q', join(cwd, 'sub')])
  writeFileSync(join(cwd, 'sub/.git/info/exclude'), 'foo\n')
  expect(await names('sub', cwd)).toEqual(['sub/two.log'])
  expect(await names('.', cwd)).toEqual(['a/b/one.txt', 'sub/two.log'])
})

test('without a repository the rules of the folder that is named, and of those in it, hold', async () => {
  const cwd = folderWith({ '.gitignore': 'above.txt\n', 'd/.gitignore': '*.log\n', 'd/above.txt': '', 'd/a.log': '', 'd/e/.gitignore': '!a.log\n', 'd/e/a.log': '' })
  expect(await names('d', cwd)).toEqual(['d/above.txt', 'd/e/a.log'])
})

test('a folder, file or glob that is named is loaded though a rule names it, with the rules in it', async () => {
  const cwd = folderWith({ '.git/HEAD': '', '.gitignore': 'out\n*.log\n', 'out/a.txt': '', 'out/b.log': '', 'out/.gitignore': 'c.txt\n', 'out/c.txt': '', 'x.log': '', 'y.txt': '' })
  expect(await names('out', cwd)).toEqual(['out/a.txt', 'out/b.log'])
  expect(await names('x.log', cwd)).toEqual(['x.log'])
  expect(await names('*.log', cwd)).toEqual(['x.log'])
  expect(await names('.', cwd)).toEqual(['y.txt'])
})

test('on wish no rule counts, but hidden files and node_modules stay out', async () => {
  const cwd = folderWith({ '.gitignore': '*.log\nnode_modules\n', 'a.log': '', 'b.txt': '', '.hidden': '', 'node_modules/m.js': '' })
  expect(await names('.', cwd, true)).toEqual(['b.txt'])
  expect(await names('.', cwd, false)).toEqual(['a.log', 'b.txt'])
})

test('a folder of which rules leave nothing is NOT_FOUND, and told how to have it all the same', async () => {
  const cwd = folderWith({ 'd/.gitignore': '*\n', 'd/a.txt': '' })
  await expect(openDocuments('d', { cwd })).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('`ignoreFiles` is false') })
})

test('documents that are loaded later are found as the first ones were', async () => {
  const cwd = folderWith({ '.gitignore': '*.log\n', 'a.log': 'caf\xe9', 'b.txt': '' })
  writeFileSync(join(cwd, 'a.log'), Buffer.from('caf\xe9', 'latin1'))
  await using opened = await openDocuments([], { cwd, ignoreFiles: false, encoding: 'latin1' })
  await opened.add('.', { cwd })
  expect(opened.list.map(({ name }) => name)).toEqual(['a.log', 'b.txt'])
  expect(await opened.slice(0, 0, 10)).toBe('café')
})

test.runIf(hasGit)('a second work tree has the list of its repository', async () => {
  const cwd = initialised({ 'main.txt': '' })
  const git = (...words: string[]): void => void execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@x.test', ...words], { cwd })
  git('commit', '-q', '--allow-empty', '-m', 'begun')
  const other = join(folderWith({}), 'tree')
  git('worktree', 'add', '-q', other)
  writeFileSync(join(cwd, '.git/info/exclude'), '*.log\n')
  writeFileSync(join(other, 'a.log'), '')
  writeFileSync(join(other, 'b.txt'), '')
  expect(await names('.', other)).toEqual(['b.txt'])
})

const hostile: Readonly<Record<string, (cwd: string) => void>> = {
  'is a folder': (cwd) => mkdirSync(join(cwd, '.gitignore')),
  'is huge': (cwd) => writeFileSync(join(cwd, '.gitignore'), `*.log\n${'# nothing\n'.repeat(500_000)}`),
  'is binary': (cwd) => writeFileSync(join(cwd, '.gitignore'), Buffer.from([0xff, 0x00, 0x0a, 0x5b, 0x0a, 0x5c, 0x0a])),
  'has patterns that would never end as expressions': (cwd) => writeFileSync(join(cwd, '.gitignore'), `${'*a'.repeat(60)}b\n${'**/'.repeat(60)}b\n(a+)+$\n[z-a]\n`),
}

test.for(Object.keys(hostile))('a .gitignore that %s harms nobody', async (name) => {
  const cwd = folderWith({ [`${'a'.repeat(200)}.txt`]: '', 'keep.txt': '' })
  hostile[name]?.(cwd)
  const start = performance.now()
  expect(await names('.', cwd)).toEqual([`${'a'.repeat(200)}.txt`, 'keep.txt'])
  expect(performance.now() - start).toBeLessThan(5_000)
})
