import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import { type OutputStream, showControls, Terminal } from '../../src/cli/terminal.ts'

/** A stream that keeps what is written to it; a real terminal is tested end to end in run.test.ts. */
class KeptStream extends EventEmitter implements Pick<OutputStream, 'isTTY' | 'columns'> {
  readonly isTTY: boolean
  readonly columns = 40
  written = ''
  constructor(isTTY: boolean) {
    super()
    this.isTTY = isTTY
  }
  write(text: string): boolean {
    this.written += text
    return true
  }
}

function open(options: { readonly out: boolean; readonly err: boolean; readonly env?: Record<string, string> }) {
  const stdout = new KeptStream(options.out)
  const stderr = new KeptStream(options.err)
  // A kept stream does what a Terminal uses of one.
  return { stdout, stderr, terminal: new Terminal({ stdout: stdout as unknown as OutputStream, stderr: stderr as unknown as OutputStream, env: options.env ?? {} }) }
}

/** All that could steer a terminal. */
// oxlint-disable-next-line eslint/no-control-regex -- what must not be left
const steering = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/

describe('showControls', () => {
  test('every control character below U+3000 but tab and newline is spelt out', () => {
    for (let unit = 0; unit < 0x3000; unit += 1) {
      const shown = showControls(String.fromCharCode(unit))
      expect(shown, unit.toString(16)).not.toMatch(steering)
      expect(shown).not.toBe('')
    }
    expect(showControls('\t\n')).toBe('\t\n')
  })

  test.each([
    ['a screen wipe', '\x1b[2J', '\\x1b[2J'],
    ['a window title', '\x1b]0;owned\x07', '\\x1b]0;owned\\x07'],
    ['an eight-bit sequence', '\x9b31m', '\\x9b31m'],
    ['text written over', 'safe\rEVIL', 'safe\\x0dEVIL'],
    ['text taken back', 'rm -rf\b\b\b', 'rm -rf\\x08\\x08\\x08'],
    ['text turned around', 'a\u202egnp.exe', 'a\\u202egnp.exe'],
    ['an isolate of direction', '\u2066x\u2069', '\\u2066x\\u2069'],
  ])('%s is shown and not done', (_, text, shown) => {
    expect(showControls(text)).toBe(shown)
  })

  test('other languages, emoji and Windows line ends stay as they are', () => {
    expect(showControls('naïve שלום 日本 👩‍👩‍👧\r\nnext')).toBe('naïve שלום 日本 👩‍👩‍👧\nnext')
  })
})

describe('Terminal', () => {
  test('a guest cannot steer a terminal, and a pipe gets its bytes as they are', () => {
    const shown = open({ out: true, err: true })
    shown.terminal.print('\x1b[31mred\n')
    expect(shown.stdout.written).toBe('\\x1b[31mred\n')
    const piped = open({ out: false, err: false })
    piped.terminal.print('\x1b[31mred\n')
    expect(piped.stdout.written).toBe('\x1b[31mred\n')
  })

  test('what only a person can use is not written to a pipe, what matters is', () => {
    const { terminal, stderr } = open({ out: false, err: false })
    terminal.tell('1/2\n')
    terminal.status('1/2')
    expect(stderr.written).toBe('')
    terminal.complain('CELL: no\n')
    expect(stderr.written).toBe('CELL: no\n')
  })

  test('a status line is replaced, makes way for output, comes back after it, and leaves nothing', () => {
    const { terminal, stderr } = open({ out: false, err: true })
    terminal.status('1/2')
    terminal.status('2/2')
    expect(stderr.written).toBe('1/2\r\x1b[K2/2')
    stderr.written = ''
    terminal.print('warned\n', 'stderr')
    expect(stderr.written).toBe('\r\x1b[Kwarned\n2/2')
    stderr.written = ''
    terminal.status('')
    expect(stderr.written).toBe('\r\x1b[K')
  })

  test('a status line waits while output stands in the middle of a line', () => {
    const { terminal, stdout, stderr } = open({ out: true, err: true })
    terminal.print('no newline yet')
    terminal.status('1/2')
    expect(stderr.written).toBe('')
    terminal.print('\n')
    terminal.status('1/2')
    expect(stderr.written).toBe('1/2')
    expect(stdout.written).toBe('no newline yet\n')
  })

  test('a status line never fills the whole width, where it would scroll', () => {
    const { terminal, stderr } = open({ out: false, err: true })
    terminal.status('x'.repeat(200))
    expect(stderr.written.length).toBeLessThan(40)
  })

  test.each([
    [{ NO_COLOR: '1' }, false],
    [{ NO_COLOR: '' }, true],
    [{ TERM: 'dumb' }, false],
    [{}, true],
  ])('with the environment %j colours are %j', (env, coloured) => {
    const { terminal } = open({ out: true, err: true, env })
    expect(terminal.paint('red', 'x', 'stderr') !== 'x').toBe(coloured)
  })

  test('a stream that is no terminal gets no colours', () => {
    const { terminal } = open({ out: false, err: true })
    expect(terminal.paint('red', 'x', 'stdout')).toBe('x')
  })

  test('a reader that goes away is told of once, and nothing is written any more', () => {
    const { terminal, stdout, stderr } = open({ out: false, err: false })
    let told = 0
    terminal.onOutputGone(() => (told += 1))
    stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    terminal.print('more\n')
    expect([told, stdout.written, stderr.written]).toEqual([1, '', ''])
  })
})
