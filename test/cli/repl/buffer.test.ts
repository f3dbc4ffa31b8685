import { expect, test } from 'vitest'
import { EditBuffer } from '../../../src/cli/repl/buffer.ts'

/** The text with `|` where the cursor stands. */
function shown({ text, cursor }: EditBuffer): string {
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`
}

function buffer(marked: string): EditBuffer {
  const made = new EditBuffer()
  made.set(marked.replace('|', ''), marked.indexOf('|'))
  return made
}

test.each<[string, string, (buffer: EditBuffer) => void]>([
  ['a|c', 'ab|c', (it) => it.insert('b')],
  ['ab|', 'a|', (it) => it.deleteLeft()],
  ['|ab', '|b', (it) => it.deleteRight()],
  ['x👨‍👩‍👧|', 'x|', (it) => it.deleteLeft()],
  ['é́|', '|', (it) => it.deleteLeft()],
  ['|🇩🇪x', '🇩🇪|x', (it) => it.right()],
  ['日本|', '日|本', (it) => it.left()],
  ['const value = call|', 'const value = |', (it) => it.deleteWordLeft()],
  ['const va|lue = 1', 'const va| = 1', (it) => it.deleteWordRight()],
  ['foo.bar|', 'foo.|bar', (it) => it.wordLeft()],
  ['naïve_schön|', '|naïve_schön', (it) => it.wordLeft()],
  ['|  foo bar', '  foo| bar', (it) => it.wordRight()],
  ['a\nbc|d\ne', 'a\n|d\ne', (it) => it.deleteToLineStart()],
  ['a\nb|cd\ne', 'a\nb|\ne', (it) => it.deleteToLineEnd()],
  ['a|\nb', 'a|b', (it) => it.deleteToLineEnd()],
  ['a\nb|c\nd', 'a\n|bc\nd', (it) => it.lineStart()],
  ['a\nb|c\nd', 'a\nbc|\nd', (it) => it.lineEnd()],
  ['long line\nab|', 'lo|ng line\nab', (it) => it.up()],
  ['l|ong\nab', 'long\na|b', (it) => it.down()],
  ['x = fo|', 'x = foot|', (it) => it.replaceFrom(4, 'foot')],
])('%j becomes %j', (before, after, edit) => {
  const made = buffer(before)
  edit(made)
  expect(shown(made)).toBe(after)
})

test('going up and down keeps to its column over shorter lines', () => {
  const made = buffer('abcdef\nx\nabcd|ef')
  made.up()
  expect(shown(made)).toBe('abcdef\nx|\nabcdef')
  made.up()
  expect(shown(made)).toBe('abcd|ef\nx\nabcdef')
  expect(made.up()).toBe(false)
  made.down()
  made.down()
  expect(shown(made)).toBe('abcdef\nx\nabcd|ef')
  expect(made.down()).toBe(false)
})

test('what was deleted can be put back, the latest first, and older ones in its place', () => {
  const made = buffer('one two|')
  made.deleteWordLeft()
  made.deleteToLineStart()
  made.yank()
  expect(shown(made)).toBe('one |')
  made.yankOlder()
  expect(shown(made)).toBe('two|')
  made.left()
  made.yankOlder()
  expect(shown(made)).toBe('tw|o')
})

test('every edit can be undone and done again', () => {
  const made = new EditBuffer()
  made.insert('a')
  made.insert('b')
  made.deleteLeft()
  made.undo()
  made.undo()
  expect(shown(made)).toBe('a|')
  made.redo()
  expect(shown(made)).toBe('ab|')
  made.insert('c')
  made.redo()
  expect(shown(made)).toBe('abc|')
})
