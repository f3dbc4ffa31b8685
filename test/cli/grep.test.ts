import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { hasTerminal, makeFolder, replm, startOnTerminal } from './command.ts'

const files = { 'a.txt': 'one needle\ntwo\nthree\nNeedle four needle\n', 'b.txt': 'hay\n', 'c.txt': 'needle' }

test('lines that match are printed as ripgrep prints them, with names where there are several files, and exit code 0', async () => {
  using folder = makeFolder(files)
  const several = await replm(['grep', 'needle', 'a.txt', 'c.txt'], { cwd: folder.path })
  expect(several).toEqual({ code: 0, stdout: 'a.txt:1:one needle\na.txt:4:Needle four needle\nc.txt:1:needle\n', stderr: '' })
  const one = await replm(['grep', 'needle', 'a.txt'], { cwd: folder.path })
  expect(one.stdout).toBe('1:one needle\n4:Needle four needle\n')
  const all = await replm(['grep', 'needle', '.'], { cwd: folder.path })
  expect(all.stdout).toBe(several.stdout)
  expect((await replm(['grep', 'needle'], { cwd: folder.path })).stdout).toBe(several.stdout)
})

test('nothing found is exit code 1, and an error 2', async () => {
  using folder = makeFolder(files)
  expect(await replm(['grep', 'nowhere', 'a.txt'], { cwd: folder.path })).toEqual({ code: 1, stdout: '', stderr: '' })
  const wrong = await replm(['grep', 'a(', 'a.txt'], { cwd: folder.path })
  expect([wrong.code, wrong.stdout]).toEqual([2, ''])
  expect(wrong.stderr).toContain('Invalid pattern at character 2: unclosed group')
  expect((await replm(['grep', 'a', 'missing.txt'], { cwd: folder.path })).code).toBe(2)
  expect((await replm(['grep', 'a', 'a.txt', '--engine', 'pcre'], { cwd: folder.path })).code).toBe(2)
  expect((await replm(['grep', '('.repeat(3), 'a.txt', '--engine', 'js'], { cwd: folder.path })).code).toBe(2)
})

test('a file that is not there or binary keeps none of the others from being searched, and is exit code 2', async () => {
  using folder = makeFolder({ ...files, 'd.bin': 'needle\0' })
  const result = await replm(['grep', 'needle', 'missing.txt', 'a.txt', 'd.bin', 'c.txt'], { cwd: folder.path })
  expect([result.code, result.stdout]).toEqual([2, 'a.txt:1:one needle\na.txt:4:Needle four needle\nc.txt:1:needle\n'])
  expect(result.stderr).toMatch(/NOT_FOUND: .*"missing.txt".*\nCONFIG: "d.bin" is a binary file/)
  const left = await replm(['grep', 'needle', 'missing.txt', 'c.txt'], { cwd: folder.path })
  expect([left.code, left.stdout]).toEqual([2, 'c.txt:1:needle\n'])
})

test('flags do what they do for ripgrep', { timeout: 120_000 }, async () => {
  using folder = makeFolder(files)
  const print = async (...words: string[]): Promise<string> => (await replm(['grep', ...words], { cwd: folder.path })).stdout
  expect(await print('-i', 'NEEDLE', 'a.txt', '-N')).toBe('one needle\nNeedle four needle\n')
  expect(await print('-c', 'needle', 'a.txt', 'b.txt', 'c.txt')).toBe('a.txt:2\nc.txt:1\n')
  expect(await print('-l', 'needle', 'a.txt', 'b.txt', 'c.txt')).toBe('a.txt\nc.txt\n')
  expect(await print('-o', '-i', 'needle', 'a.txt')).toBe('1:needle\n4:Needle\n4:needle\n')
  expect(await print('-m', '1', 'needle', 'a.txt', 'c.txt')).toBe('a.txt:1:one needle\nc.txt:1:needle\n')
  expect(await print('-C', '1', 'needle', 'a.txt')).toBe('1:one needle\n2-two\n3-three\n4:Needle four needle\n')
  expect(await print('-A1', 'one|two', 'a.txt')).toBe('1:one needle\n2:two\n3-three\n')
  expect(await print('-B1', '-H', 'four|needle$', 'a.txt', 'c.txt')).toBe('a.txt:1:one needle\n--\na.txt-3-three\na.txt:4:Needle four needle\n--\nc.txt:1:needle\n')
  expect(await print('-F', 'e.dle', 'a.txt')).toBe('')
  expect(await print('-w', 'need', 'a.txt')).toBe('')
  expect(await print('-U', 'two\\nthree', 'a.txt')).toBe('2:two\n3:three\n')
  expect(await print('(?<=four )needle', 'a.txt', '--engine', 'js')).toBe('4:Needle four needle\n')
})

test('standard input is searched as -, also by a pattern of JavaScript', async () => {
  expect((await replm(['grep', 'b', '-'], { stdin: 'a\nb\n' })).stdout).toBe('2:b\n')
  expect((await replm(['grep', '(?<=a)b', '-', '--engine', 'js'], { stdin: 'a\nab\n' })).stdout).toBe('2:ab\n')
})

test('--json prints a line of JSON for each match', async () => {
  using folder = makeFolder(files)
  const { stdout, code } = await replm(['grep', 'needle', 'a.txt', '--json'], { cwd: folder.path })
  expect(code).toBe(0)
  expect(stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([
    { name: 'a.txt', doc: 0, line: 1, column: 5, offset: 4, text: 'one needle', submatches: [{ text: 'needle', start: 4, end: 10 }] },
    { name: 'a.txt', doc: 0, line: 4, column: 13, offset: 33, text: 'Needle four needle', submatches: [{ text: 'needle', start: 12, end: 18 }] },
  ])
})

test('a pipe gets the text as it is; binary files of a folder are left out', async () => {
  using folder = makeFolder({ 'escape.txt': 'needle \x1b[2J\n' })
  writeFileSync(folder.file('binary.bin'), Buffer.from('needle\0'))
  expect((await replm(['grep', 'needle', '.'], { cwd: folder.path })).stdout).toBe('escape.txt:1:needle \x1b[2J\n')
})

test.runIf(hasTerminal)('a terminal gets colours of our own, and no escape of a text', async () => {
  using folder = makeFolder({ 'escape.txt': 'needle \x1b[2J\n' })
  using command = startOnTerminal(['grep', 'needle', 'escape.txt'], { cwd: folder.path })
  const { stdout } = await command.end()
  expect(stdout).toContain('\x1b[32m1\x1b[39m:\x1b[31mneedle\x1b[39m \\x1b[2J')
})
