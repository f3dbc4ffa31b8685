/** A program that asks a person, at a real terminal and without one. */
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { hasTerminal, makeFolder, parseOutcome, replm, root } from './command.ts'
import { RealTerminal } from './realTerminal.ts'

const asking = `
const draft = await llmQuery('the draft')
const { action, data } = await awaitInput({ title: 'Send \\u001b[31mthis?', description: 'A draft', data: { draft, n: [1, 2] } })
console.log('after ' + action)
const same = await llmQuery('the end')
final({ action, data, same })`

test('without a terminal the run ends with INPUT_NEEDED and says how it goes on, and nothing is bought twice when it does', async () => {
  using folder = makeFolder({ 'ask.js': asking })
  const words = ['run', folder.file('ask.js'), '-m', 'sim/echo', '--store', folder.file('s.db'), '--session', 'letters']
  const { code, stderr, stdout } = await replm(words)
  expect([code, stdout]).toEqual([6, ''])
  expect(stderr).toMatch(/^INPUT_NEEDED: The program waits for a person/)
  expect(stderr).toContain(`replm run ${folder.file('ask.js')} --session letters --store ${folder.file('s.db')}`)
  const again = await replm([...words, '--json'])
  expect(again.code).toBe(6)
  expect(parseOutcome(again.stdout)).toMatchObject({ ok: false, error: { code: 'INPUT_NEEDED' }, usage: { bought: 0, replayed: 1 } })
})

describe.skipIf(!hasTerminal)('at a terminal', () => {
  test('run asks, shows what a program wrote as text, and goes on with what the person chose', async () => {
    using folder = makeFolder({ 'ask.js': asking })
    using terminal = new RealTerminal(['run', folder.file('ask.js'), '-m', 'sim/echo'])
    await terminal.until(/Send \\x1b\[31mthis\?\nA draft\n {2}{\n {4}"draft": "the draft",[^]*1 approve, 2 edit or 3 cancel\? $/)
    await terminal.type('nonsense\r').until(/"nonsense" is none of them[^]*cancel\? $/)
    terminal.type('app\r')
    await terminal.until(/→ approve\nafter approve\n/)
    expect(await terminal.end()).toBe(0)
    expect(terminal.text).toMatch(/action: 'approve',\n {2}data: { draft: 'the draft', n: \[ 1, 2 \] },\n {2}same: 'the end'/)
  })

  test('edit opens $EDITOR; what is no JSON can be edited again, and is not lost', async () => {
    using folder = makeFolder({ 'ask.js': asking, editor: '' })
    const seen = folder.file('seen')
    // Its first attempt is broken, its second mends that.
    writeFileSync(folder.file('editor.sh'), `cat "$2" >> '${seen}'; if grep -q broken "$2"; then echo '{"draft": "mine"}' > "$2"; else echo 'broken' > "$2"; fi`)
    using terminal = new RealTerminal(['run', folder.file('ask.js'), '-m', 'sim/echo', '--json', '--quiet'], { env: { EDITOR: `sh ${folder.file('editor.sh')} --wait` } })
    await terminal.until(/cancel\? $/)
    await terminal.type('edit\r').until(/That is no JSON: [^]*edit again\? \[y\/n] $/)
    terminal.type('y\r')
    await terminal.until(/→ edit\n/)
    expect(await terminal.end()).toBe(0)
    expect(terminal.text).toContain('"value":{"action":"edit","data":{"draft":"mine"},"same":"the end"}')
    expect(readFileSync(seen, 'utf8')).toBe(`${JSON.stringify({ draft: 'the draft', n: [1, 2] }, null, 2)}\nbroken\n`)
  })

  test('Ctrl-C and Ctrl-D leave: the first interrupts, the second says how to go on', async () => {
    using folder = makeFolder({ 'ask.js': asking })
    const words = ['run', folder.file('ask.js'), '-m', 'sim/echo', '--store', folder.file('s.db'), '--session', 'a']
    using first = new RealTerminal(words)
    await first.until(/cancel\? $/)
    first.type('\x04')
    expect(await first.end()).toBe(6)
    expect(first.text).toMatch(/INPUT_NEEDED[^]*--session a/)
    using second = new RealTerminal(words)
    await second.until(/cancel\? $/)
    second.type('\x03')
    expect(await second.end()).toBe(130)
  })

  test('the prompt asks, too; lines typed ahead are no answer, and Ctrl-C keeps the session', async () => {
    using terminal = new RealTerminal(['-m', 'sim/echo'])
    await terminal.prompt()
    terminal.type(`const kept = 7; await sleep(300); (await awaitInput({ title: 'Go?', data: 'text', actions: ['left', 'right'] })).action\r'typed' + ' ahead'\r`)
    await terminal.until(/Go\?\n {2}text\n1 left or 2 right\? $/)
    terminal.type('rightx\x7f\r')
    await terminal.until(/→ right\n'right'\n[^]*'typed ahead'\n> $/)
    terminal.type(`await awaitInput({ title: 'Stop?' })\r`)
    await terminal.until(/cancel\? $/)
    await terminal.type('\x03').until(/INTERRUPTED[^]*> $/)
    await terminal.enter('kept', /\n7\n/)
  })

  test('a text is edited as it is, at the prompt as well', async () => {
    using folder = makeFolder({})
    writeFileSync(folder.file('editor.sh'), `printf '%s and more' "$(cat "$1")" > "$1.new"; mv "$1.new" "$1"`)
    using terminal = new RealTerminal(['-m', 'sim/echo'], { env: { EDITOR: `sh ${folder.file('editor.sh')}` } })
    await terminal.prompt()
    terminal.type(`await awaitInput({ title: 'Edit it', data: 'what there is' })\r`)
    await terminal.until(/cancel\? $/)
    await terminal.type('2\r').until(/{ action: 'edit', data: 'what there is and more' }\n> $/)
  })
})

test('the example asks for another draft, and sends what was approved', async () => {
  using folder = makeFolder({ 'letter.txt': 'When does the shop open? I could not find it anywhere. Yours, Ann' })
  const { code, stderr } = await replm(['run', `${root}examples/review.ts`, '-m', 'sim/extract', '-c', folder.file('letter.txt'), '--store', folder.file('s.db')])
  expect([code, stderr]).toEqual([6, expect.stringContaining('INPUT_NEEDED')])
})
