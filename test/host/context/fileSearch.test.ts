import { expect, test } from 'vitest'
import { type FileSearchOptions, openFileSearch } from '../../../src/host/context/fileSearch.ts'
import { folderWith } from './folder.ts'

async function linesOf(matches: AsyncIterable<{ readonly doc: number; readonly line: number }>): Promise<readonly (readonly [number, number])[]> {
  const lines: (readonly [number, number])[] = []
  for await (const { doc, line } of matches) lines.push([doc, line])
  return lines
}

test('files are searched without a session: all of them, or one, and as many lines as are wanted', async () => {
  await using search = await openFileSearch(['a.txt', 'b.txt'], { cwd: folderWith({ 'a.txt': 'x\nneedle\nneedle\n', 'b.txt': 'needle' }) })
  expect(search.names).toEqual(['a.txt', 'b.txt'])
  expect(await linesOf(search.matches('needle'))).toEqual([[0, 2], [0, 3], [1, 1]])
  expect(await linesOf(search.matches('needle', { doc: 1 }))).toEqual([[1, 1]])
  expect(await linesOf(search.matches('needle', { max: 2 }))).toEqual([[0, 2], [0, 3]])
  expect(await linesOf(search.matches('needle', { max: 0 }))).toEqual([])
  expect(await linesOf(search.matches('needle', { max: Infinity }))).toHaveLength(3)
  expect(await search.count('needle', { doc: 0 })).toBe(2)
})

test('a line is told to its end where that is asked for', async () => {
  await using search = await openFileSearch({ a: { name: 'a', text: `${'é'.repeat(2_000_000)}needle${'é'.repeat(2_000_000)}` } })
  const [whole] = await Array.fromAsync(search.matches('needle', { maxColumns: Infinity }))
  expect([whole?.text.length, whole?.cut, whole?.submatches]).toEqual([4_000_006, undefined, [{ text: 'needle', start: 2_000_000, end: 2_000_006 }]])
  const [cut] = await Array.fromAsync(search.matches('needle'))
  expect([cut?.text.length, cut?.cut]).toEqual([65_536, true])
})

test('of folders and globs only what the globs keep is searched, and files that are named in any case', async () => {
  const cwd = folderWith({ 'a.ts': 'x', 'a.test.ts': 'x', 'b.md': 'x', 'sub/c.ts': 'x', 'sub/deep/d.ts': 'x' })
  const namesOf = async (globs: readonly string[], files: string | string[] = '.'): Promise<readonly string[]> => {
    await using search = await openFileSearch(files, { cwd, globs })
    return search.names
  }
  expect(await namesOf(['*.ts', '!*.test.ts'])).toEqual(['a.ts', 'sub/c.ts', 'sub/deep/d.ts'])
  expect(await namesOf(['!*.test.ts', '*.ts'])).toEqual(['a.test.ts', 'a.ts', 'sub/c.ts', 'sub/deep/d.ts'])
  expect(await namesOf(['!sub'])).toEqual(['a.test.ts', 'a.ts', 'b.md'])
  expect(await namesOf(['sub/*.ts'])).toEqual(['sub/c.ts'])
  expect(await namesOf(['/a.ts'])).toEqual(['a.ts'])
  expect(await namesOf(['*.md'], '*.ts')).toEqual([])
  expect(await namesOf(['*.md'], ['a.ts', 'sub'])).toEqual(['a.ts'])
})

test('what is no search is a TypeError or RangeError that shows it, and a pattern that cannot be read is CONFIG', async () => {
  await using search = await openFileSearch({ a: { name: 'a', text: 'x' } })
  const wrong = async (options: Record<string, unknown>, pattern: unknown = 'x'): Promise<string> =>
    // As a program without types would call it.
    linesOf(search.matches(pattern as string, options as FileSearchOptions)).then(() => 'none', (error: Error) => `${error.name}: ${error.message}`)
  expect(await wrong({}, 5)).toBe('TypeError: Expected `pattern` to be a string, got 5')
  expect(await wrong({}, 'x'.repeat(1_000_000))).toMatch(/^RangeError: Expected `pattern` to be at most \d+ characters, got 1000000$/)
  expect(await wrong({ ignorecase: true })).toMatch(/^TypeError: Expected the options of a search to be among .*, got `ignorecase`$/)
  expect(await wrong({ word: 1 })).toBe('TypeError: Expected `word` to be a boolean, got 1')
  expect(await wrong({ before: -1 })).toBe('RangeError: Expected `before` to be a whole number from 0 to 1000, got -1')
  expect(await wrong({ after: '2' })).toBe("TypeError: Expected `after` to be a whole number from 0 to 1000, got '2'")
  expect(await wrong({ max: 1.5 })).toBe('RangeError: Expected `max` to be a whole number from 0 up, got 1.5')
  expect(await wrong({ maxColumns: 0 })).toBe('RangeError: Expected `maxColumns` to be a whole number from 1 up, got 0')
  expect(await wrong({ engine: 'js' })).toBe("RangeError: Expected `engine` to be 'auto' or 'rg', got 'js'; 'js' takes a session")
  expect(await wrong({ doc: 1 })).toMatch(/^RangeError: /)
  await expect(search.count('a(', { doc: 0 })).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringContaining('character 2') })
  expect(await wrong({}, 'x\ud83c')).toMatch(/^ReplmError: Invalid pattern: .*half of a pair/)
})
