import { afterEach, describe, expect, it, vi } from 'vitest'
import { openReplm } from '../../src/index.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('without bubblewrap', () => {
  it('a replm that requires containment does not open, and says what to do', async () => {
    vi.stubEnv('PATH', '/nonexistent')
    await expect(openReplm({ model: 'sim/echo', store: ':memory:', containment: 'required' })).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringContaining('bubblewrap') as string })
  })

  it('a replm that takes what there is runs cells all the same', async () => {
    vi.stubEnv('PATH', '/nonexistent')
    await using replm = await openReplm({ model: 'sim/echo', store: ':memory:' })
    await using session = await replm.openSession()
    expect((await session.run(`await llmQuery('still there')`)).value).toBe('still there')
  })
})

describe('the debugger of the host', () => {
  it.skipIf(process.platform === 'win32')('is not opened by SIGUSR1', async () => {
    await using replm = await openReplm({ model: 'sim/echo', store: ':memory:' })
    await using session = await replm.openSession()
    process.kill(process.pid, 'SIGUSR1')
    expect((await session.run('1 + 1')).value).toBe(2)
    const inspector = await import('node:inspector')
    expect(inspector.url()).toBeUndefined()
  })
})
