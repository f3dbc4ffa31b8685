import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ModelServer, React } from '../servers/modelServer.ts'
import { openOpenAiServer } from '../servers/openai.ts'
import { hasTerminal, makeFolder, parseOutcome, replm, start, startOnTerminal } from './command.ts'

/** Asks one after another, and says what it heard. */
const asking = (count: number): string => `let all = ''\nfor (let i = 0; i < ${count}; i++) {\n  const answer = await llmQuery('question ' + i)\n  console.log(answer)\n  all += answer + ';'\n}\nall`

const answers = (from: number, to: number): string => Array.from({ length: to - from }, (_, index) => `answer ${from + index}\n`).join('')

let folder: ReturnType<typeof makeFolder>
let server: ModelServer
let react: React
/** Holds the question with this prompt until the client is gone. */
let held: string | undefined

beforeEach(async () => {
  folder = makeFolder({ 'script.js': asking(6) })
  held = undefined
  react = ({ prompt }) => (prompt === held ? 'SILENCE' : prompt.replace('question', 'answer'))
  server = await openOpenAiServer((received, index) => react(received, index))
})
afterEach(async () => {
  await server.close()
  folder[Symbol.dispose]()
})

const env = (): Record<string, string> => ({ OPENAI_API_KEY: 'none', OPENAI_BASE_URL: `${server.url}/v1` })
const words = (...more: string[]): string[] => ['run', folder.file('script.js'), '-m', 'openai/model-a', '--store', folder.file('store.db'), ...more]
const run = (...more: string[]) => replm(words(...more), { env: env() })
const sessions = (...more: string[]) => replm(['sessions', ...more, '--store', folder.file('store.db')], { env: env() })
const asked = (): string[] => server.requests.map(({ prompt }) => prompt)

/** Runs until this question has been asked and the one before it was answered and shown, and kills it. */
async function killedAt(question: number, ...more: string[]): Promise<string> {
  held = `question ${question}`
  using command = start(words(...more), { env: env() })
  await server.until(() => asked().includes(`question ${question}`))
  if (question > 0 && !more.includes('--json')) await command.until('stdout', new RegExp(`answer ${question - 1}\n`))
  command.child.kill('SIGKILL')
  const { stdout } = await command.end()
  held = undefined
  return stdout
}

/** What was shown in the very last moment before a kill may be shown again, and nothing else. */
function joined(outputs: readonly string[]): string {
  return outputs.reduce((shown, output) => {
    const last = /[^\n]*\n$/.exec(shown)?.[0] ?? ''
    return shown + (last !== '' && output.startsWith(last) ? output.slice(last.length) : output)
  })
}

describe('a script that was killed', () => {
  test('goes on where it was, asks nothing twice that was answered, shows nothing twice, and gives what an undisturbed run gives', async () => {
    const shown = [await killedAt(2, '--session', 'mine'), await killedAt(4, '--session', 'mine')]
    const { stdout, stderr, code } = await run('--session', 'mine')
    expect(joined([...shown, stdout])).toBe(`${answers(0, 6)}answer 0;answer 1;answer 2;answer 3;answer 4;answer 5;\n`)
    expect([stderr, code]).toEqual(['', 0])
    // Those in flight at a kill are asked again, and no others.
    expect(asked().toSorted()).toEqual(['question 0', 'question 1', 'question 2', 'question 2', 'question 3', 'question 4', 'question 4', 'question 5'])
  })

  test('tells in its one object what was bought now and what had been bought, with all that it printed, and the id of its session', async () => {
    await killedAt(4, '--session', 'mine')
    const outcome = parseOutcome((await run('--session', 'mine', '--json')).stdout)
    expect(outcome).toMatchObject({ ok: true, usage: { queries: 6, bought: 2, replayed: 4 } })
    expect(outcome.logs.map(({ text }) => `${text}\n`).join('')).toBe(answers(0, 6))
    const list = JSON.parse((await sessions('list', '--json')).stdout) as { sessions: { id: string; name: string; answers: number }[] }
    expect(list.sessions).toMatchObject([{ id: outcome.session, name: 'mine', answers: 6, isCutOff: false }])
  })

  test('and had no name is found in the list, and goes on by the beginning of its id', async () => {
    const shown = await killedAt(3)
    const { stdout } = await sessions('list')
    const [id = ''] = /^[0-9a-f-]+(?= .*cut off$)/m.exec(stdout) ?? []
    expect(joined([shown, (await sessions('resume', id)).stdout])).toBe(`${answers(0, 6)}answer 0;answer 1;answer 2;answer 3;answer 4;answer 5;\n`)
    expect(asked()).toHaveLength(7)
    expect((await sessions('list')).stdout).not.toContain('cut off')
  })

  test('goes on after its file was moved, with errors that name it as it was', async () => {
    await killedAt(3, '--session', 'mine')
    renameSync(folder.file('script.js'), folder.file('moved.js'))
    const { code } = await replm(['run', folder.file('moved.js'), '-m', 'openai/model-a', '--store', folder.file('store.db'), '--session', 'mine'], { env: env() })
    expect([code, asked().length]).toEqual([0, 7])
  })
})

describe('a script that is run again in its session', () => {
  test('buys nothing when nothing is new, and shows all', async () => {
    const first = await run('--session', 'mine')
    const again = await run('--session', 'mine')
    expect(again.stdout).toBe(first.stdout)
    expect(asked()).toHaveLength(6)
  })

  test('buys only what is new after an edit, also where it was killed', async () => {
    await killedAt(3, '--session', 'mine')
    writeFileSync(folder.file('script.js'), asking(8).replace('all\n', 'all\n\n').replace("'question '", "'question '"))
    const outcome = parseOutcome((await run('--session', 'mine', '--json')).stdout)
    expect(outcome.usage).toMatchObject({ queries: 8, bought: 5, replayed: 3 })
  })

  test('under another name of its file buys nothing, and its errors name the file as it is called now', async () => {
    writeFileSync(folder.file('script.js'), `${asking(2)}\nthrow new Error('on purpose')`)
    await run('--session', 'mine')
    renameSync(folder.file('script.js'), folder.file('other.js'))
    const { stderr } = await replm(['run', folder.file('other.js'), '-m', 'openai/model-a', '--store', folder.file('store.db'), '--session', 'mine'], { env: env() })
    expect(stderr).toContain(`at ${folder.file('other.js')}:8:7`)
    expect(asked()).toHaveLength(2)
  })

  test('with --fresh buys everything again', async () => {
    await run('--session', 'mine')
    await run('--session', 'mine', '--fresh')
    expect(asked()).toHaveLength(12)
  })

  test('keeps its model, its arguments and its documents where they are not named again', async () => {
    writeFileSync(folder.file('notes.txt'), 'some notes')
    writeFileSync(folder.file('script.js'), `[args.who, context, await llmQuery('question 0')].join()`)
    await run('--session', 'mine', '--arg', 'who=me', '-c', folder.file('notes.txt'))
    const again = await replm(['run', folder.file('script.js'), '--store', folder.file('store.db'), '--session', 'mine'], { env: env() })
    expect([again.stdout, asked().length]).toEqual(['me,some notes,answer 0\n', 1])
  })

  test('after BUDGET goes on with a higher budget, which is one over all its runs, and buys only the rest', async () => {
    const first = await run('--session', 'mine', '--max-queries', '2')
    expect([first.stdout, first.code]).toEqual([answers(0, 2), 4])
    expect((await run('--session', 'mine', '--max-queries', '2')).code).toBe(4)
    const outcome = parseOutcome((await run('--session', 'mine', '--max-queries', '6', '--json')).stdout)
    expect(outcome).toMatchObject({ ok: true, usage: { queries: 6, bought: 4, replayed: 2 } })
    expect(asked()).toHaveLength(6)
  })
})

describe('a document that has changed', () => {
  beforeEach(() => {
    writeFileSync(folder.file('notes.txt'), 'old')
    writeFileSync(folder.file('script.js'), `const text = await docs[0].slice(0, 10)\nfor (let i = 0; i < 3; i++) console.log(await llmQuery('question ' + i))\nawait llmQuery(text)`)
  })
  const context = (): string[] => ['-c', folder.file('notes.txt')]

  test('keeps a script that was killed from going on, which is said with the ways on, until that is accepted', async () => {
    const shown = await killedAt(2, '--session', 'mine', ...context())
    writeFileSync(folder.file('notes.txt'), 'new')
    for (const refused of [await run('--session', 'mine', ...context()), await sessions('resume', 'mine')]) {
      expect([refused.stdout, refused.code]).toEqual(['', 2])
      expect(refused.stderr).toMatch(/^CHANGED: .*mine.*notes\.txt has changed.*--accept-changes/)
    }
    const accepted = await run('--session', 'mine', '--accept-changes', ...context())
    expect(joined([shown, accepted.stdout])).toBe(`${answers(0, 3)}new\n`)
    expect(asked()).toEqual(['question 0', 'question 1', 'question 2', 'question 2', 'new'])
  })

  test('is said when the script runs again, which buys what has become another question', async () => {
    await run('--session', 'mine', ...context())
    writeFileSync(folder.file('notes.txt'), 'new')
    const { stdout, stderr } = await run('--session', 'mine')
    expect(stdout).toBe(`${answers(0, 3)}new\n`)
    expect(stderr).toMatch(/^Since the last run the document .*notes\.txt has changed/)
    expect(asked()).toEqual(['question 0', 'question 1', 'question 2', 'old', 'new'])
  })
})

describe('a session', () => {
  test('in use refuses another run, says by which process, and is listed so', async () => {
    held = 'question 1'
    using command = start(words('--session', 'mine'), { env: env() })
    await command.until('stdout', /answer 0/)
    const second = await run('--session', 'mine', '--json')
    expect(parseOutcome(second.stdout).error).toMatchObject({ code: 'IN_USE', message: expect.stringContaining(`process ${command.child.pid} `) })
    expect(second.code).toBe(2)
    expect((await sessions('list')).stdout).toContain(`in use by process ${command.child.pid}`)
    const removed = await sessions('rm', 'mine')
    expect([removed.code, removed.stderr]).toEqual([2, expect.stringContaining(`process ${command.child.pid} `)])
  })

  test('shows its runs, what became of each, what they cost and how the last one failed', async () => {
    await run('--session', 'mine', '--max-queries', '2')
    const { stdout } = await sessions('show', 'mine')
    expect(stdout).toMatch(/^[0-9a-f-]{36} {2}mine\nmade .* · 2 answers · /)
    expect(stdout).toMatch(/^1 +BUDGET +2 .*script\.js +let all = ''/m)
    expect(stdout).toMatch(/^Last error, of run 1: BUDGET .*`--max-queries`/m)
    expect(JSON.parse((await sessions('show', 'mine', '--json')).stdout)).toMatchObject({ name: 'mine', runs: [{ cell: 'main', code: 'BUDGET', state: 'ended' }], spending: [{ cell: 'main', answers: 2 }] })
  })

  test('is written out whole, to a pipe or to a file that only its owner reads', async () => {
    await run('--session', 'mine')
    const lines = (await sessions('export', 'mine')).stdout
    // Lines of the journal's own making.
    const types = lines.trimEnd().split('\n').map((line) => (JSON.parse(line) as { type: string }).type)
    expect(types.filter((type) => type === 'answer')).toHaveLength(6)
    expect(types.slice(0, 2)).toEqual(['session', 'execution'])
    await sessions('export', 'mine', '--out', folder.file('mine.jsonl'))
    expect(readFileSync(folder.file('mine.jsonl'), 'utf8')).toBe(lines)
    expect(statSync(folder.file('mine.jsonl')).mode & 0o777).toBe(0o600)
  })

  test('is removed with its answers, and one that is not there is said with what is near', async () => {
    await run('--session', 'mine')
    const wrong = await sessions('rm', 'mine', 'mein')
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/^NOT_FOUND: There is no session "mein".*Did you mean mine\?/)])
    expect((await sessions('rm', 'mine')).stdout).toBe('1 session removed\n')
    expect((await sessions('show', 'mine')).code).toBe(2)
    await run('--session', 'mine')
    expect(asked()).toHaveLength(12)
  })

  test('that nobody has used for long is removed by its age', async () => {
    await run('--session', 'old')
    await run('--session', 'new')
    aged('old', 31)
    expect((await sessions('rm', '--older-than', '30d')).stdout).toBe('1 session removed\n')
    expect((await sessions('list')).stdout).toMatch(/ new /)
  })

  test('without a name is removed by a later run, 30 days after it has ended; one that was cut off stays, and so does one with a name', async () => {
    await run()
    await run('--session', 'mine')
    await killedAt(3)
    aged(null, 31)
    aged('mine', 31)
    await run()
    const list = JSON.parse((await sessions('list', '--json')).stdout) as { sessions: { name: string | null; isCutOff: boolean }[] }
    expect(list.sessions.map(({ name, isCutOff }) => [name, isCutOff]).toSorted()).toEqual([[null, false], [null, true], ['mine', false]])
  })

  test('of the prompt is not overrun by a script', async () => {
    const store = ['--store', folder.file('store.db')]
    await replm(['-m', 'sim/echo', ...store], { stdin: '1 + 1\n', env: env() })
    const { sessions: all } = JSON.parse((await sessions('list', '--json')).stdout) as { sessions: { id: string }[] }
    const { code, stderr } = await run('--session', all[0]?.id ?? '')
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^CONFIG: .* is not a script's/)])
    expect((await sessions('resume', all[0]?.id ?? '')).stderr).toMatch(/^CONFIG: .*prompt.*\.resume/)
  })
})

/** Moves what the store knows of its use back by so many days. */
function aged(name: string | null, days: number): void {
  using database = new DatabaseSync(folder.file('store.db'))
  database.prepare('UPDATE sessions SET used_ms = used_ms - ? WHERE name IS ?').run(days * 86_400_000, name)
}

describe('a store', () => {
  test('that was cut off in the middle is said to be damaged, with the ways on, and is left as it is', async () => {
    await run('--session', 'mine')
    truncateSync(folder.file('store.db'), 5_000)
    const { code, stderr } = await run('--session', 'mine')
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^STORE: .*store\.db.*[^]*--store/)])
    expect(statSync(folder.file('store.db')).size).toBe(5_000)
  })

  test('from a newer version, or of another program, is left alone', async () => {
    await run('--session', 'mine')
    {
      using database = new DatabaseSync(folder.file('store.db'))
      database.exec('PRAGMA user_version = 99')
    }
    const { code, stderr } = await run('--session', 'mine')
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^STORE: .*newer replm.*--store/)])
    writeFileSync(folder.file('notes.txt'), 'This is no database at all, whatever it is called.'.repeat(100))
    const foreign = await replm(['sessions', 'list', '--store', folder.file('notes.txt')])
    expect([foreign.code, foreign.stderr]).toEqual([2, expect.stringMatching(/^STORE: .*notes\.txt.*--store/)])
  })

  test.skipIf(process.getuid?.() === 0)('in a folder that cannot be written is said, and :memory: runs all the same', async () => {
    chmodSync(folder.path, 0o500)
    const { code, stderr } = await run()
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^STORE: .*store\.db.*[^]*:memory:/)])
    expect((await replm(['run', folder.file('script.js'), '-m', 'openai/model-a', '--store', ':memory:'], { env: env() })).code).toBe(0)
    chmodSync(folder.path, 0o700)
  })

  test('in memory leaves no file', async () => {
    expect((await replm(['run', folder.file('script.js'), '-m', 'openai/model-a', '--store', ':memory:'], { env: env() })).code).toBe(0)
    expect(existsSync(folder.file('store.db'))).toBe(false)
  })

  test('is described by the doctor: where it is, its size and its version, and what is wrong with it', async () => {
    const store = ['--store', folder.file('store.db')]
    expect((await replm(['doctor', ...store])).stdout).toMatch(/store +.*store\.db \(will be made\)/)
    expect(existsSync(folder.file('store.db'))).toBe(false)
    await run('--session', 'mine')
    expect((await replm(['doctor', ...store])).stdout).toMatch(/store +.*store\.db: version \d+, 1 session, [\d.]+ kB/)
    truncateSync(folder.file('store.db'), 5_000)
    const { stdout, code } = await replm(['doctor', ...store])
    expect([code, stdout]).toEqual([2, expect.stringMatching(/BAD +store +.*damaged[^]*--store FILE/)])
  })
})

test.skipIf(!hasTerminal)('on a terminal a run that was interrupted says how to go on', async () => {
  held = 'question 2'
  using command = startOnTerminal(words('--session', 'my run'), { env: env() })
  await server.until(() => asked().includes('question 2'))
  await command.until('stdout', /answer 1/)
  command.child.stdin.write('\x03')
  const { stdout } = await command.end()
  expect(stdout).toContain(`replm run ${folder.file('script.js')} --session 'my run' --store ${folder.file('store.db')}\` buys only what is new`)
  held = undefined
  expect((await run('--session', 'my run')).code).toBe(0)
  expect(asked()).toHaveLength(7)
})

test('an interrupted run keeps what it has bought', async () => {
  held = 'question 2'
  const command = start(words('--session', 'mine'), { env: env() })
  await server.until(() => asked().includes('question 2'))
  command.child.kill('SIGINT')
  await once(command.child, 'exit')
  held = undefined
  expect(parseOutcome((await run('--session', 'mine', '--json')).stdout).usage).toMatchObject({ bought: 4, replayed: 2 })
})
