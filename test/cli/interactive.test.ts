import { describe, expect, test } from 'vitest'
import { Command, launcher, makeFolder, replm, start } from './command.ts'

const words = ['-m', 'sim/echo']

describe('from a pipe', () => {
  test('cells run one after another, names persist, and each value is printed without a prompt', async () => {
    const { stdout, stderr, code } = await replm(words, { stdin: 'const x = 20\nconst x = 21\nfunction f() {\n  return x * 2\n}\nf()\nconsole.log("seen"); ({ a: 1 })\n"text"\n' })
    expect([stdout, stderr, code]).toEqual(["42\nseen\n{ a: 1 }\n'text'\n", '', 0])
  })

  test('lines typed ahead wait for the cell before them', async () => {
    const { stdout } = await replm(words, { stdin: 'await sleep(150); console.log(1)\nconsole.log(2)\nconsole.log(3)\n' })
    expect(stdout).toBe('1\n2\n3\n')
  })

  test('a failure is told, the session goes on, and its code is the exit code', async () => {
    const { stdout, stderr, code } = await replm(words, { stdin: 'let n = 1\nthrow new Error("no")\nn + 1\n' })
    expect([stdout, code]).toEqual(['2\n', 1])
    expect(stderr).toMatch(/^CELL: Error: no\n/)
  })

  test('the exit code is that of the last cell that failed', async () => {
    expect((await replm([...words, '--max-queries', '0'], { stdin: 'throw 1\nawait llmQuery("x")\n1\n' })).code).toBe(4)
  })

  test('a cell that never becomes complete is a syntax error at the end', async () => {
    const { stderr, code } = await replm(words, { stdin: '1\nfunction f() {\n' })
    expect([stderr.split(':')[0], code]).toEqual(['SYNTAX', 1])
  })

  test('a wrong cell is told at once and the next one runs', async () => {
    const { stdout, stderr } = await replm(words, { stdin: 'const = 1\n40 + 2\n' })
    expect(stdout).toBe('42\n')
    expect(stderr).toMatch(/^SYNTAX: /)
  })

  test('.exit leaves, .break drops what is incomplete', async () => {
    const { stdout, code } = await replm(words, { stdin: 'function f() {\n.break\n1\n.exit\n2\n' })
    expect([stdout, code]).toEqual(['1\n', 0])
  })

  test('with --json each cell is one object on a line', async () => {
    const { stdout } = await replm([...words, '--json'], { stdin: 'console.log("a"); 1\nthrow new Error("x")\n' })
    expect(stdout.trimEnd().split('\n').map((line) => JSON.parse(line))).toMatchObject([
      { ok: true, value: 1, logs: [{ text: 'a' }] },
      { ok: false, error: { code: 'CELL' } },
    ])
  })

  test('files are loaded as context', async () => {
    using folder = makeFolder({ 'a.txt': 'alpha' })
    expect((await replm([folder.file('a.txt'), ...words], { stdin: 'context.toUpperCase()\n' })).stdout).toBe("'ALPHA'\n")
  })

  test('a file that is not there ends with 2 before any cell runs', async () => {
    const { stdout, stderr, code } = await replm(['/nowhere/a.txt', ...words], { stdin: '1\n' })
    expect([stdout, code]).toEqual(['', 2])
    expect(stderr).toMatch(/^NOT_FOUND: .*\/nowhere\/a\.txt/)
  })

  test('without a model the offline one answers, and says so', async () => {
    const { stdout, stderr, code } = await replm([], { stdin: 'await llmQuery("anybody?")\n' })
    expect(stdout).toContain('anybody?')
    expect(stderr).toMatch(/^No model was found, so sim\/echo answers by repeating the question\. [^]*OPENAI_API_KEY/)
    expect(code).toBe(0)
  })

  test('a reader that goes away ends the session in silence', async () => {
    const cells = 'for (let i = 0; ; i++) { console.log(i); await sleep(1) }\n2\n'
    using command = new Command('/bin/bash', ['-c', `printf '%s' '${cells}' | '${process.execPath}' '${launcher}' -m sim/echo | head -n 1; exit "\${PIPESTATUS[1]}"`])
    expect(await command.end()).toEqual({ code: 130, stdout: '0\n', stderr: '' })
  })

  test('SIGINT stops the cell and keeps the session', async () => {
    using command = start(words)
    command.child.stdin.write('let kept = 5\nconsole.log("started"); await sleep(60_000)\n')
    await command.until('stdout', /started/)
    command.child.kill('SIGINT')
    await command.until('stderr', /INTERRUPTED/)
    command.child.stdin.end('kept\n')
    expect(await command.end()).toMatchObject({ code: 130, stdout: 'started\n5\n' })
  })
})
