import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'replm-bench-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const entry = fileURLToPath(new URL('../../benchmarks/main.ts', import.meta.url))

async function bench(...args: readonly string[]): Promise<{ readonly code: number; readonly stderr: string }> {
  const child = spawn(process.execPath, [entry, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  const stderr = text(child.stderr)
  const [code] = (await once(child, 'exit')) as [number]
  return { code, stderr: await stderr }
}

test('what cannot be done is said before anything is measured, with what can', async () => {
  expect(await bench('nothing')).toEqual({ code: 2, stderr: expect.stringMatching(/no benchmark named nothing.*clients.*whole-way/) })
  expect(await bench('pahts', 'see')).toEqual({ code: 2, stderr: expect.stringContaining('pahts (did you mean paths?), see (did you mean sse?)') })
  expect(await bench('sse', '--quick', '--full')).toEqual({ code: 2, stderr: expect.stringContaining('exclude each other') })
  expect(await bench('sse', '--out', entry)).toEqual({ code: 2, stderr: expect.stringContaining('Name another one with --out') })
  expect(await bench('--page', '--out', join(folder, 'new'))).toMatchObject({ code: 0 })
  expect(existsSync(join(folder, 'new/latest.html'))).toBe(true)
})
