import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { coloured } from '../../../src/cli/repl/colours.ts'
import { Paper } from '../../../src/cli/repl/paper.ts'
import { splitPaths } from '../../../src/cli/repl/documents.ts'
import { type OutputStream, Terminal } from '../../../src/cli/terminal.ts'

class KeptStream extends EventEmitter {
  readonly isTTY = true
  readonly columns = 40
  readonly rows = 24
  written = ''
  write(text: string): boolean {
    this.written += text
    return true
  }
  take(): string {
    const { written } = this
    this.written = ''
    return written
  }
}

function open(): { stream: KeptStream; paper: Paper } {
  const stream = new KeptStream()
  // A kept stream does what a Terminal uses of one.
  const output = stream as unknown as OutputStream
  return { stream, paper: new Paper(new Terminal({ stdout: output, stderr: output, env: { NO_COLOR: '1' } })) }
}

const numbered = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index}`).join('\n')

test('pages follow on each other without loss, and then there is no more but all of it', () => {
  const { stream, paper } = open()
  const text = numbered(70)
  paper.value(undefined, text)
  let seen = ''
  for (let page = 0; page < 10; page += 1) {
    const written = stream.take()
    seen += written.replace(/… .*\n(?:.*\n)?$/, '')
    if (!written.includes('…')) break
    paper.more()
  }
  expect(seen).toBe(`${text}\n`)
})

test('a line that alone is longer than a page is cut, and goes on in the next', () => {
  const { stream, paper } = open()
  paper.value('x'.repeat(5_000), `'${'x'.repeat(5_000)}'`)
  const first = stream.take()
  expect(first.length).toBeLessThan(1_000)
  expect(first).toMatch(/… 1 more line: \.more shows/)
  paper.all()
  expect(first.split('\n')[0]?.length).toBeGreaterThan(500)
  expect((first.split('\n')[0] ?? '').length + stream.take().trimEnd().length).toBe(5_002)
})

test('rows are counted as the terminal breaks them, wide characters included', () => {
  const { stream, paper } = open()
  paper.value(undefined, Array.from({ length: 30 }, () => '日'.repeat(30)).join('\n'))
  expect(stream.take().match(/日{30}/g)).toHaveLength(10)
})

test('what a cell prints is cut after a while, and is kept', () => {
  const { stream, paper } = open()
  paper.begin()
  for (let line = 0; line < 600; line += 1) paper.print(`printed ${line}`, 'stdout')
  expect(stream.take()).toMatch(/printed 499\n… there is more, which is kept: \.more\s+shows it\n$/)
  paper.all()
  expect(stream.take()).toMatch(/^printed 500\n[^]*printed 599\n$/)
  paper.begin()
  paper.print(`${numbered(3)}\n${'y'.repeat(100_000)}`, 'stdout')
  expect(stream.take().length).toBeLessThan(70_000)
  paper.all()
  expect(stream.take()).toMatch(/y\n$/)
})

test('a value of which the guest showed only a part is shown as a whole when it is asked for', () => {
  const { stream, paper } = open()
  paper.value([1, { deep: { deeper: { deepest: 1 } } }], '[ 1, { deep: { deeper: [Object] } } ]')
  expect(stream.take()).toContain('.more shows all of it')
  paper.more()
  expect(stream.take()).toContain('deepest: 1')
  expect(paper.whole()).toContain('deepest: 1')
})

test('there is nothing more where there was no value', () => {
  const { stream, paper } = open()
  paper.more()
  expect(stream.take()).toBe('There is nothing more to show\n')
})

test('nothing of a page steers the terminal', () => {
  const { stream, paper } = open()
  paper.value('\x1b[2J', '\x1b[2J')
  paper.more()
  paper.all()
  expect(stream.take()).not.toContain('\x1b')
})

test.each([
  ["{ a: 1, b: 'two 2' }", "{ a: <yellow 1>, b: <green 'two 2'> }"],
  ['[ null, undefined, true, -1.5e3, 10n, NaN ]', '[ <dim null>, <dim undefined>, <yellow true>, <yellow -1.5e3>, <yellow 10n>, <yellow NaN> ]'],
  ['Map(2) { [Function: f] => Symbol(x) }', 'Map(2) { <cyan [Function: f]> => <green Symbol(x)> }'],
  ["'it\\'s true' + 1", "<green 'it\\'s true'> + <yellow 1>"],
  ['a1 x2.5 3px $4', 'a1 x2.5 3px $4'],
])('%s is coloured by what stands in it', (text, shown) => {
  const paint = (colour: string, part: string): string => `<${colour} ${part}>`
  expect(coloured(text, { paint })).toBe(shown.replace('Map(2)', coloured('Map(2)', { paint })))
})

test('paths are parted at spaces, unless they are quoted or there is a file of that name', () => {
  expect(splitPaths('a.txt "b c.txt" \'d\'')).toEqual(['a.txt', 'b c.txt', 'd'])
  expect(splitPaths('')).toEqual([])
  expect(splitPaths('~/x')[0]).toMatch(/^\/.*\/x$|^[A-Z]:/)
})
