import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('an answer of a session in memory is kept as bytes: next to nothing of it stays on the heap', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', fileURLToPath(new URL('fixtures/keeper.ts', import.meta.url)), '20000'])
  const { heap, outside } = JSON.parse(stdout) as { heap: number; outside: number }
  // As objects an answer, its entry and its key took 400 bytes of the heap, on which V8 leaves as much room again and more; eight are measured.
  expect(heap).toBeLessThan(50)
  // The answer (130 bytes), its part of an entry (30), and its key in a table that may be half empty (28 to 70).
  expect(outside).toBeLessThan(400)
  expect(outside).toBeGreaterThan(100)
})
