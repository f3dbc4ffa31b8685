import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { ripgrep } from '../../host/context/grep/native.ts'
import { Command, hasTerminal, launcher, makeFolder, replm, start, startOnTerminal } from '../command.ts'

const files = { 'a.txt': 'one needle\ntwo\nthree\nNeedle four needle\n', 'b.txt': 'hay\n', 'c.txt': 'needle' }

test('lines that match are printed as ripgrep prints them, with names where there are several files, and exit code 0', async () => {
  using folder = makeFolder(files)
  const several = await replm(['grep', 'needle', 'a.txt', 'c.txt'], { cwd: folder.path })
  expect(several).toEqual({ code: 0, stdout: 'a.txt:1:one needle\na.txt:4:Needle four needle\nc.txt:1:needle\n', stderr: '' })
  const one = await replm(['grep', 'needle', 'a.txt'], { cwd: folder.path })
  expect(one.stdout).toBe('1:one needle\n4:Needle four needle\n')
  const all = await replm(['grep', 'needle', '.'], { cwd: folder.path })
  expect(all.stdout).toBe(several.stdout)
})

test('without files it searches what is piped in, and the folder where nothing can come from standard input', async () => {
  using folder = makeFolder(files)
  expect(await replm(['grep', 'needle'], { cwd: folder.path, stdin: 'no\na needle\n' })).toEqual({ code: 0, stdout: '2:a needle\n', stderr: '' })
  expect(await replm(['grep', 'needle'], { cwd: folder.path, stdin: '' })).toEqual({ code: 1, stdout: '', stderr: '' })
  const words = `'${process.execPath}' '${launcher}' grep`
  using nothing = new Command('sh', ['-c', `exec ${words} needle </dev/null`], { cwd: folder.path })
  expect((await nothing.end()).stdout).toBe('a.txt:1:one needle\na.txt:4:Needle four needle\nc.txt:1:needle\n')
  using file = new Command('sh', ['-c', `exec ${words} needle <a.txt`], { cwd: folder.path })
  expect((await file.end()).stdout).toBe('1:one needle\n4:Needle four needle\n')
})

test('a pipe that nobody writes to is waited for, and the way to search files is told', async () => {
  using command = start(['grep', 'needle'])
  await command.until('stderr', /Waiting for standard input.*`replm grep PATTERN \.`/)
  command.child.stdin.end('needle\n')
  expect((await command.end()).stdout).toBe('1:needle\n')
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

test('a file with a line that no search holds is told of, and the others are searched', { timeout: 60_000 }, async () => {
  using folder = makeFolder({ 'a.txt': 'needle\n', 'c.txt': 'needle\n' })
  writeFileSync(folder.file('b.txt'), Buffer.alloc(70 * 1024 * 1024, 'x'))
  for (const words of [['needle'], ['-m', '1', 'needle'], ['-v', 'hay']]) {
    const result = await replm(['grep', ...words, 'a.txt', 'b.txt', 'c.txt'], { cwd: folder.path })
    expect(result).toEqual({ code: 2, stdout: 'a.txt:1:needle\nc.txt:1:needle\n', stderr: expect.stringMatching(/^CONFIG: b\.txt has a line of more than 64 MB.*\n$/) })
  }
  expect(await replm(['grep', '--files-without-match', 'hay', 'b.txt', 'c.txt'], { cwd: folder.path })).toMatchObject({ code: 2, stdout: 'c.txt\n' })
  expect(await replm(['grep', '-c', 'needle', 'a.txt', 'b.txt'], { cwd: folder.path })).toMatchObject({ code: 2, stdout: 'a.txt:1\n' })
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

test('standard input is searched as -, also among files, by a pattern of JavaScript, and packed', async () => {
  using folder = makeFolder(files)
  expect((await replm(['grep', 'needle', 'b.txt', '-', 'c.txt'], { cwd: folder.path, stdin: 'needle\n' })).stdout).toBe('<stdin>:1:needle\nc.txt:1:needle\n')
  using packed = start(['grep', 'needle'])
  packed.child.stdin.end(gzipSync('hay\nneedle\n'))
  expect(await packed.end()).toEqual({ code: 0, stdout: '2:needle\n', stderr: '' })
  using cutOff = start(['grep', 'needle', '-'])
  cutOff.child.stdin.end(gzipSync('needle\n'.repeat(1_000)).subarray(0, 30))
  expect(await cutOff.end()).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(/^CONFIG: "-" cannot be unpacked/) })
  expect((await replm(['grep', 'b', '-'], { stdin: 'a\nb\n' })).stdout).toBe('2:b\n')
  expect((await replm(['grep', '(?<=a)b', '-', '--engine', 'js'], { stdin: 'a\nab\n' })).stdout).toBe('2:ab\n')
})

/** Words whose output and exit code are ripgrep's own. (An empty match between the bytes of a character is told of by ripgrep only: those are looked for in ASCII.) */
const asRipgrep: readonly (readonly string[])[] = [
  ['-i', 'NEEDLE'], ['-S', 'needle'], ['-S', 'Needle'], ['-S', '\\Weedle|\\p{Lu}e'], ['-s', '-i', 'two'], ['-e', 'one', '-e', 'h.y'], ['-e', '-dash'], ['-F', '-e', 'e.d', '-e', 't(o'],
  ['-w', '-e', 'need', '-e', 'two'], ['-x', 'two'], ['-x', '-e', 'two', '-e', 'need'], ['-x', '-F', 't(o'],
  ['-v', 'needle'], ['-v', 'nowhere'], ['-v', ''], ['-v', '-c', 'needle'], ['-v', '-l', 'needle|^$'], ['-v', '-m', '1', 'needle'], ['-v', '-C', '1', 'two'], ['-v', '-U', 'two\\nthree'], ['-v', '-o', 'needle'],
  ['-m', '0', 'needle'], ['-m', '1', '-A', '1', 'needle'], ['-o', 'e+'], ['-o', 'e*', '-g', '!more.md'], ['-o', '^'], ['-o', '-C', '1', 'two'], ['-o', '-U', 'two\\nth'], ['-o', '-U', 'e\\n+'], ['-C', '1', 'needle'],
  ['-c', 'needle'], ['-c', '--include-zero', 'needle'], ['-c', '-0', 'needle'], ['-l', 'needle'], ['-l', '-0', 'needle'], ['-0', 'needle'], ['--files-without-match', 'needle'], ['--files-without-match', 'e|^$'], ['--files-without-match', ''],
  ['--heading', 'needle'], ['--heading', '-C', '1', 'needle'], ['--heading', '-0', 'needle'], ['-N', 'needle'], ['-I', 'needle'], ['-q', 'needle'], ['-q', 'nowhere'], ['-q', '-l', 'needle'],
  ['-g', '*.md', 'needle'], ['-g', '!*.md', 'needle'], ['-g', '*.md', '-g', '!note*', 'needle'], ['-g', 'd/sub/**', 'needle'], ['-g', 'sub/*', 'e'], ['-g', '*.rs', 'needle'],
]

test.runIf(ripgrep !== undefined)('what is printed, and the exit code, are those of ripgrep itself', { timeout: 300_000 }, async () => {
  using folder = makeFolder(files)
  mkdirSync(folder.file('d/sub'), { recursive: true })
  writeFileSync(folder.file('d/more.md'), 'needle\n-dash t(o é\n\n\nend\n')
  writeFileSync(folder.file('d/note.md'), 'a Needle\ntwo\n')
  writeFileSync(folder.file('d/sub/empty.txt'), '')
  writeFileSync(folder.file('d/sub/last.txt'), 'one\n\ne needle e')
  const searched = ['a.txt', 'b.txt', 'c.txt', 'd']
  const [ours, theirs]: [object[], object[]] = [[], []]
  for (const words of asRipgrep) {
    const { status, stdout } = spawnSync(ripgrep ?? '', ['--no-config', '--sort=path', ...(words.includes('-N') ? [] : ['-n']), ...words, '--', ...searched], { cwd: folder.path, encoding: 'utf8' })
    const { code, stdout: printed } = await replm(['grep', ...words, ...searched], { cwd: folder.path })
    ours.push({ words, code, printed })
    theirs.push({ words, code: status, printed: stdout })
  }
  expect(ours).toEqual(theirs)
})

test('the pattern that cannot be read is told of, also where it is one of several or of whole lines', async () => {
  using folder = makeFolder(files)
  const said = async (...words: string[]): Promise<string> => (await replm(['grep', ...words], { cwd: folder.path })).stderr
  expect(await said('-e', 'one', '-e', 'a[', 'a.txt')).toMatch(/^CONFIG: Invalid pattern at character 2: unclosed character class;.*\("a\["\)\n$/)
  expect(await said('-e', 'a)', '-e', '(b', 'a.txt')).toMatch(/^CONFIG: Invalid pattern at character 2: unopened group/)
  expect(await said('-x', 'a)(b', 'a.txt')).toMatch(/^CONFIG: Invalid pattern at character 2: unopened group/)
  expect(await said('a(?=b)', 'a.txt')).toContain('`--engine js` has look-around')
  expect(await said('a\\n', 'a.txt')).toContain('`--multiline` searches over several lines')
  expect(await said('--engine', 'js', '-e', 'a', '-e', '(b)\\1', 'a.txt')).toContain('(?<name>…)')
  expect(await said()).toContain('Expected a pattern')
})

test('-q finds out without a word, also where a file is missing, and --no-messages says nothing of that', async () => {
  using folder = makeFolder(files)
  expect(await replm(['grep', '-q', 'needle', 'a.txt', '--no-messages', 'missing.txt'], { cwd: folder.path })).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(await replm(['grep', 'needle', 'c.txt', '--no-messages', 'missing.txt'], { cwd: folder.path })).toEqual({ code: 2, stdout: 'c.txt:1:needle\n', stderr: '' })
})

test('lines of any length are printed whole, or as long as is asked for', async () => {
  using folder = makeFolder({ 'long.txt': `${'é'.repeat(300_000)}needle\n` })
  expect((await replm(['grep', 'needle', 'long.txt'], { cwd: folder.path })).stdout).toBe(`1:${'é'.repeat(300_000)}needle\n`)
  expect((await replm(['grep', 'needle', 'long.txt', '-M', '10'], { cwd: folder.path })).stdout).toBe(`1:${'é'.repeat(10)} [… the line goes on]\n`)
})

test('a pattern of JavaScript takes what other ones take, and holds no more lines than a part of them', { timeout: 120_000 }, async () => {
  using folder = makeFolder({ ...files, 'many.txt': 'needle 🎉 and what comes after it in this line\n'.repeat(400_000) })
  const print = (...words: string[]) => replm(['grep', '--engine', 'js', ...words], { cwd: folder.path })
  const many = await print('(?<=n)eedle', 'many.txt')
  expect([many.code, many.stderr, many.stdout.split('\n').length, many.stdout.endsWith('400000:needle 🎉 and what comes after it in this line\n')]).toEqual([0, '', 400_001, true])
  expect(await print('-c', '(?<=n)eedle', '.')).toMatchObject({ code: 0, stdout: 'a.txt:2\nc.txt:1\nmany.txt:400000\n' })
  expect(await print('-v', '-C1', '(?<=n)eedle', 'a.txt')).toMatchObject({ code: 0, stdout: '1-one needle\n2:two\n3:three\n4-Needle four needle\n' })
  expect(await print('-l', '-g', 'c*', '(?<=n)eedle', '.')).toMatchObject({ code: 0, stdout: 'c.txt\n' })
  expect(await print('-m1', '(?<=n)eedle', 'missing.txt', 'a.txt', 'c.txt')).toEqual({ code: 2, stdout: 'a.txt:1:one needle\nc.txt:1:needle\n', stderr: expect.stringMatching(/^NOT_FOUND: .*missing\.txt/) })
  expect(await print('-x', '-e', '(?<=^)two', '-e', 'thre(?=e)e', 'a.txt')).toMatchObject({ code: 0, stdout: '2:two\n3:three\n' })
  expect(await print('-o', '--no-unicode', '-m1', 'e 🎉|.(?= and)', 'many.txt')).toMatchObject({ code: 0, stdout: '1:e 🎉\n' })
  expect(await print('(', 'a.txt')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^CONFIG: Invalid pattern.*Unterminated group/) })
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

test('--color and --heading choose what a pipe gets of it', async () => {
  using folder = makeFolder(files)
  const print = async (...words: string[]): Promise<string> => (await replm(['grep', ...words, 'one needle', 'a.txt', 'b.txt'], { cwd: folder.path })).stdout
  const lines = '\x1b[36ma.txt\x1b[39m\n\x1b[32m1\x1b[39m:\x1b[31mone needle\x1b[39m\n'
  expect(await print('--color', 'always', '--heading')).toBe(lines)
  expect(await print('-p')).toBe(lines)
  expect(await print('--color', 'never')).toBe('a.txt:1:one needle\n')
})

test.runIf(hasTerminal)('a terminal gets names above their lines, unless told otherwise', async () => {
  using folder = makeFolder(files)
  const print = async (...words: string[]): Promise<string> => {
    using command = startOnTerminal(['grep', '--color', 'never', ...words, 'needle', 'a.txt', 'c.txt'], { cwd: folder.path })
    return (await command.end()).stdout.replaceAll('\r\n', '\n')
  }
  expect(await print()).toBe('a.txt\n1:one needle\n4:Needle four needle\n\nc.txt\n1:needle\n')
  expect(await print('--no-heading')).toBe('a.txt:1:one needle\na.txt:4:Needle four needle\nc.txt:1:needle\n')
})
