import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { openReplm } from '../../src/index.ts'

const { TZ, LANG } = process.env
afterEach(() => {
  for (const [name, value] of Object.entries({ TZ, LANG })) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
})

it('a session stays in the time zone and locale that it was made in', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'replm-place-'))
  const where = `new Date(0).getHours() + ' ' + (1234.5).toLocaleString()`
  try {
    const valueAt = async (zone: string, language: string, cell: string): Promise<unknown> => {
      Object.assign(process.env, { TZ: zone, LANG: language })
      await using replm = await openReplm({ model: 'sim/echo', store: join(folder, 'replm.db') })
      await using session = await replm.openSession({ name: 'travels' })
      return (await session.run(cell)).value
    }
    expect(await valueAt('America/New_York', 'de_DE.UTF-8', `const first = ${where}; first`)).toBe('19 1.234,5')
    expect(await valueAt('Asia/Tokyo', 'en_US.UTF-8', `[first, ${where}]`)).toEqual(['19 1.234,5', '19 1.234,5'])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
