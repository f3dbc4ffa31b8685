import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { replm } from '../../cli/command.ts'

const folder = mkdtempSync(join(tmpdir(), 'replm-task-main-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const entry = fileURLToPath(new URL('../../../benchmarks/tasks/main.ts', import.meta.url))

async function write(...words: readonly string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [entry, ...words])) }
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string } // as execFile rejects
  }
}

test('a text by hand, and the command that it names comes to the answer', async () => {
  const { stdout } = await write('calls', '--seed', '5', '--out', join(folder, 'calls'))
  const answer = /^"(\d+)"$/m.exec(stdout)?.[1]
  const words = [
    ...(/^npx replm ([^]*)$/m
      .exec(stdout)?.[1]
      ?.trim()
      .matchAll(/'([^']*)'|(\S+)/g) ?? []),
  ].map(([, quoted, plain]) => quoted ?? plain ?? '')
  expect(answer).toBeDefined()
  expect(words).toContain('sim/oracle')
  expect(await replm(words)).toMatchObject({ code: 0, stdout: expect.stringContaining(`answer: '${answer}'`) })
}, 60_000)

test.each([
  [['nothing', '--out', 'x'], /Expected one of needle.*got nothing/],
  [['needle', 'count', '--out', 'x'], /got needle count/],
  [['needle'], /--out/],
  [['needle', '--out', 'x', '--tokens', 'many'], /`tokens`.*NaN/],
  [['needle', '--out', 'x', '--size', '5'], /--size/],
])('%j is a wrong command line, of which nothing is left', async ([...words], said) => {
  const place = join(folder, 'refused')
  expect(await write(...words.map((word) => (word === 'x' ? place : word)))).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(said) })
  expect(existsSync(join(place, 'text.txt'))).toBe(false)
})
