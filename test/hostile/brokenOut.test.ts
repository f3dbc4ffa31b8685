import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import type { ErrorCode, ReplmError } from '../../src/errors.ts'
import { openDocuments } from '../../src/host/context/documents.ts'
import { Budget } from '../../src/host/dispatch/budget.ts'
import type { Launch } from '../../src/host/launch.ts'
import { openMemoryJournal } from '../../src/host/journal/memoryJournal.ts'
import { Models } from '../../src/host/models.ts'
import { Sandbox } from '../../src/host/sandbox.ts'
import { Session } from '../../src/host/session.ts'
import { probeContainment } from '../../src/index.ts'
import type { Dispatch, Query } from '../../src/types.ts'
import { failureOf } from './arena.ts'

const brokenOut = fileURLToPath(new URL('./fixtures/brokenOut.js', import.meta.url))
const limits = { memoryMb: 64, cpuMs: 300, wallMs: Infinity, outputBytes: 10_000, valueBytes: 100_000 }
const sessions: Session[] = []
afterAll(() => Promise.all(sessions.map((session) => session[Symbol.asyncDispose]())))

const dispatch: Dispatch = ({ prompt }, { signal }) =>
  prompt === 'x'
    ? new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }))
    : Promise.resolve({ text: '', usage: { inputTokens: 1, outputTokens: 1, usd: 0 }, finishReason: 'stop', queueMs: 0, llmMs: 0, attempts: 1 })

function launchOf(mode: string): Launch {
  return { command: process.execPath, args: [brokenOut, mode], env: {}, containment: 'best effort', infoFd: null }
}

/** A session whose sandbox is not the sandbox, but somebody who has taken its place. */
async function openBroken(mode: string): Promise<Session> {
  const models = new Models({ model: 'never/x', models: [], timeoutMs: 1_000, find: async () => null })
  const budget = new Budget({ limits: { usd: Infinity, queries: Infinity, tokens: Infinity }, of: 'this session' })
  const journal = openMemoryJournal()
  const config = { model: 'never/x', models: [], args: {}, timeZone: 'UTC', locale: 'en', seed: mode, limits: {}, budget: {}, documents: [], isFirstPlain: true, initialDocuments: 1 }
  const session = new Session({
    journal,
    claim: await journal.create({ id: mode, name: null, parent: null, root: mode, depth: 0, config }),
    executions: [],
    changes: [], acceptChanges: false,
    config,
    limits,
    documents: await openDocuments([{ name: 'one', text: 'text' }]),
    takeSandbox: async () => new Sandbox(launchOf(mode)),
    dispatch,
    resolve: (request) => models.resolve(request, { anyModel: false }),
    budget: () => budget.state(),
    underscore: false,
    endpoint: () => '',
    hashable: (request, model) => models.resolve({ ...request, model }, { anyModel: true }) as Query,
    checkModel: async () => undefined,
    onClose: () => undefined,
  })
  sessions.push(session)
  return session
}

interface BrokenOut {
  readonly mode: string
  /** Several where it depends on who is faster. */
  readonly ends: ErrorCode | readonly ErrorCode[]
  readonly says: RegExp
}

const protocol = /broke the protocol/
const breaches: readonly BrokenOut[] = [
  { mode: 'lyingClock', ends: 'CPU', says: /more than 300 ms/ },
  { mode: 'silent', ends: 'CPU', says: /more than 300 ms/ },
  { mode: 'spins', ends: 'CPU', says: /more than 300 ms/ },
  { mode: 'stderrFlood', ends: 'CPU', says: /more than 300 ms/ },
  { mode: 'futureDone', ends: 'STALLED', says: /never happen/ },
  { mode: 'futureFailed', ends: 'STALLED', says: /never happen/ },
  { mode: 'forgedCode', ends: 'CELL', says: /forged/ },
  { mode: 'brokenValue', ends: 'CRASHED', says: protocol },
  { mode: 'deepValue', ends: 'CRASHED', says: protocol },
  { mode: 'endlessValue', ends: 'CRASHED', says: protocol },
  { mode: 'endlessPrint', ends: 'CRASHED', says: protocol },
  { mode: 'endlessParts', ends: 'CRASHED', says: protocol },
  { mode: 'longStep', ends: 'CRASHED', says: protocol },
  { mode: 'longModel', ends: 'CRASHED', says: protocol },
  { mode: 'halfConcurrency', ends: 'CRASHED', says: protocol },
  { mode: 'wrongTotal', ends: 'CRASHED', says: protocol },
  { mode: 'noPrompts', ends: 'CRASHED', says: protocol },
  { mode: 'tooManyPrompts', ends: 'CRASHED', says: protocol },
  { mode: 'sameCall', ends: 'CRASHED', says: protocol },
  { mode: 'negativeCall', ends: 'CRASHED', says: protocol },
  { mode: 'promptOfNumbers', ends: 'CRASHED', says: protocol },
  { mode: 'queryFlood', ends: 'CRASHED', says: protocol },
  { mode: 'sleepFlood', ends: 'CRASHED', says: protocol },
  { mode: 'docFlood', ends: ['CELL', 'CRASHED'], says: /^4$|calls in flight/ },
  { mode: 'abortFlood', ends: ['CRASHED', 'CPU'], says: /messages in a second|more than 300 ms/ },
  { mode: 'deepSchema', ends: 'CELL', says: /deeper than 32/ },
  { mode: 'hugeSchema', ends: 'CELL', says: /larger than 65536/ },
  { mode: 'wrongDoc', ends: 'CELL', says: /index of one of/ },
  { mode: 'ackAhead', ends: 'CRASHED', says: protocol },
  { mode: 'ackBack', ends: 'CRASHED', says: protocol },
  { mode: 'badFatal', ends: 'CRASHED', says: protocol },
]

describe('a guest that has broken out of its isolate', () => {
  it.each(breaches)('ends its own cell and nothing else: $mode', async ({ mode, ends, says }) => {
    await using session = await openBroken(mode)
    let ticks = 0
    const ticking = setInterval(() => (ticks += 1), 10)
    const before = process.memoryUsage().rss
    const started = performance.now()
    const error = await failureOf(session.run('hostile'))
    clearInterval(ticking)
    expect([ends].flat()).toContain(error.code)
    expect(error.message).toMatch(says)
    if (ends === 'CPU') expect(performance.now() - started - limits.cpuMs).toBeLessThan(2_000)
    expect(ticks).toBeGreaterThan(0)
    expect(process.memoryUsage().rss - before).toBeLessThan(150e6)
    expect((await session.run('honest')).value).toBeUndefined()
  })

  it('cannot give a value to another cell than the one that runs', async () => {
    const session = await openBroken('pastDone')
    expect(await session.run('first')).toMatchObject({ value: true })
    expect(await session.run('second')).toMatchObject({ value: true, text: 'true' })
  })

  it('gives a cell the first of its values', async () => {
    const session = await openBroken('doneTwice')
    expect(await session.run('x')).toMatchObject({ text: 'first', final: undefined })
  })

  it('pollutes nothing on the host with the names of its keys', async () => {
    const session = await openBroken('prototypeValue')
    const { value } = await session.run('x')
    expect(Object.hasOwn(value as object, '__proto__')).toBe(true)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('does not fill the host with what it prints when no cell runs', async () => {
    const session = await openBroken('printsWhenIdle')
    const before = process.memoryUsage().rss
    await session.run('x')
    const { logs } = await session.run('honest').catch((error: ReplmError) => error)
    expect(logs?.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThan(110_000)
    expect(process.memoryUsage().rss - before).toBeLessThan(150e6)
  })

  it.runIf(process.platform === 'linux').each([
    { mode: 'worksWhenIdle', code: 'CRASHED' },
    { mode: 'growsWhenIdle', code: 'MEMORY' },
  ])('is found out when no cell runs: $mode', { timeout: 60_000 }, async ({ mode, code }) => {
    const sandbox = new Sandbox(launchOf(mode))
    const death = Promise.withResolvers<ReplmError>()
    await sandbox.open({ type: 'open', memoryMb: 64, cpuMs: 60_000, outputBytes: 1, valueBytes: 1, seed: 's', args: {}, docs: [], context: 'none' }, { onMessage: () => undefined, onReached: () => undefined, onIdle: () => undefined, onDeath: death.resolve })
    sandbox.run({ execution: 1, cell: 'cell 1', file: 'cell 1', text: 'x', typescript: false, cpuMs: 60_000 })
    expect((await death.promise).code).toBe(code)
  })

  it('gets at nothing from inside its process', async () => {
    const report = await probeContainment()
    expect(report.checks.filter(({ ok, name }) => !ok && name !== 'namespaces')).toEqual([])
    expect(report.checks.length).toBeGreaterThan(8)
  })
})

