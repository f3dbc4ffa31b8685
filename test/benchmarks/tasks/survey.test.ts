import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { surveyText, type Survey } from '../../../benchmarks/tasks/survey.ts'

const folder = mkdtempSync(join(tmpdir(), 'replm-survey-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** `x` is found, `!` has something of the answer. */
async function survey(texts: readonly (readonly string[])[], options: { readonly chars: number; readonly around: number }): Promise<Survey> {
  const paths = texts.map((lines, index) => {
    const path = join(folder, `${index}.txt`)
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''))
    return path
  })
  const evidence = texts.flatMap((lines, file) => lines.flatMap((line, index) => (line.includes('!') ? [{ file, line: index + 1 }] : [])))
  return surveyText(paths, { step: { ask: '', find: 'x', evidence }, ...options })
}

test('pieces are cut at lines, and in each file anew', async () => {
  expect((await survey([['a', '!', 'b', '!', 'c!'], ['!']], { chars: 4, around: 0 })).pieces).toEqual([1, 1, 1, 1])
  expect((await survey([['é', '🌊', 'a!']], { chars: 5, around: 0 })).pieces).toEqual([0, 1])
})

test('surroundings that touch are one, and hold what stands before and after', async () => {
  const lines = ['!', '', 'x!', '', '', 'x', '!', '', '', '', '!x', '']
  expect((await survey([lines], { chars: 100, around: 0 })).clusters).toEqual([1, 0, 1])
  expect((await survey([lines], { chars: 100, around: 1 })).clusters).toEqual([2, 1])
  expect((await survey([lines], { chars: 100, around: 2 })).clusters).toEqual([4])
  expect((await survey([['x!', 'x!', '', 'x!']], { chars: 100, around: 2 })).clusters).toEqual([3])
  expect((await survey([['x'], ['x']], { chars: 100, around: 5 })).clusters).toEqual([0, 0])
})
