import { execFile } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { History, historyFile } from '../../../src/cli/repl/history.ts'
import { HistorySearch } from '../../../src/cli/repl/search.ts'
import { makeFolder, root } from '../command.ts'

test('entries last, newest first, lines and all; no entry twice in a row, none that is blank or begins with a space', () => {
  using folder = makeFolder({})
  const file = folder.file('state/replm/history')
  const history = new History({ file })
  for (const entry of ['one', 'two\nlines', 'two\nlines', '', '  ', ' secret', 'one']) history.add(entry)
  expect(history.entries).toEqual(['one', 'two\nlines', 'one'])
  expect(new History({ file }).entries).toEqual(history.entries)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700)
})

test('a file that was open to others is closed to them', () => {
  using folder = makeFolder({ history: '"old"\n' })
  chmodSync(folder.file('history'), 0o644)
  expect(new History({ file: folder.file('history') }).entries).toEqual(['old'])
  expect(statSync(folder.file('history')).mode & 0o777).toBe(0o600)
})

test('it is bounded, in memory and in its file', () => {
  using folder = makeFolder({})
  const file = folder.file('history')
  const history = new History({ file, maxEntries: 3 })
  for (let index = 0; index < 10; index += 1) history.add(`entry ${index}`)
  expect(history.entries).toEqual(['entry 9', 'entry 8', 'entry 7'])
  expect(new History({ file, maxEntries: 3 }).entries).toEqual(history.entries)
  expect(readFileSync(file, 'utf8')).toBe('"entry 7"\n"entry 8"\n"entry 9"\n')
  expect(existsSync(`${file}.lock`)).toBe(false)
  history.add('x'.repeat(30_000))
  expect(readFileSync(file, 'utf8').length).toBeLessThan(100)
})

test('two sessions add to one file, and lose nothing of each other', async () => {
  using folder = makeFolder({})
  const file = folder.file('history')
  const code = (name: string) => `
    import { History } from ${JSON.stringify(join(root, 'src/cli/repl/history.ts'))}
    const history = new History({ file: ${JSON.stringify(file)} })
    for (let index = 0; index < 300; index++) history.add('${name} ' + index)`
  await Promise.all(['a', 'b', 'c'].map((name) => promisify(execFile)(process.execPath, ['--input-type=module', '-e', code(name)])))
  const { entries } = new History({ file })
  expect(new Set(entries).size).toBe(900)
})

test('damaged lines are passed over', () => {
  using folder = makeFolder({ history: '"good"\n{"not": "one"}\n"cut in the mid\nplain text\n"also good"\n' })
  expect(new History({ file: folder.file('history') }).entries).toEqual(['also good', 'good'])
})

test('where nothing can be kept the session goes on, and knows why', () => {
  using folder = makeFolder({ plain: '' })
  const history = new History({ file: folder.file('plain/history') })
  expect(history.problem).toMatch(/ENOTDIR|EEXIST/)
  history.add('one')
  expect(history.entries).toEqual(['one'])
})

test('a lock that was left behind does not stay for ever', () => {
  using folder = makeFolder({ history: Array.from({ length: 20 }, (_, index) => `"${index}"\n`).join(''), 'history.lock': '' })
  const file = folder.file('history')
  expect(new History({ file, maxEntries: 3 }).entries).toEqual(['19', '18', '17'])
  expect(existsSync(`${file}.lock`)).toBe(true)
})

test('the environment names the file, or says that there is none', () => {
  expect(historyFile({ REPLM_HISTORY: '/x/y' })).toBe('/x/y')
  for (const off of ['', 'off', '0']) expect(historyFile({ REPLM_HISTORY: off })).toBeNull()
  if (process.platform === 'linux') expect(historyFile({ XDG_STATE_HOME: '/state' })).toBe('/state/replm/history')
})

test('a search goes to older entries and back, and takes letters away again', () => {
  const search = new HistorySearch(['let pear = 2', 'apple()', 'let apple = 1', 'let apple = 1'])
  search.extend('app')
  expect([search.match, search.offset]).toEqual(['apple()', 0])
  search.older()
  expect([search.match, search.offset]).toEqual(['let apple = 1', 4])
  search.older()
  expect(search.match).toBe('let apple = 1')
  search.newer()
  expect(search.match).toBe('apple()')
  search.extend('x')
  expect(search.match).toBeUndefined()
  search.shorten()
  expect(search.match).toBe('apple()')
  for (let index = 0; index < 3; index += 1) search.shorten()
  expect([search.query, search.match]).toEqual(['', undefined])
})
