import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tasks, type TaskName } from '../../../benchmarks/tasks/tasks.ts'
import { writeTask, type WrittenTask } from '../../../benchmarks/tasks/writeTask.ts'

const root = mkdtempSync(join(tmpdir(), 'replm-tasks-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const names = Object.keys(tasks) as TaskName[]
let folders = 0

function write(name: TaskName, options: { readonly tokens?: number; readonly seed?: number } = {}): WrittenTask {
  return writeTask(name, { tokens: 16_384, seed: 1, ...options, folder: mkdtempSync(join(root, `${folders++}-`)), chars: 8_000 })
}

/** Names and bytes of all files. */
function digestOf({ paths }: WrittenTask): string {
  const hash = createHash('sha256')
  for (const path of paths) hash.update(`${basename(path)}\0`).update(readFileSync(path))
  return hash.digest('hex')
}

describe.each(names)('%s', (name) => {
  let written: WrittenTask
  beforeAll(() => void (written = write(name)))

  test('the same seed gives the same bytes and the same question, another seed others', () => {
    const again = write(name)
    expect(digestOf(again)).toBe(digestOf(written))
    expect(again.task).toEqual(written.task)
    const other = write(name, { seed: 2 })
    expect(digestOf(other)).not.toBe(digestOf(written))
    expect(other.task).not.toEqual(written.task)
  })

  test('the text is as long as it was to be, four bytes to a token, and not all ASCII where it is prose', () => {
    const bytes = written.paths.reduce((sum, path) => sum + statSync(path).size, 0)
    expect(bytes).toBe(written.bytes)
    expect(bytes).toBeGreaterThanOrEqual(4 * 16_384)
    expect(bytes).toBeLessThan(4 * 16_384 + 1_000)
    const text = written.paths.map((path) => readFileSync(path, 'utf8')).join('')
    expect(text.endsWith('\n')).toBe(true)
    expect(/[^\0-\x7f]/.test(text)).toBe(written.paths.length === 1)
  })

  test('what says the answer stands where the task says, and its patterns find it there', () => {
    for (const { find, evidence } of written.task.steps) {
      if (find === undefined) continue
      expect(evidence.length).toBeGreaterThan(0)
      const pattern = new RegExp(find)
      for (const { file, line } of evidence) {
        const lines = readFileSync(written.paths[file] ?? '', 'utf8').split('\n')
        // A caller is named by its first line, and found by one below it.
        expect(lines.slice(line - 1, name === 'callers' ? line + 2 : line).some((text) => pattern.test(text))).toBe(true)
      }
    }
  })

  test('a plain reading of all of the text comes to its answer', () => {
    const text = written.paths.map((path) => readFileSync(path, 'utf8')).join('')
    expect(
      readPlainly[name](
        text,
        written.task.steps.map(({ ask }) => ask),
      ),
    ).toEqual(written.task.answer)
  })

  test('a chain is asked for by what the step before has found, and no later step names what it leads to', () => {
    const [first, ...later] = written.task.templates
    expect(first?.ask).toBe(written.task.steps[0]?.ask)
    for (const { ask, find } of later) {
      expect(ask).toContain('{}')
      expect(find).toContain('{}')
    }
  })
})

/** The answers once more, by nothing that the tasks or the oracle use. Lists are in the order of the text. */
const readPlainly: Readonly<Record<TaskName, (text: string, asks: readonly string[]) => unknown>> = {
  needle: (text, [ask = '']) => text.split(`The ${ask.slice('What is the '.length, -1)} is `)[1]?.split('.')[0],
  'multi-needle': (text, [ask = '']) =>
    text
      .split(`The ${ask.slice('List every '.length, -1)} is `)
      .slice(1)
      .map((rest) => rest.split('.')[0]),
  'multi-hop': (text, [ask = '']) => {
    let name = ask.slice('What is the keeper of '.length, -1)
    for (let hop = 0; hop < 3; hop++) name = text.split(`The keeper of ${name} is `)[1]?.split('.')[0] ?? ''
    return name
  },
  count: (text, [ask = '']) => {
    const user = /u\d+/.exec(ask)?.[0]
    return text.split('\n').filter((line) => line.includes(`|| User: ${user} ||`) && line.endsWith('|| Label: location')).length
  },
  aggregate: (text) => {
    const counts: Record<string, number> = {}
    for (const label of text.split('\n').flatMap((line) => line.split('|| Label: ').slice(1))) counts[label] = (counts[label] ?? 0) + 1
    return counts
  },
  pairs: (text) =>
    text
      .split('\n')
      .filter((line) => line.endsWith('Label: warrant'))
      .map((line) => line.split('User: ')[1]?.split(' ')[0]),
  callers: (text, [ask = '']) => {
    const target = ask.split('`')[1]
    const bodies = text.split('export function ').slice(1)
    return bodies.flatMap((body) => (body.includes(` = ${target}(`) ? [body.split('(')[0]] : [])).toSorted(byDigit)
  },
  calls: (text, [ask = '']) => {
    let name = ask.split('`')[1] ?? ''
    for (;;) {
      const body = text.split(`export function ${name}(`)[1]?.split('\n}')[0] ?? ''
      const next = / = (\w+)\(input\)$/m.exec(body)?.[1]
      if (next === undefined) return /return (\d+)$/.exec(body)?.[1]
      name = next
    }
  },
}

/** Callers are drawn by their number, and strewn in any order. */
function byDigit(one: string = '', other: string = ''): number {
  return Number(one.at(-1)) - Number(other.at(-1))
}

test('the least text has room for all that is asked for, and one that has not is refused', () => {
  for (const name of names) {
    const evidence = write(name, { tokens: 1_000 }).task.steps.map((step) => step.evidence.length)
    expect(evidence).toEqual(write(name).task.steps.map((step) => (name === 'count' ? evidence[0] : step.evidence.length)))
  }
  expect(() => write('needle', { tokens: 999 })).toThrow('Expected `tokens` to be a whole number from 1000 up, got 999')
  expect(() => write('needle', { tokens: NaN })).toThrow(RangeError)
  expect(() => write('needle', { seed: -1 })).toThrow('`seed`')
})

test('files that are there are not overwritten', () => {
  const folder = mkdtempSync(join(root, 'twice-'))
  const options = { tokens: 1_000, seed: 1, folder, chars: 1_000 }
  writeTask('needle', options)
  expect(() => writeTask('needle', options)).toThrow(/EEXIST/)
})

test('a text of 64 MB is written by a process that may hold 24 MB', async () => {
  const folder = mkdtempSync(join(root, 'large-'))
  const entry = fileURLToPath(new URL('../../../benchmarks/tasks/writeTask.ts', import.meta.url))
  const program = `import { writeTask } from ${JSON.stringify(entry)}; console.log(writeTask('needle', { tokens: 16 * 1024 ** 2, seed: 1, folder: ${JSON.stringify(folder)}, chars: 64_000 }).bytes)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--max-old-space-size=24', '--input-type=module', '--eval', program])
  expect(Number(stdout)).toBeGreaterThanOrEqual(64 * 1024 ** 2)
  rmSync(folder, { recursive: true })
}, 60_000)
