import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import type { ReplmError } from '../../src/errors.ts'
import type { Launch } from '../../src/host/launch.ts'
import { Sandbox } from '../../src/host/sandbox.ts'
import type { GuestMessage } from '../../src/protocol.ts'

const hostileChild = fileURLToPath(new URL('./fixtures/hostileChild.js', import.meta.url))
const started: Sandbox[] = []

function start(mode: string): Sandbox {
  const launch: Launch = { command: process.execPath, args: [hostileChild, mode], env: {}, containment: 'best effort', infoFd: null }
  const sandbox = new Sandbox(launch)
  started.push(sandbox)
  return sandbox
}

const openMessage = { type: 'open', memoryMb: 64, cpuMs: 1_000, outputBytes: 1_000, valueBytes: 1_000, seed: 's', args: {}, docs: [], context: 'none' } as const

/** Opens the sandbox and gives what it dies of, and what it said before. */
async function deathOf(mode: string): Promise<{ error: ReplmError; messages: GuestMessage[] }> {
  const sandbox = start(mode)
  const messages: GuestMessage[] = []
  const death = Promise.withResolvers<ReplmError>()
  sandbox.ready.catch((error: ReplmError) => death.resolve(error))
  // What a sandbox says before it is opened is nobody's, and its death is told by `ready` or `open`.
  await sandbox.open(openMessage, { onMessage: (message) => messages.push(message), onReached: () => undefined, onIdle: () => undefined, onDeath: (error) => death.resolve(error) }).catch((error: ReplmError) => death.resolve(error))
  return { error: await death.promise, messages }
}

afterEach(() => {
  for (const sandbox of started.splice(0)) sandbox.kill(Object.assign(new Error('the test is over')) as ReplmError)
})

describe('a sandbox that breaks the protocol', () => {
  it.each([
    'brokenJson', 'notUtf8', 'forgedLength', 'justOverTheLimit', 'unknownFrame', 'rawBytes', 'notATurn', 'nullTurn', 'deepJson', 'unknownMessage', 'forgedEntry', 'negativeEntry', 'hugeEntry',
    'prototype', 'nothing',
  ])('is stopped with CRASHED: %s', async (mode) => {
    const { error, messages } = await deathOf(mode)
    expect(error.code).toBe('CRASHED')
    expect(error.message).toMatch(/broke the protocol/)
    expect(messages).toEqual([])
  })

  it.each(['dies', 'closes', 'half'])('is reported as CRASHED when it leaves: %s', async (mode) => {
    const { error } = await deathOf(mode)
    expect(error.code).toBe('CRASHED')
    expect(error.message).toMatch(/died/)
  })

  it('is reported as MEMORY when its last words say so', async () => {
    const { error } = await deathOf('outOfMemory')
    expect(error.code).toBe('MEMORY')
  })

  it('never buffers what a forged length announces', async () => {
    const before = process.memoryUsage().rss
    await Promise.all(Array.from({ length: 4 }, () => deathOf('forgedLength')))
    expect(process.memoryUsage().rss - before).toBeLessThan(300e6)
  })

  it('is stopped when it floods the channel, and the host goes on meanwhile', async () => {
    let ticks = 0
    const ticking = setInterval(() => (ticks += 1), 5)
    const { error } = await deathOf('flood')
    clearInterval(ticking)
    expect(error.code).toBe('CRASHED')
    expect(error.message).toMatch(/messages in a second/)
    expect(ticks).toBeGreaterThan(0)
  })
})

describe('a sandbox that is merely odd', () => {
  it('is ready when its first frame comes byte by byte', async () => {
    const sandbox = start('drips')
    await sandbox.ready
    expect(sandbox.isAlive).toBe(true)
  })

  it('does not fill the host with what it writes to its standard error', async () => {
    const sandbox = start('noisy')
    await sandbox.ready
    expect(sandbox.isAlive).toBe(true)
  })
})
