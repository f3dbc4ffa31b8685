/** `replm serve` as a command: what it prints, what it refuses, and how it ends. */
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { openReplm } from '../../src/index.ts'
import { makeFolder, replm, start, type Command } from './command.ts'

/** The address that the first line says. */
async function addressOf(command: Command): Promise<{ readonly url: string; readonly token: string }> {
  const [, url = '', token = ''] = await command.until('stdout', /^(http:\/\/[^/]+)\/\?token=([\w-]{43})\n/)
  return { url, token }
}

async function ask<T>({ url, token }: { readonly url: string; readonly token: string }, path: string, { body, prefer = '' }: { readonly body?: unknown; readonly prefer?: string } = {}): Promise<T> {
  const response = await fetch(url + path, { method: body === undefined ? 'GET' : 'POST', ...(body === undefined ? {} : { body: JSON.stringify(body) }), headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', prefer } })
  // The test looks at what it expects of it.
  return (await response.json()) as T
}

interface Job {
  readonly id: string
  readonly status: string
  readonly result?: { readonly value: unknown; readonly usage: { readonly bought: number } }
}

describe('what it prints', () => {
  test('its address with the token is the first line, and it ends with 0 when it is told to', async () => {
    using command = start(['serve', '-m', 'sim/echo', '--port', '0', '--store', ':memory:'])
    const address = await addressOf(command)
    expect(await ask(address, '/queries', { body: { prompt: 'hello' }, prefer: 'wait=20' })).toMatchObject({ status: 'completed', result: { text: 'hello' } })
    command.child.kill('SIGINT')
    expect(await command.end()).toEqual({ code: 0, stdout: `${address.url}/?token=${address.token}\n`, stderr: '' })
  })

  test('with --json it is one object', async () => {
    using command = start(['serve', '--json', '--port', '0', '--store', ':memory:'])
    const [line] = await command.until('stdout', /^\{.*\}\n/)
    const { address, url, token } = JSON.parse(line) as Record<string, string>
    expect(address).toBe(`${url}/?token=${token}`)
    command.child.kill('SIGTERM')
    expect((await command.end()).code).toBe(0)
  })

  test('open to more than this machine, it warns, and is asked for by addresses and by the names that are allowed', async () => {
    using command = start(['serve', '--host', '0.0.0.0', '--allow-host', 'replm.example', '--port', '0', '--store', ':memory:'])
    const { url } = await addressOf(command)
    expect(command.stderr).toContain('`--host 0.0.0.0` is open to more than this machine')
    const { hostname, port } = new URL(url)
    expect(hostname).toBe('127.0.0.1')
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200)
  })
})

describe('what it refuses', () => {
  test.each([
    [['--port', '70000'], 'Expected `--port` to be a port from 0 to 65535'],
    [['--root', '/none/such'], 'Expected `--root` to be a folder'],
    [['--host', '203.0.113.1', '--port', '0'], 'Nothing can listen on 203.0.113.1:0'],
    [['--idle-ms', '0'], 'Expected `--idle-ms` to be a whole number from 1 up'],
    [['-m', 'nonsense'], 'Expected `--model` to be `provider/model`'],
  ])('%j', async (words, message) => {
    const { code, stdout, stderr } = await replm(['serve', '--store', ':memory:', ...words])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
  })

  test('a port that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo // it listens on a port
    const { code, stderr } = await replm(['serve', '--store', ':memory:', '--port', String(port)])
    other.close()
    expect(code).toBe(2)
    expect(stderr).toContain(`nothing can listen on 127.0.0.1:${port}`)
  })
})

describe('jobs and sessions', () => {
  test.each(['SIGTERM', 'SIGKILL'] as const)('%s leaves what it was at to the next server, which buys nothing twice', async (signal) => {
    using folder = makeFolder({})
    const words = ['serve', '-m', 'sim/echo', '--port', '0', '--store', folder.file('store.db')]
    using first = start(words)
    const before = await addressOf(first)
    const { id: session } = await ask<Job>(before, '/sessions', { body: {} })
    const cell = await ask<Job>(before, `/sessions/${session}/cells`, { body: { cell: 'let a = await llmQuery("one"); progress(0.5); await awaitInput({ title: "?", data: null }); a' } })
    const script = await ask<Job>(before, '/jobs', { body: { script: { name: 'x.js', text: 'const a = await llmQuery("one"); progress(0.5); await sleep(3_000); final(a)' } } })
    await expect.poll(async () => (await ask<{ progress: { fraction: number } }>(before, `/jobs/${script.id}`)).progress.fraction, { timeout: 15_000 }).toBe(0.5)
    await expect.poll(async () => (await ask<Job>(before, `/jobs/${cell.id}`)).status, { timeout: 15_000 }).toBe('awaiting_input')
    first.child.kill(signal)
    expect((await first.end()).code).toBe(signal === 'SIGTERM' ? 0 : null)

    using second = start(words)
    const after = await addressOf(second)
    expect(await ask<Job>(after, `/jobs/${script.id}`, { prefer: 'wait=25' })).toMatchObject({ status: 'completed', result: { value: 'one', usage: { queries: 1 } } })
    await ask(after, `/jobs/${cell.id}/input`, { body: { action: 'approve' } })
    expect(await ask<Job>(after, `/jobs/${cell.id}`, { prefer: 'wait=25' })).toMatchObject({ status: 'completed', result: { value: 'one', usage: { bought: 0, replayed: 1 } } })
    second.child.kill('SIGTERM')
    expect(await second.end()).toMatchObject({ code: 0, stderr: '' })
  }, 90_000)

  test('of two servers on one store the one that has a session open runs its cells, whoever submits them, and the other one when it is gone', async () => {
    using folder = makeFolder({})
    const store = folder.file('store.db')
    const words = ['serve', '-m', 'sim/echo', '--port', '0', '--store', store]
    using owner = start(words)
    using other = start(words)
    const [here, there] = await Promise.all([addressOf(owner), addressOf(other)])
    const { id: session } = await ask<Job>(here, '/sessions', { body: {} })
    expect(await ask<Job>(here, `/sessions/${session}/cells`, { body: { cell: 'let n = await llmQuery("0")' }, prefer: 'wait=20' })).toMatchObject({ status: 'completed' })
    expect(await ask(there, `/sessions/${session}`)).toMatchObject({ state: 'elsewhere' })
    await using replm = await openReplm({ store })
    // Both servers see each of them at the same time.
    for (let n = 1; n <= 8; n += 1) {
      const { id } = await replm.jobs.submit({ session, cell: 'n += "1"' }, { work: false })
      expect(await replm.jobs.wait(id, { timeoutMs: 20_000 })).toMatchObject({ status: 'completed', attempts: 1, result: { value: `0${'1'.repeat(n)}` } })
    }
    owner.child.kill('SIGKILL')
    await owner.end()
    const { id } = await replm.jobs.submit({ session, cell: 'n' }, { work: false })
    expect(await replm.jobs.wait(id, { timeoutMs: 20_000 })).toMatchObject({ status: 'completed', result: { value: '011111111', usage: { bought: 0 } } })
  }, 90_000)

  test('while a process that runs no cells has a session open, its cells are queued; then they run', async () => {
    using folder = makeFolder({})
    const store = folder.file('store.db')
    using command = start(['serve', '-m', 'sim/echo', '--port', '0', '--store', store])
    const address = await addressOf(command)
    await using replm = await openReplm({ store })
    const session = await replm.openSession()
    await session.run('let n = 7')
    const { id } = await replm.jobs.submit({ session: session.id, cell: 'n' }, { work: false })
    // One that nothing stands in the way of, submitted later, is done first.
    expect(await ask<Job>(address, '/jobs', { body: { script: { name: 'a.js', text: '1' } }, prefer: 'wait=20' })).toMatchObject({ status: 'completed' })
    expect(await replm.jobs.get(id)).toMatchObject({ status: 'queued', attempts: 0 })
    await session[Symbol.asyncDispose]()
    expect(await replm.jobs.wait(id, { timeoutMs: 20_000 })).toMatchObject({ status: 'completed', result: { value: 7 } })
  }, 90_000)
})
