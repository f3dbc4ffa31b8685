/** The examples and the README's own commands, run as a reader would run them, with the model that needs no key. */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { makeFolder, parseOutcome, replm, root } from './cli/command.ts'

const readme = readFileSync(join(root, 'README.md'), 'utf8')

describe('examples', () => {
  test('licences: a row for each file, and most of them are named as their package names itself', async () => {
    const { stdout, code } = await replm(['run', 'examples/licences.ts', '-m', 'sim/extract', '-c', 'node_modules/*/LICENSE*'])
    expect(code).toBe(0)
    const files = globSync('node_modules/*/LICENSE*', { cwd: root })
    const rows = stdout.split('\n\n')[0]?.split('\n') ?? []
    expect(rows).toHaveLength(files.length)
    const right = rows.filter((row) => {
      const [name = '', licence = ''] = row.split(/\s+/)
      const { license } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')) as { license?: string }
      return license === licence
    })
    expect(right.length / rows.length).toBeGreaterThan(0.9)
  }, 60_000)

  test('licences: where no file is answered, the run fails with the reason', async () => {
    const { stdout, stderr, code } = await replm(['run', 'examples/licences.ts', '-m', 'nowhere/x', '-c', 'LICENSE'])
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining('nowhere')])
  }, 60_000)

  test('summary: a long text in several rounds, a short text back', async () => {
    const { stdout, stderr, code } = await replm(['run', 'examples/summary.ts', '-m', 'sim/extract', '-c', 'node_modules/typescript/NOTICE.txt', 'README.md'])
    expect([code, stderr]).toEqual([0, expect.stringContaining('round 1:')])
    expect(stdout.length).toBeGreaterThan(20)
    expect(stdout.length).toBeLessThan(5_000)
  }, 60_000)

  test('incidents: a packed log is read to its end, and each kind of failure is asked about once', async () => {
    using folder = makeFolder({})
    const log = spawnSync(process.execPath, [join(root, 'examples/log.mjs'), '30000'], { maxBuffer: 1e8 }).stdout
    writeFileSync(folder.file('shop.log.gz'), gzipSync(log))
    const { stdout, code } = await replm(['run', 'examples/incidents.ts', '-m', 'sim/extract', '-c', folder.file('shop.log.gz'), '--json'])
    const { value, usage, logs } = parseOutcome(stdout)
    const failures = log.toString().split('\n').filter((line) => /ERROR|FATAL/.test(line))
    expect(code).toBe(0)
    expect(value).toMatchObject({ lines: failures.length, asked: usage['queries'] })
    const [first] = failures
    const line = log.toString().split('\n').indexOf(first ?? '') + 1
    expect(JSON.stringify(logs)).toContain(`first in ${folder.file('shop.log.gz')}:${line}`)
  }, 60_000)

  test('filter: only passages with the words are asked about', async () => {
    const { stdout, code } = await replm(['run', 'examples/filter.ts', '-m', 'sim/extract', '-c', 'node_modules/p-limit/readme.md', 'node_modules/piscina/README.md', '--arg', 'words=abort,signal', 'limit=5', '--json'])
    const { value, usage } = parseOutcome(stdout)
    expect(code).toBe(0)
    expect(value).toMatchObject({ asked: 5 })
    expect(usage['queries']).toBe(5)
  }, 60_000)
})

describe('README', () => {
  test('begins with a program that runs', async () => {
    const program = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? ''
    expect(readme.indexOf('```ts')).toBeLessThan(20)
    using folder = makeFolder({ 'audit.ts': program })
    const { stdout, code } = await replm(['run', folder.file('audit.ts'), '-m', 'sim/extract', '-c', 'node_modules/commander/LICENSE', 'node_modules/typescript/LICENSE*'])
    expect([stdout, code]).toEqual([expect.stringMatching(/commander\/LICENSE MIT/), 0])
  })

  test('gives the two commands first, each one line in a block of its own', () => {
    const blocks = [...readme.matchAll(/```sh\n([^]*?)```/g)].map((block) => block[1])
    expect(blocks.slice(0, 2)).toEqual([expect.stringMatching(/^npm ci && npx replm run .*-m sim\/extract.*\n$/), 'npm ci && npm test\n'])
  })

  test('the main job of its first command runs', async () => {
    const [, words = ''] = /^npm ci && npx replm (run .*)$/m.exec(readme) ?? []
    const { stdout, code } = await replm(words.split(' ').map((word) => word.replaceAll("'", '')))
    expect([stdout, code]).toEqual([expect.stringMatching(/\d+ packages: \d+ × MIT/), 0])
  }, 60_000)

  test.each(['README.md', ...globSync('docs/*.md', { cwd: root })])('links of %s lead somewhere', (file) => {
    const links = [...readFileSync(join(root, file), 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)].map((link) => link[1] ?? '')
    expect(links.filter((link) => !existsSync(join(root, file, '..', link)))).toEqual([])
  })
})
