import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const launcher = join(root, 'bin/replm.js')

/** What it is started with says how it ended; never rejects. */
async function start(file: string, words: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(file, words, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  const [stdout, stderr, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit') as Promise<[number | null, string | null]>])
  return { stdout, stderr, code, signal }
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'replm-bin-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A package folder with the real launcher, whose CLI says where it was loaded from and what it was given. */
function makePackage(parts: { readonly source?: boolean; readonly dist?: boolean; readonly clone?: boolean }): string {
  mkdirSync(join(folder, 'bin'))
  cpSync(launcher, join(folder, 'bin/replm.js'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const cli = (from: string): string => `export async function main(words) { console.log(JSON.stringify({ from: ${JSON.stringify(from)}, words })) }`
  mkdirSync(join(folder, 'src/cli'), { recursive: true })
  if (parts.source === true) writeFileSync(join(folder, 'src/cli/main.ts'), `${cli('src')}\nexport type Erased = string`)
  if (parts.clone === true) writeFileSync(join(folder, 'tsconfig.build.json'), '{}')
  if (parts.dist === true) {
    mkdirSync(join(folder, 'dist/cli'), { recursive: true })
    writeFileSync(join(folder, 'dist/cli/main.js'), cli('dist'))
  }
  return join(folder, 'bin/replm.js')
}

/** A program that says it is an old Node, for as far as the launcher can tell: real Node, another version string. */
function makeOldNode(): string {
  const preload = join(folder, 'old.cjs')
  writeFileSync(preload, `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } }); Object.defineProperty(process, 'version', { value: 'v20.1.0' })`)
  const file = join(folder, 'old-node')
  writeFileSync(file, `#!/bin/sh\nexec ${JSON.stringify(process.execPath)} --require ${JSON.stringify(preload)} "$@"\n`)
  chmodSync(file, 0o755)
  return file
}

/** The package `node` as a clone has it, its binary being `script` or this Node. */
function installPinnedNode(version: string, script?: string): void {
  const home = join(folder, 'node_modules/node')
  mkdirSync(join(home, 'bin'), { recursive: true })
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'node', version }))
  if (script === undefined) return symlinkSync(process.execPath, join(home, 'bin/node'))
  writeFileSync(join(home, 'bin/node'), script)
  chmodSync(join(home, 'bin/node'), 0o755)
}

describe('what runs', () => {
  test('a clone without a build runs its sources', async () => {
    const { stdout, stderr, code } = await start(process.execPath, [makePackage({ source: true, clone: true }), 'run', 'x.ts'])
    expect([JSON.parse(stdout), stderr, code]).toEqual([{ from: 'src', words: ['run', 'x.ts'] }, '', 0])
  })

  test('the sources of this clone run as they are where nothing was built, sandbox and all', async () => {
    for (const name of ['bin', 'src', 'package.json', 'tsconfig.build.json', 'tsconfig.json']) cpSync(join(root, name), join(folder, name), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'hello.ts'), 'const answer: string = await llmQuery("hello")\nconsole.log(answer)')
    const { stdout, stderr, code } = await start(process.execPath, [join(folder, 'bin/replm.js'), 'run', join(folder, 'hello.ts'), '--model', 'sim/echo'])
    expect([stdout, stderr, code]).toEqual(['hello\n', '', 0])
  })

  test('a clone that was built runs the build, until a source is newer', async () => {
    const file = makePackage({ source: true, dist: true, clone: true })
    const old = new Date(Date.now() - 60_000)
    for (const path of ['src', 'src/cli', 'src/cli/main.ts']) utimesSync(join(folder, path), old, old)
    expect(JSON.parse((await start(process.execPath, [file])).stdout).from).toBe('dist')
    writeFileSync(join(folder, 'src/cli/other.ts'), '')
    utimesSync(join(folder, 'dist/cli/main.js'), old, old)
    expect(JSON.parse((await start(process.execPath, [file])).stdout).from).toBe('src')
  })

  test('an installed package runs its build, however its files are dated', async () => {
    const file = makePackage({ source: true, dist: true })
    utimesSync(join(folder, 'dist/cli/main.js'), 0, 0)
    expect(JSON.parse((await start(process.execPath, [file])).stdout).from).toBe('dist')
  })
})

describe('under an old Node', () => {
  test('the pinned Node is handed the same words, its exit code comes back', async () => {
    const file = makePackage({ source: true, clone: true })
    installPinnedNode('26.10.0')
    const { stdout, code } = await start(makeOldNode(), [file, 'run', 'a b', '--json', ''])
    expect([JSON.parse(stdout).words, code]).toEqual([['run', 'a b', '--json', ''], 0])
  })

  test('the exit code of the pinned Node is the exit code', async () => {
    const file = makePackage({ source: true, clone: true })
    installPinnedNode('26.10.0', '#!/bin/sh\nexit 4\n')
    expect((await start(makeOldNode(), [file])).code).toBe(4)
  })

  test('a signal that ends the pinned Node ends the launcher', async () => {
    const file = makePackage({ source: true, clone: true })
    installPinnedNode('26.10.0', '#!/bin/sh\nkill -TERM $$\n')
    expect((await start(makeOldNode(), [file])).signal).toBe('SIGTERM')
  })

  test('a signal sent to the launcher alone reaches the pinned Node', async () => {
    const file = makePackage({ source: true, clone: true })
    installPinnedNode('26.10.0', `#!${process.execPath}\nprocess.on('SIGINT', () => process.exit(130)); setInterval(() => undefined, 1000); console.log('ready')\n`)
    const child = spawn(makeOldNode(), [file], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    child.kill('SIGINT')
    const [code] = await once(child, 'exit')
    expect(code).toBe(130)
  })

  test.each([
    ['without a pinned Node', () => undefined],
    ['with a pinned Node that is too old itself', () => installPinnedNode('22.0.0')],
  ])('%s it says what is missing, which command mends it, and ends with 2', async (_, install) => {
    const file = makePackage({ source: true, clone: true })
    install()
    const { stdout, stderr, code } = await start(makeOldNode(), [file])
    expect([stdout, code]).toEqual(['', 2])
    expect(stderr).toMatch(/needs Node 26 or newer, this is v20\.1\.0[^]*npm ci[^]*npm install node@26/)
  })

  test('the machine’s own old Node, where there is one, runs the real launcher', async ({ skip }) => {
    const system = '/usr/bin/node'
    const found = await promisify(execFile)(system, ['-p', 'process.versions.node']).catch(() => undefined)
    if (found === undefined || Number(found.stdout.split('.')[0]) >= 26) return skip('no old Node at /usr/bin/node')
    const { stdout, code } = await start(system, [launcher, '--version'])
    expect([stdout.trim(), code]).toEqual([manifest().version, 0])
  })
})

test('the launcher is executable and asks for the Node that package.json asks for', () => {
  expect(statSync(launcher).mode & 0o111).toBe(0o111)
  expect(manifest().engines.node).toBe(`>=${/minimumMajor = (\d+)/.exec(readFileSync(launcher, 'utf8'))?.[1]}`)
})

test('the launcher holds no syntax that Node 14 cannot parse', () => {
  const source = readFileSync(launcher, 'utf8')
  // Optional chaining, ?? and dynamic import came with 14; these came after it.
  expect(source).not.toMatch(/\?\?=|\|\|=|&&=|#[a-z]+\b(?! )|\bstatic \{|^await /m)
})

function manifest(): { version: string; engines: { node: string } } {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
}
