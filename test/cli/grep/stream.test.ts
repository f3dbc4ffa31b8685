import { once } from 'node:events'
import { expect, test } from 'vitest'
import { makeFolder, replm, start } from '../command.ts'

test('a line of standard input is printed before the next one has come, also with lines around it, and numbers go on', async () => {
  using command = start(['grep', 'foo'])
  command.child.stdin.write('foo\nno\nfo')
  await command.until('stdout', /^1:foo\n$/)
  command.child.stdin.write('o 2\n')
  await command.until('stdout', /^1:foo\n3:foo 2\n$/)
  command.child.stdin.end('foo')
  expect(await command.end()).toEqual({ code: 0, stdout: '1:foo\n3:foo 2\n4:foo\n', stderr: '' })
  using around = start(['grep', '-C1', 'foo', '-'])
  around.child.stdin.write('a\nfoo\nb\n')
  await around.until('stdout', /^1-a\n2:foo\n$/)
  around.child.stdin.end('foo\nc\nd\n')
  expect((await around.end()).stdout).toBe('1-a\n2:foo\n3-b\n4:foo\n5-c\n')
})

test('offsets of later parts are those of all of standard input', async () => {
  using command = start(['grep', '--json', 'foo'])
  command.child.stdin.write('\ufeffé🎉\nfoo\n')
  await command.until('stdout', /\n/)
  command.child.stdin.end('\ufefffoo\n')
  const lines = (await command.end()).stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as unknown)
  expect(lines).toMatchObject([{ line: 2, column: 1, offset: 4, text: 'foo' }, { line: 3, column: 2, offset: 9, text: '\ufefffoo' }])
})

test('standard input that goes on is left as soon as nothing more is wanted', async () => {
  const ends: readonly (readonly [readonly string[], number, string])[] = [
    [['-m2', 'foo'], 0, '1:foo\n2:foo\n'], [['-q', 'foo'], 0, ''], [['-l', 'foo'], 0, '<stdin>\n'], [['-c', '-m2', 'foo'], 0, '2\n'], [['--files-without-match', 'foo'], 1, ''], [['-m1', '-A1', '-v', 'bar'], 0, '1:foo\n2-foo\n'], [['a('], 2, ''],
  ]
  for (const [words, code, stdout] of ends) {
    using command = start(['grep', ...words])
    // It is never ended.
    command.child.stdin.write('foo\n'.repeat(1_000))
    expect(await command.end()).toMatchObject({ code, stdout })
  }
  using gone = start(['grep', 'foo'])
  gone.child.stdin.write('foo\n')
  await gone.until('stdout', /foo/)
  gone.child.stdout.destroy()
  await once(gone.child.stdout, 'close')
  gone.child.stdin.write('foo\n')
  expect((await gone.end()).code).toBe(0)
})

test('a NUL that comes later makes standard input binary, and other files are searched all the same', async () => {
  using folder = makeFolder({ 'a.txt': 'foo\n' })
  using command = start(['grep', 'foo', '-', 'a.txt'], { cwd: folder.path })
  command.child.stdin.write('foo\n')
  await command.until('stdout', /foo/)
  command.child.stdin.end('\0foo\n')
  expect(await command.end()).toEqual({ code: 2, stdout: '<stdin>:1:foo\na.txt:1:foo\n', stderr: expect.stringMatching(/^CONFIG: "-" is a binary file/) })
})

test('/dev/null is an empty file, and of -w and -x the last one counts', async () => {
  using folder = makeFolder({ 'a.txt': 'dash foo\n' })
  expect(await replm(['grep', 'foo', 'a.txt', '/dev/null'], { cwd: folder.path })).toEqual({ code: 0, stdout: 'a.txt:1:dash foo\n', stderr: '' })
  expect((await replm(['grep', 'foo', '/dev/null'])).code).toBe(1)
  expect((await replm(['grep', '-c', '-x', '-w', 'foo', 'a.txt'], { cwd: folder.path })).stdout).toBe('1\n')
  expect((await replm(['grep', '-c', '-w', '-x', 'foo', 'a.txt'], { cwd: folder.path })).code).toBe(1)
})
