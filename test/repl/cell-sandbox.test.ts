import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { planLaunch } from '../../src/host/launch.ts'

const run = promisify(execFile)

/** Compiles texts in a process with the rights of a sandbox; gives `ok` or the message for each. */
async function compileInSandbox(texts: readonly string[]): Promise<string[]> {
  const launch = planLaunch('best effort')
  if (launch === null) throw new Error('This machine starts no sandbox')
  const entryAt = launch.args.findIndex((argument) => /\/repl\/main\.[jt]s$/.test(argument))
  const program = `
    const { compileCell } = await import(${JSON.stringify(launch.args[entryAt]?.replace(/main(?=\.[jt]s$)/, 'cell'))})
    const texts = JSON.parse((await Array.fromAsync(process.stdin.setEncoding('utf8'))).join(''))
    const outcomes = texts.map((text) => {
      const cell = compileCell(text, { filename: 'cell', typescript: false })
      return 'failure' in cell ? cell.failure.message : 'ok'
    })
    console.log(JSON.stringify(outcomes))`
  const running = run(launch.command, [...launch.args.slice(0, entryAt), '--input-type=module', '--eval', program], { env: { ...launch.env } })
  running.child.stdin?.end(JSON.stringify(texts))
  const { stdout } = await running
  return JSON.parse(stdout) as string[]
}

test('a sandbox process compiles JavaScript and TypeScript with the files it may read', async () => {
  expect(await compileInSandbox(['const a = 1; a', 'const a: number = 1', 'enum E { A }', 'class P { constructor(private x: number) {} }', 'let x: = 1', 'let x = ;'])).toEqual([
    'ok', 'ok', 'ok', 'ok', 'Unexpected token', "Unexpected token ';'",
  ])
})

test('no nesting brings a parser down, and TypeScript works on', async () => {
  const deep = (open: string, inner: string, close: string, levels: number) => `let x: unknown = ${open.repeat(levels)}${inner}${close.repeat(levels)}`
  const levels = [700, 1_500, 5_000, 50_000]
  const texts = levels.flatMap((count) => [
    deep('(', '1', ')', count), deep('[', '', ']', count), deep('!', '1', '', count), deep('a => ', '1', '', count), deep('a ? b : ', 'c', '', count), deep('`${', '1', '}`', count),
    deep('1 + ', '1', '', count), deep('', 'x', ' as any', count), deep('', 'x', '.y', count), `let x: ${'A<'.repeat(count)}B${'>'.repeat(count)}`, `let x: number; ${'if (x) '.repeat(count)};`,
    `let x: number; ${'{'.repeat(count)}${'}'.repeat(count)}`, `enum E { A = ${'('.repeat(count)}1${')'.repeat(count)} }`, `enum E { A = ${'~'.repeat(count)}1 }`,
  ])
  const outcomes = await compileInSandbox([...texts, 'const a: number = 1', 'enum E { A }'])
  expect(outcomes.slice(-2)).toEqual(['ok', 'ok'])
  expect(outcomes.filter((outcome) => outcome !== 'ok' && !outcome.includes('nested too deeply'))).toEqual([])
})
