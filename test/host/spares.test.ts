import { readFileSync } from 'node:fs'
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

describe('a spare', () => {
  /** Processes that this one has started. */
  const children = (): string => readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim()

  it.skipIf(process.platform !== 'linux')('is started with replm, and not by one that was told to keep none', async () => {
    const before = children()
    {
      await using replm = await openReplm({ model: 'sim/echo', store: ':memory:', spare: false })
      expect(children()).toBe(before)
      await using session = await replm.openSession()
      expect((await session.run('1 + 1')).value).toBe(2)
    }
    await using replm = await openReplm({ model: 'sim/echo', store: ':memory:' })
    expect(children()).not.toBe(before)
    expect(replm.dispatch).toBe('auto')
  })

  it('is kept or not: nothing else', async () => {
    await expect(openReplm({ spare: 'no' as unknown as boolean })).rejects.toThrow(TypeError)
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
