import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { replm } from './command.ts'

describe('replm doctor', () => {
  test('fits on one screen and says of each part whether it works', async () => {
    const { stdout, stderr, code } = await replm(['doctor'])
    expect(code).toBe(0)
    expect(stderr).toBe('')
    expect(stdout.split('\n').length).toBeLessThanOrEqual(40)
    for (const part of [/node +v26/, /sandbox +(contained|best effort)/, /dispatch +auto \(the default\): questions start on the host’s loop/, / async +sim\/echo answered on the loop/, / pool +sim\/echo answered in a worker thread/, /openai +no key: set OPENAI_API_KEY/, /ollama +not running/, /sim +offline: sim\/echo, sim\/extract, sim\/oracle$/m, /store/]) expect(stdout).toMatch(part)
    expect(stdout).toMatch(/Programs can run here\.\n$/)
  })

  test('--json gives one object with what was tried', async () => {
    const { stdout, code } = await replm(['doctor', '--json'])
    const report = JSON.parse(stdout)
    expect([report.ok, code]).toEqual([true, 0])
    expect(report.checks.length).toBeGreaterThan(8)
    expect(JSON.stringify(report)).not.toContain('sk-')
  })

  test('says which path is configured, and by what', async () => {
    const { stdout, code } = await replm(['doctor', '--json'], { env: { REPLM_DISPATCH: 'pool' } })
    expect(code).toBe(0)
    const { dispatch, checks } = JSON.parse(stdout)
    expect(dispatch).toBe('pool')
    expect(checks).toContainEqual({ name: 'dispatch', state: 'ok', detail: expect.stringMatching(/^pool \(of REPLM_DISPATCH\): .*worker threads/), mend: null })
  })

  test('a key is found and never shown', async () => {
    const { stdout } = await replm(['doctor', '--json'], { env: { OPENAI_API_KEY: 'sk-secret-1234' } })
    expect(JSON.parse(stdout).model).toBe('openai/gpt-5-mini')
    expect(stdout).not.toContain('secret')
  })

  test.each([
    ['REPLM_BASE_URL', {}, 'compatible'],
    ['OPENAI_BASE_URL', { OPENAI_API_KEY: 'sk-secret-1234' }, 'openai'],
  ])('an address in %s where nothing listens, and one where nothing is ever said, do not answer; one that refuses does', async (variable, keys, name) => {
    const asked: string[] = []
    const silent = createServer(() => undefined).listen(0, '127.0.0.1')
    const refusing = createServer(({ headers, method, url }, response) => {
      asked.push(`${method} ${url} ${headers.authorization ?? 'no key'}`)
      response.writeHead(401).end()
    }).listen(0, '127.0.0.1')
    await Promise.all([once(silent, 'listening'), once(refusing, 'listening')])
    const portOf = (server: Server): number => (server.address() as AddressInfo).port // both listen on one
    const checksAt = async (port: number): Promise<readonly { readonly name: string }[]> =>
      JSON.parse((await replm(['doctor', '--json'], { env: { ...keys, [variable]: `http://127.0.0.1:${port}/v1` } })).stdout).checks
    const [dead, hung, live] = await Promise.all([checksAt(9), checksAt(portOf(silent)), checksAt(portOf(refusing))])
    expect(dead).toContainEqual({ name, state: 'weak', detail: expect.stringMatching(/^http:\/\/127\.0\.0\.1:9\/v1 does not answer: .*ECONNREFUSED/), mend: expect.stringContaining(variable) })
    expect(hung).toContainEqual(expect.objectContaining({ name, state: 'weak', detail: expect.stringContaining('does not answer: no answer within 1000 ms') }))
    expect(live).toContainEqual({ name, state: 'ok', detail: expect.stringMatching(/\/v1 answers$/), mend: null })
    expect(asked).toEqual(['GET /v1/models no key'])
    if (name === 'openai') expect(dead).toContainEqual(expect.objectContaining({ name: 'model', state: 'weak' }))
    silent.closeAllConnections()
    silent.close()
    refusing.close()
  })

  test('the usual address of a provider with a key is not tried, and doctor says so', async () => {
    const { stdout } = await replm(['doctor'], { env: { OPENAI_API_KEY: 'sk-secret-1234' } })
    expect(stdout).toMatch(/ok +openai +https:\/\/api\.openai\.com\/v1 \(.*not tried/)
  })

  test('a store that cannot be written is bad, ends with 2, and says what mends it', async () => {
    const { stdout, code } = await replm(['doctor', '--store', '/proc/nowhere/replm.db'])
    expect(code).toBe(2)
    expect(stdout).toMatch(/BAD store[^]*--store FILE[^]*Programs cannot run/)
  })
})

describe('replm models', () => {
  test('lists each provider with what it lacks', async () => {
    const { stdout, code } = await replm(['models'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/openai\/… +no key: set OPENAI_API_KEY/)
    expect(stdout).toMatch(/sim\/extract +ready/)
    expect(stdout).toMatch(/No model answers where none is named/)
  })

  test('lists the models of a local server that runs; its names cannot steer a terminal, and one of them answers', async () => {
    const server = createServer((_, response) => response.end(JSON.stringify({ models: [{ name: 'llama3.2' }, { name: 'evil\u001b[2J' }] })))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo // it listens on a port
    const env = { OLLAMA_HOST: `http://127.0.0.1:${port}` }
    const { stdout } = await replm(['models'], { env })
    expect(stdout).toMatch(/ollama\/llama3\.2 +ready, the default/)
    expect(stdout).toContain('ollama/evil\\x1b[2J')
    const json = JSON.parse((await replm(['models', '--json'], { env })).stdout)
    expect(json).toMatchObject({ default: 'ollama/llama3.2', providers: expect.arrayContaining([expect.objectContaining({ name: 'ollama', ready: true })]) })
    server.close()
  })
})

test('help and version go to standard output with exit code 0', async () => {
  const help = await replm(['--help'])
  expect([help.code, help.stderr]).toEqual([0, ''])
  expect(help.stdout).toMatch(/Usage: replm[^]*run[^]*models[^]*doctor/)
  const version = await replm(['--version'])
  expect([version.code, version.stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)])
})

test('the help of replm bench says which benchmarks there are, how long each takes, and leaves out what has no meaning there', async () => {
  const { stdout, code } = await replm(['bench', '--help'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^ {2}paths +\d+ \S+ +\d+ \S+ +\d.*How long does a batch take/m)
  expect(stdout).toMatch(/^ {2}all of them +\d/m)
  expect(stdout).toContain('--full')
  expect(stdout).not.toContain('--store')
  expect((await replm(['bench', 'nothing', '--store', ':memory:'])).stderr).toContain('no benchmark named nothing')
})

test('replm bench in a clone names the benchmarks there are when it is asked for another', async () => {
  const { stdout, stderr, code } = await replm(['bench', 'nothing'])
  expect([stdout, code]).toEqual(['', 2])
  expect(stderr).toMatch(/no benchmark named nothing.*one-plus-one/)
})
