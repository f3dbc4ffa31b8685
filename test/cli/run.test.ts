import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { exitCodes } from '../../src/errors.ts'
import { hasTerminal, launcher, makeFolder, parseOutcome, replm, root, start, startOnTerminal, Command } from './command.ts'

/** Runs the text as a script of its own. */
async function runText(text: string, words: readonly string[] = [], { name = 'script.js', ...options }: Parameters<typeof replm>[1] & { readonly name?: string } = {}) {
  using folder = makeFolder({ [name]: text })
  return await replm(['run', folder.file(name), '-m', 'sim/echo', ...words], options)
}

describe('what a script prints and gives', () => {
  test('what happened is written into a trace, line by line, without a prompt, and nothing else changes', async () => {
    using folder = makeFolder({ 'script.js': `await llmQuery('a secret'); 'done'` })
    const { stdout, stderr, code } = await replm(['run', folder.file('script.js'), '-m', 'sim/echo', '--trace', folder.file('trace.jsonl')])
    expect([stdout, stderr, code]).toEqual(['done\n', '', 0])
    const text = readFileSync(folder.file('trace.jsonl'), 'utf8')
    // Lines of the trace's own making.
    const types = text.trimEnd().split('\n').map((line) => (JSON.parse(line) as { type: string }).type)
    expect(types).toEqual(['trace.started', 'session.opened', 'cell.started', 'query.sent', 'query.answered', 'cell.completed', 'session.closed', 'trace.ended'])
    expect(text).not.toContain('secret')
  })

  test('what equal questions share is counted as asked, and once as bought', async () => {
    const { stdout } = await runText(`await llmBatchQuery(['a', 'a', 'a'], { temperature: 0 }); 'done'`, ['--json', '--store', ':memory:'])
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, usage: { queries: 3, bought: 1 } })
  })

  test('a trace that cannot be written is said before the script runs', async () => {
    const { stdout, stderr, code } = await runText(`console.log('ran')`, ['--trace', '/no/such/folder/trace.jsonl'])
    expect([stdout, code]).toEqual(['', exitCodes.CONFIG])
    expect(stderr).toContain('/no/such/folder/trace.jsonl')
  })

  test('the program’s output and its result go to standard output, its errors to standard error, and nothing else to either', async () => {
    const { stdout, stderr, code } = await runText(`console.log('hello', { a: 1 }); console.error('careful'); ({ done: [1, 2] })`)
    expect([stdout, stderr, code]).toEqual(['hello { a: 1 }\n{ done: [ 1, 2 ] }\n', 'careful\n', 0])
  })

  test('a text is given as it is, ready to be piped on', async () => {
    expect((await runText(`final('one\\ntwo')`)).stdout).toBe('one\ntwo\n')
  })

  test('a long text is given whole', async () => {
    expect((await runText(`final('x'.repeat(300_000))`)).stdout.length).toBe(300_001)
  })

  test.each(['undefined', 'final(undefined)', 'let x = 1'])('%s gives nothing', async (text) => {
    expect((await runText(text)).stdout).toBe('')
  })

  test('final wins over the last expression and ends the program', async () => {
    expect((await runText(`final(1); await sleep(60_000); console.log('never'); 2`)).stdout).toBe('1\n')
  })

  test('every line of a flood of prints arrives, in order', async () => {
    const { stdout } = await runText(`for (let i = 0; i < 70_000; i++) console.log(i)`)
    expect(stdout).toBe(`${Array.from({ length: 70_000 }, (_, index) => index).join('\n')}\n`)
  })

  test('a text that is longer than a message of the sandbox is one print all the same', async () => {
    const { stdout } = await runText(`console.log('x'.repeat(900_000))`, ['--json'])
    expect(parseOutcome(stdout).logs).toEqual([{ stream: 'stdout', level: 'log', text: 'x'.repeat(900_000) }])
  })

  test('a question is asked and answered', async () => {
    expect((await runText(`await llmQuery('Is anybody there?')`)).stdout).toContain('Is anybody there?')
  })

  test('TypeScript runs by its name, and a script may begin with #!', async () => {
    const { stdout, code } = await runText(`#!/usr/bin/env -S replm run\nconst double = <T extends number>(n: T): number => n * 2\nenum E { A = 4 }\ndouble(E.A as number)`, [], { name: 'script.ts' })
    expect([stdout, code]).toEqual(['8\n', 0])
  })

  test('a script comes from standard input', async () => {
    const { stdout, code } = await replm(['run', '-', '-m', 'sim/echo'], { stdin: '6 * 7' })
    expect([stdout, code]).toEqual(['42\n', 0])
  })
})

describe('what a script is given', () => {
  test('context is standard input, a file, or all files of a glob in order', async () => {
    using folder = makeFolder({ 'a.txt': 'A', 'b.txt': 'B', 's.js': `[typeof context, [context].flat().join('|'), docs.length].join()` })
    const run = (words: readonly string[], stdin = '') => replm(['run', folder.file('s.js'), '-m', 'sim/echo', '-c', ...words], { stdin })
    expect((await run(['-'], 'from the pipe')).stdout).toBe('string,from the pipe,1\n')
    expect((await run([folder.file('b.txt')])).stdout).toBe('string,B,1\n')
    expect((await run([`${folder.path}/*.txt`])).stdout).toBe('object,A|B,2\n')
    expect((await run([folder.file('b.txt'), '-c', folder.file('a.txt')])).stdout).toBe('object,B|A,2\n')
  })

  test('a folder is read without what .gitignore names, with it on wish; what is named itself always', async () => {
    using folder = makeFolder({ '.gitignore': '*.log\nout/\n', 'a.txt': 'A', 'b.log': 'B', 's.js': `docs.map(({ name }) => name.split('/').at(-1)).join()` })
    mkdirSync(folder.file('out'))
    writeFileSync(folder.file('out/c.txt'), 'C')
    const run = async (...words: string[]) => (await replm([...words, '-m', 'sim/echo'])).stdout
    const script = folder.file('s.js')
    expect(await run('run', script, '-c', folder.path)).toBe('a.txt,s.js\n')
    expect(await run('run', script, '-c', folder.path, '--no-ignore')).toBe('a.txt,b.log,c.txt,s.js\n')
    expect(await run('--no-ignore', 'run', script, '-c', folder.path)).toBe('a.txt,b.log,c.txt,s.js\n')
    expect(await run('run', script, '-c', folder.file('out'), `${folder.path}/*.log`)).toBe('c.txt,b.log\n')
    rmSync(folder.file('a.txt'))
    rmSync(script)
    writeFileSync(folder.file('out/s.js'), '1')
    expect(await replm(['run', folder.file('out/s.js'), '-m', 'sim/echo', '-c', folder.path])).toMatchObject({ code: 2, stderr: expect.stringContaining('unless `--no-ignore` is given') })
  })

  test('files are text in the encoding that is said, and a wrong one is a usage error that lists them', async () => {
    using folder = makeFolder({ 's.js': 'context' })
    writeFileSync(folder.file('old.txt'), Buffer.from('caf\xe9', 'latin1'))
    const run = (...words: string[]) => replm(['run', folder.file('s.js'), '-m', 'sim/echo', '-c', folder.file('old.txt'), ...words])
    expect((await run()).stdout).toBe('caf\ufffd\n')
    expect((await run('--encoding', 'latin1')).stdout).toBe('café\n')
    expect(await run('--encoding', 'latin9')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('utf-8, utf-16le, utf-16be, latin1') })
  })

  test('a packed file is its text', async () => {
    using folder = makeFolder({ 's.js': '[context, docs[0].bytes].join()' })
    writeFileSync(folder.file('a.gz'), gzipSync('unpacked'))
    writeFileSync(folder.file('cut.gz'), gzipSync('unpacked').subarray(0, 15))
    const run = (file: string) => replm(['run', folder.file('s.js'), '-m', 'sim/echo', '-c', folder.file(file)])
    expect((await run('a.gz')).stdout).toBe('unpacked,8\n')
    expect(await run('cut.gz')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('cut off') })
  })

  test('args are strings, the last of a name counts', async () => {
    const { stdout } = await runText('JSON.stringify(args)', ['--arg', 'a=1', 'b=x=y', '--arg', 'a=2'])
    expect(JSON.parse(stdout)).toEqual({ a: '2', b: 'x=y' })
  })

  test('a model that was not allowed is refused, one that was is not', async () => {
    const text = `await llmQuery('hi', { model: 'sim/extract' })`
    expect((await runText(text)).code).toBe(2)
    expect((await runText(text, ['--allow-model', 'sim/*'])).code).toBe(0)
  })

  test.each(['async', 'pool', 'auto'])('the path %s answers', async (path) => {
    const { stdout } = await runText(`(await llmBatchQuery(['one', 'two'])).length`, ['--dispatch', path])
    expect(stdout).toBe('2\n')
  })
})

describe('--json', () => {
  test('one object with all its fields, nothing else anywhere', async () => {
    const { stdout, stderr, code } = await runText(`console.log('seen'); console.error('oops'); await llmQuery('hi'); ({ map: new Map(), n: 1n, list: [1, undefined] })`, ['--json'])
    const outcome = parseOutcome(stdout)
    expect(stdout).toBe(`${JSON.stringify(outcome)}\n`)
    expect(Object.keys(outcome)).toEqual(['ok', 'value', 'text', 'logs', 'usage', 'durationMs', 'session'])
    expect(outcome).toMatchObject({
      ok: true,
      value: { map: null, n: null, list: [1, null] },
      text: expect.stringContaining('1n'),
      logs: [
        { stream: 'stdout', level: 'log', text: 'seen' },
        { stream: 'stderr', level: 'error', text: 'oops' },
      ],
      usage: { queries: 1, bought: 1, replayed: 0, inputTokens: expect.any(Number), outputTokens: expect.any(Number), usd: 0, unknownUsd: 0 },
      session: expect.stringMatching(/^[0-9a-f]{8}-/),
    })
    expect([stderr, code]).toEqual(['', 0])
  })

  test('a failure is one object, too, with the place in the script and what was printed before', async () => {
    const { stdout, stderr, code } = await runText(`console.log('before')\n  null.x`, ['--json'])
    expect(parseOutcome(stdout)).toMatchObject({ ok: false, error: { code: 'CELL', line: 2, message: expect.stringContaining('null') }, logs: [{ text: 'before' }] })
    expect([stderr, code]).toEqual(['', 1])
  })

  test.each([
    ['a flag that is none', ['run', 'x.js', '--nonsense', '--json']],
    ['a script that is not there', ['run', '/nowhere/x.js', '--json']],
    ['a number that is none', ['run', 'x.js', '--concurrency', '0', '--json']],
    ['context that is not there', ['run', `${root}/examples/summary.ts`, '-m', 'sim/echo', '-c', '/nowhere/at/all.txt', '--json']],
  ])('%s is one object and exit code 2', async (_, words) => {
    const { stdout, stderr, code } = await replm(words)
    expect(parseOutcome(stdout)).toMatchObject({ ok: false, error: { code: expect.stringMatching(/^(CONFIG|NOT_FOUND)$/) }, usage: { queries: 0 } })
    expect([stderr, code]).toEqual(['', 2])
  })
})

describe('exit codes', () => {
  test.each([
    ['CELL', `throw new Error('no')`, []],
    ['CELL', `throw null`, []],
    ['CELL', `throw Object.assign(new Error('forged'), { code: 'BUDGET' })`, []],
    ['SYNTAX', `const = 1`, []],
    ['STALLED', `await new Promise(() => {})`, []],
    ['BUDGET', `await llmBatchQuery(['a', 'b', 'c'])`, ['--max-queries', '2']],
    ['BUDGET', `await llmQuery('a')`, ['--max-queries', '0']],
    ['OUTPUT', `for (;;) console.log('x'.repeat(10_000))`, []],
    ['PROVIDER', `await llmQuery('a')`, ['-m', 'sim/echo?fail500=1']],
    ['REFUSED', `await llmQuery('a')`, ['-m', 'sim/echo?failRefusal=1']],
    ['CONFIG', `await llmQuery('a')`, ['-m', 'nobody/x']],
    ['MEMORY', `const a = []; for (;;) a.push(new Array(1e6).fill(a.length))`, []],
  ] as const)('%s: %s', async (code, text, words) => {
    const { stdout, code: exit } = await runText(text, ['--json', ...words])
    expect([parseOutcome(stdout).error?.code, exit]).toEqual([code, exitCodes[code]])
  })

  test('without a model a script that asks ends with CONFIG and is told the three ways on; one that does not ask runs', async () => {
    using folder = makeFolder({ 'ask.js': `await llmQuery('hi')`, 'think.js': '1 + 1' })
    const asked = await replm(['run', folder.file('ask.js')])
    expect(asked.code).toBe(2)
    expect(asked.stderr).toMatch(/^CONFIG: [^]*OPENAI_API_KEY[^]*Ollama[^]*-m sim\/echo/)
    expect((await replm(['run', folder.file('think.js')])).stdout).toBe('2\n')
  })

  test.each([
    [['run']],
    [['run', 'x.js', '--nonsense']],
    [['run', 'x.js', '--dispatch', 'fast']],
    [['run', 'x.js', '--budget-usd', '-1']],
    [['run', 'x.js', '-m', 'gpt']],
    [['run', '-', '-c', '-']],
    [['run', 'x.js', '--session', '']],
    [['run', 'x.js', '--fresh']],
    [['run', 'x.js', '--accept-changes']],
    [['grep']],
    [['sessions', 'shwo']],
    [['sessions', 'rm']],
    [['sessions', 'rm', '--older-than', 'always']],
    [['jobs', 'submit']],
    [['jobs', 'submt', 'x.js']],
    [['jobs', 'wait', 'x', '--timeout', 'soon']],
    [['serve', '--port', 'nine']],
  ])('%j is a wrong command line: exit code 2, nothing on standard output, a sentence on standard error', async (words) => {
    const { stdout, stderr, code } = await replm(words)
    expect([stdout, code]).toEqual(['', 2])
    expect(stderr).toMatch(/^CONFIG: .{10,}\n`replm --help`/)
  })
})

describe('errors', () => {
  test('an error says where in the script, and shows no frame of the host', async () => {
    const { stderr, stdout } = await runText(`const x = 1\nfunction f() {\n  throw new TypeError('wrong')\n}\nf()`)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^CELL: TypeError: wrong\n {2}at .*script\.js:3:\d+\n {6}throw new TypeError\('wrong'\)\n +\^/)
    expect(stderr).not.toMatch(/node:internal|\/src\/|isolated-vm|file:\/\//)
  })

  test('control characters of a guest stay visible in an error, also in a log file', async () => {
    const { stderr } = await runText(`throw new Error('\\x1b[2Jgone\\u202e')`)
    expect(stderr).toContain('\\x1b[2Jgone\\u202e')
  })
})

describe('pipes', () => {
  test('a pipe gets the program’s bytes as they are', async () => {
    expect((await runText(`console.log('\\x1b[31mred')`)).stdout).toBe('\x1b[31mred\n')
  })

  test('a reader that goes away ends the program in silence', async () => {
    using folder = makeFolder({ 's.js': `for (let i = 0; ; i++) { console.log('line', i); await sleep(1) }` })
    using command = new Command('/bin/bash', ['-c', `'${process.execPath}' '${launcher}' run '${folder.file('s.js')}' -m sim/echo | head -n 2`])
    expect(await command.end()).toEqual({ code: 0, stdout: 'line 0\nline 1\n', stderr: '' })
  })
})

describe('signals', () => {
  test('the first Ctrl-C interrupts: 130, what was printed stays, the object has the error', async () => {
    using folder = makeFolder({ 's.js': `console.log('started'); await llmQuery('slow')` })
    using plain = start(['run', folder.file('s.js'), '-m', 'sim/echo?latencyMs=60000'])
    await plain.until('stdout', /started/)
    plain.child.kill('SIGINT')
    const ended = await plain.end()
    expect([ended.code, ended.stdout]).toEqual([130, 'started\n'])
    expect(ended.stderr).toMatch(/^INTERRUPTED: /)
  })

  test('with --json the interrupted run is one object, with what was printed before', async () => {
    await using server = await openSilentServer()
    using folder = makeFolder({ 's.js': `console.log('started'); await llmQuery('slow')` })
    using command = start(['run', folder.file('s.js'), '-m', 'compatible/x', '--json'], { env: { REPLM_BASE_URL: server.url } })
    await server.asked
    command.child.kill('SIGINT')
    const { stdout, code } = await command.end()
    expect([code, parseOutcome(stdout)]).toMatchObject([130, { ok: false, error: { code: 'INTERRUPTED' }, logs: [{ text: 'started' }] }])
    // The socket of the question in flight is closed with it.
    await server.closed
  })

  test('a tight loop is interrupted as well', async () => {
    using folder = makeFolder({ 's.js': `console.log('started'); await sleep(1); for (;;);` })
    using command = start(['run', folder.file('s.js'), '-m', 'sim/echo'])
    await command.until('stdout', /started/)
    command.child.kill('SIGINT')
    expect((await command.end()).code).toBe(130)
  })

  test('a program may catch the interrupt and keep what it has; the exit code tells of it all the same', async () => {
    using folder = makeFolder({ 's.js': `console.log('started'); let kept = 'half'; try { await llmQuery('slow') } catch (error) { console.log(error.code) } kept` })
    using command = start(['run', folder.file('s.js'), '-m', 'sim/echo?latencyMs=60000'])
    await command.until('stdout', /started/)
    command.child.kill('SIGINT')
    expect(await command.end()).toEqual({ code: 130, stdout: 'started\nINTERRUPTED\nhalf\n', stderr: '' })
  })

  test('Ctrl-C before the script was read ends at once', async () => {
    using command = start(['run', '-', '-m', 'sim/echo', '--json'])
    await command.until('stdout', /^/)
    const listening = setInterval(() => command.child.kill('SIGINT'), 150)
    const { code } = await command.end()
    clearInterval(listening)
    expect([null, 130]).toContain(code)
  })
})

describe.skipIf(!hasTerminal)('on a terminal', () => {
  test('progress is drawn on standard error and gone at the end; the cost stays', async () => {
    using folder = makeFolder({ 's.js': `await llmBatchQuery(Array.from({ length: 20 }, (_, i) => 'question ' + i), { concurrency: 2 }); 'end'` })
    using command = startOnTerminal(['run', folder.file('s.js'), '-m', 'sim/echo?latencyMs=60'], { redirect: `>${folder.file('out')}` })
    const { stdout: screen, code } = await command.end()
    expect(code).toBe(0)
    expect(screen).toMatch(/\d+\/20 · .* left · [\d,]+ tokens · \$0\.00/)
    // What is left on the screen when every erased line is gone.
    const left = screen.replaceAll('\r\n', '\n').split('\n').map((line) => line.slice(line.lastIndexOf('\x1b[K') + 3 || 0)).join('\n')
    expect(left).not.toMatch(/\/20/)
    expect(left).toMatch(/20 questions · [\d,]+ tokens · \$0\.00/)
    expect(readFileSync(folder.file('out'), 'utf8')).toBe('end\n')
  })

  test('the closing line says how many were answered where a budget or Ctrl-C left some without', async () => {
    using folder = makeFolder({ 's.js': `await llmBatchQuery(Array.from({ length: 20 }, (_, i) => 'question ' + i), { settle: true, concurrency: 2 }); 'end'` })
    using refused = startOnTerminal(['run', folder.file('s.js'), '-m', 'sim/echo', '--max-queries', '5'])
    expect((await refused.end()).stdout).toMatch(/\[2m5 of 20 questions answered · [\d,]+ tokens/)
    using stopped = startOnTerminal(['run', folder.file('s.js'), '-m', 'sim/echo?latencyMs=200'])
    await stopped.until('stdout', /[1-9]\d*\/20/)
    stopped.child.stdin.write('\x03')
    const { stdout, code } = await stopped.end()
    expect(stdout).toMatch(/\[2m1?\d of 20 questions answered · [\d,]+ tokens/)
    expect(code).toBe(130)
  })

  test('with --quiet, and in a pipe, there is no progress', async () => {
    using folder = makeFolder({ 's.js': `await llmBatchQuery(['a', 'b', 'c', 'd'], { concurrency: 1 }); 'end'` })
    using quiet = startOnTerminal(['run', folder.file('s.js'), '-m', 'sim/echo?latencyMs=120', '--quiet'])
    expect((await quiet.end()).stdout).toBe('end\r\n')
    const { stderr } = await replm(['run', folder.file('s.js'), '-m', 'sim/echo?latencyMs=120'])
    expect(stderr).toBe('')
  })

  test('what a guest prints, gives or throws cannot steer the terminal', async () => {
    using folder = makeFolder({ 's.js': `console.log('\\x1b]0;owned\\x07'); console.error('\\x9b2J'); await progress(0.5, '\\x1b[2J'); await sleep(250); throw new Error('\\x1b[2J\\rsafe')` })
    using command = startOnTerminal(['run', folder.file('s.js'), '-m', 'sim/echo'])
    const { stdout } = await command.end()
    expect(stdout).toContain('\\x1b]0;owned\\x07')
    for (const steering of ['\x1b]', '\x9b', '\x1b[2J']) expect(stdout).not.toContain(steering)
  })

  test('NO_COLOR is respected', async () => {
    using folder = makeFolder({ 's.js': `throw new Error('x')` })
    using coloured = startOnTerminal(['run', folder.file('s.js'), '-m', 'sim/echo'])
    expect((await coloured.end()).stdout).toContain('\x1b[31mCELL\x1b[39m')
    using plain = startOnTerminal(['run', folder.file('s.js'), '-m', 'sim/echo'], { env: { NO_COLOR: '1' } })
    expect((await plain.end()).stdout).not.toContain('\x1b[31m')
  })

  test('Ctrl-C as a key interrupts the program and not its sandbox', async () => {
    using folder = makeFolder({ 's.js': `console.log('started'); let kept = 'half'; try { await llmQuery('slow') } catch (error) { console.log(error.code) } kept` })
    using command = startOnTerminal(['run', folder.file('s.js'), '-m', 'sim/echo?latencyMs=60000', '--quiet'])
    await command.until('stdout', /started/)
    command.child.stdin.write('\x03')
    const { stdout, code } = await command.end()
    expect([stdout.replace('^C', ''), code]).toEqual(['started\r\nINTERRUPTED\r\nhalf\r\n', 130])
  })
})

/** A model server that takes a question and says nothing. */
async function openSilentServer() {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
  const { promise: closed, resolve: close } = Promise.withResolvers<void>()
  const server = createServer((request) => {
    request.resume()
    request.on('end', ask)
    request.socket.on('close', () => close())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `http://127.0.0.1:${port}/v1`,
    asked,
    closed,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

describe('the command line’s own words', () => {
  test.each([
    [['--max-queries', '1'], /`--max-queries`/],
    [['--max-tokens-total', '1'], /`--max-tokens-total`/],
    [['-m', 'compatible/no-price', '--budget-usd', '1'], /`--max-tokens-total` instead of `--budget-usd`/],
  ])('a budget that is used up names the flag: %j', async (words, named) => {
    const { stderr, code } = await runText(`await llmQuery('a'); await llmQuery('b')`, words)
    expect(code).toBe(exitCodes.BUDGET)
    expect(stderr).toMatch(named)
    expect(stderr).not.toMatch(/`budget\.|openReplm/)
    const { stdout } = await runText(`await llmQuery('a'); await llmQuery('b')`, [...words, '--json'])
    expect(stdout).toMatch(named)
    expect(stdout).not.toMatch(/`budget\.|openReplm/)
  })

  test('what a program says of itself stays as it is', async () => {
    expect((await runText('throw new Error("`budget.usd`")')).stderr).toContain('`budget.usd`')
  })

  test('files that are left out of the context are told in one line, unless it is to be quiet', async () => {
    using folder = makeFolder({ 'a.txt': 'text', 'b.bin': '\0\x01', 'c.bin': '\0', 'count.js': 'docs.length' })
    const words = ['run', folder.file('count.js'), '-c', folder.path]
    expect(await replm(words)).toEqual({ code: 0, stdout: '2\n', stderr: `Left out of the context: 2 binary files (${folder.file('b.bin')}, ${folder.file('c.bin')})\n` })
    expect((await replm([...words, '--quiet'])).stderr).toBe('')
    expect((await replm([...words, '--json'])).stderr).toBe('')
  })
})

describe.runIf(process.platform === 'linux')('a named pipe', () => {
  function makePipe(folder: { readonly file: (name: string) => string }): string {
    const path = folder.file('pipe')
    spawnSync('mkfifo', [path])
    return path
  }

  /** Resolves when a process has opened the file. */
  async function opened(pid: number, path: string): Promise<void> {
    const isOpen = (): boolean => {
      try {
        return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === path)
      } catch {
        return false // One was closed meanwhile.
      }
    }
    while (!isOpen()) await new Promise((resolve) => setImmediate(resolve))
  }

  test.each([['as the script', (pipe: string) => ['run', pipe]], ['as the context', (pipe: string, script: string) => ['run', script, '-c', pipe]]])('%s that nobody writes to is waited for until Ctrl-C', async (_, words) => {
    using folder = makeFolder({ 'read.js': 'await docs[0].slice()' })
    const pipe = makePipe(folder)
    using command = start(words(pipe, folder.file('read.js')))
    await opened(command.child.pid ?? 0, pipe)
    command.child.kill('SIGINT')
    expect((await command.end()).code).toBe(130)
  })

  test('is read when somebody writes to it, however late', async () => {
    using folder = makeFolder({ 'read.js': 'await docs[0].slice()' })
    const pipe = makePipe(folder)
    using script = start(['run', pipe])
    await opened(script.child.pid ?? 0, pipe)
    writeFileSync(pipe, '6 * 7')
    expect(await script.end()).toMatchObject({ code: 0, stdout: '42\n' })
    using context = start(['run', folder.file('read.js'), '-c', pipe])
    await opened(context.child.pid ?? 0, pipe)
    writeFileSync(pipe, 'late')
    expect(await context.end()).toMatchObject({ code: 0, stdout: 'late\n' })
  })
})
