/** `replm jobs …` as a user types it: with pipes, and at a real terminal. */
import { writeFileSync } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exitCodeOf } from '../../../src/cli/outcome.ts'
import { createProgram } from '../../../src/cli/program.ts'
import { reportFailure } from '../../../src/cli/report.ts'
import { type OutputStream, Terminal } from '../../../src/cli/terminal.ts'
import { type Command, hasTerminal, makeFolder, parseOutcome, replm, start } from '../command.ts'
import { RealTerminal } from '../realTerminal.ts'

const asking = `console.log('drafting'); await progress(0.25, 'half \\u001b[31mway'); const draft = await llmQuery('the draft'); const { action, data } = await awaitInput({ title: 'Send it?', data: draft }); ({ action, data })`

let folder: ReturnType<typeof makeFolder>
let worker: Command
beforeAll(() => {
  folder = makeFolder({ 'ask.js': asking, 'sum.ts': 'const n: number = Number(args.n); final(n + 1)', 'wrong.js': 'let a = 1\nnull.x', 'slow.js': `await llmQuery('x'); await sleep(600_000)` })
  worker = start(['jobs', 'worker', '-m', 'sim/echo', '--store', folder.file('s.db')])
})
afterAll(async () => {
  worker.child.kill('SIGTERM')
  expect((await worker.end()).code).toBe(130)
  folder[Symbol.dispose]()
}, 30_000)

/** The command in this process: what a process of its own adds is seen in the first test and at the terminal. */
async function jobs(words: readonly string[], stdin = '', store = 's.db'): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const written = { stdout: '', stderr: '' }
  const into = (name: 'stdout' | 'stderr'): OutputStream =>
    // A stream that is no terminal.
    new Writable({ write: (chunk: Buffer, _encoding, done) => ((written[name] += chunk.toString()), done()) }) as unknown as OutputStream
  const terminal = new Terminal({ stdout: into('stdout'), stderr: into('stderr'), env: {} })
  const program = createProgram({ terminal, stdin: Readable.from(stdin === '' ? [] : [stdin]) as unknown as NodeJS.ReadStream, env: {} })
  try {
    return { code: await program(['jobs', ...words, '--store', folder.file(store)]), ...written }
  } catch (thrown) {
    reportFailure(thrown, { terminal, json: false })
    return { code: exitCodeOf(thrown), ...written }
  }
}

async function submitted(words: readonly string[], stdin = ''): Promise<string> {
  const { stdout, stderr, code } = await jobs(['submit', ...words], stdin)
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^[0-9a-f-]{36}\n$/)
  return stdout.trim()
}

interface Shown {
  readonly id: string
  readonly status: string
  readonly progress: object
  readonly result?: { readonly value: unknown }
}

test('submit prints an id, wait the result, and --json the job', async () => {
  const store = ['--store', folder.file('s.db')]
  const submit = await replm(['jobs', 'submit', folder.file('sum.ts'), '--arg', 'n=41', '--priority', '-3', '--idempotency-key', 'sum', ...store])
  expect(submit).toEqual({ code: 0, stdout: expect.stringMatching(/^[0-9a-f-]{36}\n$/), stderr: '' })
  const id = submit.stdout.trim()
  expect(await replm(['jobs', 'wait', id, ...store])).toEqual({ code: 0, stdout: '42\n', stderr: '' })
  const { stdout } = await jobs(['wait', id.slice(0, 20), '--json'])
  expect(JSON.parse(stdout)).toMatchObject({ id, kind: 'script', status: 'completed', priority: -3, progress: {}, result: { value: 42, text: '42', usage: { queries: 0 } } })
  expect((JSON.parse((await jobs(['submit', folder.file('sum.ts'), '--arg', 'n=41', '--idempotency-key', 'sum', '--json'])).stdout) as Shown).id).toBe(id)
  const other = await jobs(['submit', folder.file('sum.ts'), '--arg', 'n=42', '--idempotency-key', 'sum'])
  expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('JOB_STATE')])
}, 60_000)

test('a job that fails gives its place and its exit code, one that is cut off by --timeout 5, one that is canceled 130', async () => {
  const id = await submitted([folder.file('wrong.js')])
  const { code, stdout, stderr } = await jobs(['wait', id])
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(/^CELL: TypeError: Cannot read properties of null[^]*wrong\.js:2:6/)
  const slow = await submitted([folder.file('slow.js')])
  expect((await jobs(['wait', slow, '--timeout', '200ms'])).code).toBe(5)
  expect(parseShown((await jobs(['cancel', slow, '--json'])).stdout).id).toBe(slow)
  expect(await jobs(['wait', slow])).toMatchObject({ code: 130, stdout: '' })
  expect((await jobs(['cancel', slow])).stdout).toBe(`${slow} canceled\n`)
}, 60_000)

test('what a job asks is answered with flags, once, and wait says with 6 that it waits', async () => {
  const id = await submitted([folder.file('ask.js')])
  const waited = await jobs(['wait', id])
  expect([waited.code, waited.stdout, waited.stderr]).toEqual([6, '', expect.stringMatching(/Send it\?[^]*approve, edit, cancel/)])
  expect(parseShown((await jobs(['wait', id, '--json'])).stdout)).toMatchObject({ status: 'awaiting_input', inputRequest: { title: 'Send it?', data: 'the draft' } })
  for (const words of [[], ['--action', 'nope'], ['--data', '1'], ['--action', 'edit', '--data', '{broken']]) expect((await jobs(['input', id, ...words])).code, words.join(' ')).toBe(2)
  expect(await jobs(['input', id, '--action', 'edit', '--data', '{"to": "me"}'])).toMatchObject({ code: 0, stdout: expect.stringContaining(id) })
  expect((await jobs(['input', id, '--action', 'approve'])).code).toBe(2)
  expect(parseShown((await jobs(['wait', id, '--json'])).stdout).result?.value).toEqual({ action: 'edit', data: { to: 'me' } })
  const events = (await jobs(['events', id, '--json'])).stdout.trim().split('\n').map((line) => JSON.parse(line) as { seq: number; type: string })
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
  expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['console.printed', 'job.inputRequested', 'job.inputReceived', 'job.completed']))
  expect((await jobs(['events', id, '--json', '--after', String(events.length - 1)])).stdout.trim().split('\n')).toHaveLength(1)
}, 60_000)

test('one question, and a file of them, line by line', async () => {
  const one = await submitted(['--query', 'hello there', '-m', 'sim/echo'])
  expect(await jobs(['wait', one])).toMatchObject({ code: 0, stdout: 'hello there\n' })
  const lines = [{ custom_id: 'a', prompt: 'first' }, { customId: 'b', prompt: 'second', model: 'nosuchmodel/x' }, { custom_id: 'c', prompt: 'third', temperature: 0 }]
  writeFileSync(folder.file('batch.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'))
  const refused = await jobs(['submit', '--batch', folder.file('batch.jsonl')])
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('nosuchmodel')])
  const many = await submitted(['--batch', '-'], lines.map((line) => JSON.stringify({ ...line, model: undefined })).join('\n'))
  const { stdout } = await jobs(['wait', many])
  expect(stdout.trim().split('\n').map((line) => JSON.parse(line) as object)).toMatchObject([{ custom_id: 'a', ok: true, text: 'first' }, { custom_id: 'b', ok: true, text: 'second' }, { custom_id: 'c', ok: true, text: 'third' }])
}, 60_000)

test('list shows all of them, the newest first, and the flags that narrow it', async () => {
  const id = await submitted(['--query', 'listed'])
  await jobs(['wait', id])
  const { stdout } = await jobs(['list'])
  expect(stdout).toMatch(/^ID +KIND +STATUS +MADE +PROGRESS +NOTE\n/)
  const page = JSON.parse((await jobs(['list', '--json', '--status', 'completed', '--limit', '1'])).stdout) as { jobs: readonly Shown[]; cursor: string | null }
  expect(page.jobs).toMatchObject([{ id, status: 'completed' }])
  expect(page.jobs[0]).not.toHaveProperty('result')
  expect((await jobs(['status', id])).stdout).toMatch(new RegExp(`^id +${id}\nkind +query\nstatus +completed\n`))
  expect((await jobs([])).stdout).toContain(id.slice(0, 8))
}, 60_000)

test.each<[readonly string[], string, string?]>([
  [['nonsense'], 'There is no `replm jobs nonsense`'],
  [['submit'], 'Expected one thing to do'],
  [['submit', 'a.js', '--query', 'x'], 'Expected one thing to do'],
  [['submit', '/nowhere.js'], 'NOT_FOUND'],
  [['submit', '--batch', '/nowhere.jsonl'], 'NOT_FOUND'],
  [['submit', '--batch', '-'], 'a line of JSON in standard input:2', '{"custom_id":"a","prompt":"x"}\nbroken\n'],
  [['submit', '--batch', '-'], 'in standard input:1', '[]\n'],
  [['submit', '--batch', '-'], '`batch[0].customId`', '{"prompt":"x"}\n'],
  [['submit', '--batch', '-'], 'got none', ''],
  [['submit', '--query', 'x', '-c', 'y'], '`--context`'],
  [['submit', '--query', 'x', '--priority', 'high'], '--priority'],
  [['submit', '--query', 'x', '--ttl', '3x'], '--ttl'],
  [['status', '01a2'], 'There is no job "01a2"'],
  [['status', 'zzzz'], 'There is no job'],
  [['wait', '01a20000-0000-7000-8000-000000000000'], 'NOT_FOUND'],
  [['wait', 'x', '--timeout', 'soon'], '--timeout'],
  [['list', '--status', 'done'], '--status'],
  [['list', '--cursor', 'x'], 'cursor'],
  [['events', 'zzzz'], 'There is no job'],
  [['worker', '--concurrency', '0'], '--concurrency'],
])('jobs %j is refused', async (words, why, stdin = '') => {
  const { code, stdout, stderr } = await jobs(words, stdin, 'none.db')
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain(why)
})

test('jobs in memory are refused, as nobody would find them', async () => {
  const { code, stderr } = await replm(['jobs', 'submit', '--query', 'x', '--store', ':memory:'])
  expect([code, stderr]).toEqual([2, expect.stringContaining('--store')])
  expect(parseOutcome((await replm(['jobs', 'wait', 'zzzz', '--store', folder.file('none.db'), '--json'])).stdout)).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
}, 30_000)

describe.skipIf(!hasTerminal)('at a terminal', () => {
  test('submit says how it gets done where nobody does jobs; a worker says what it does, and Ctrl-C lets go', async () => {
    const store = folder.file('other.db')
    using submit = new RealTerminal(['jobs', 'submit', folder.file('sum.ts'), '--store', store], { columns: 160 })
    await submit.until(/[0-9a-f-]{36}\n[^]*`replm jobs worker`/)
    expect(await submit.end()).toBe(0)
    using working = new RealTerminal(['jobs', 'worker', '--store', store], { columns: 160 })
    await working.until(/Doing the jobs of this store[^]*script begun\n[^]*script completed/)
    working.type('\x03')
    await working.until(/Letting go/)
    expect(await working.end()).toBe(130)
  }, 60_000)

  test('wait shows how far it is, input shows what it asks and takes the answer', async () => {
    const id = await submitted([folder.file('ask.js')])
    await jobs(['wait', id])
    using input = new RealTerminal(['jobs', 'input', id, '--store', folder.file('s.db')], { columns: 120 })
    await input.until(/Send it\?\n {2}the draft\n1 approve, 2 edit or 3 cancel\? $/)
    input.type('approve\r')
    await input.until(/→ approve\n/)
    expect(await input.end()).toBe(0)
    expect((await jobs(['wait', id])).stdout).toMatch(/action: 'approve', data: 'the draft'/)
    const slow = await submitted([folder.file('slow.js')])
    using waiting = new RealTerminal(['jobs', 'wait', slow, '--store', folder.file('s.db')], { columns: 120 })
    await waiting.until(/running|queued/)
    waiting.type('\x03')
    await waiting.until(/The job goes on; `replm jobs cancel/)
    expect(await waiting.end()).toBe(130)
    await jobs(['cancel', slow])
  }, 60_000)
})

function parseShown(stdout: string): Shown {
  return JSON.parse(stdout) as Shown
}
