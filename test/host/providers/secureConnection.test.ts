import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const registry = new URL('../../../src/host/providers/registry.ts', import.meta.url).href

/** Asks over https in a process that trusts the certificate, as only at its start can be said whom it trusts. */
const program = `
  const { createProvider } = await import(${JSON.stringify(registry)})
  const provider = await createProvider('compatible', process.env)
  const { signal } = new AbortController()
  const query = { model: 'm', prompt: 'p' }
  const first = await provider.query(query, { signal })
  const pieces = []
  for await (const piece of provider.stream(query, { signal })) pieces.push(piece)
  const controller = new AbortController()
  setTimeout(() => controller.abort('enough'), 50)
  const reason = await provider.query({ ...query, prompt: 'silence' }, { signal: controller.signal }).catch((error) => error)
  const last = await provider.query(query, { signal })
  console.log(JSON.stringify({ text: first.text, pieces, reason, last: last.text }))
  await provider.close()`

/** Asks where the certificate is not to be trusted. */
const untrusting = `
  const { createProvider } = await import(${JSON.stringify(registry)})
  const provider = await createProvider('compatible', process.env)
  const { code, message } = await provider.query({ model: 'm', prompt: 'p' }, { signal: new AbortController().signal }).catch((error) => error)
  console.log(JSON.stringify({ code, message }))
  await provider.close()`

test('a secure server is asked, streams, notices an abort, and is asked nothing where its certificate is not trusted or is another’s', async ({ skip }) => {
  const folder = mkdtempSync(join(tmpdir(), 'replm-tls-'))
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    try {
      const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
      execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' })
    } catch {
      return skip('this machine has no openssl')
    }
    let left = 0
    let asked = 0
    const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, async (request, response) => {
      asked += 1
      let text = ''
      for await (const bytes of request) text += String(bytes)
      response.once('close', () => (left += response.writableFinished ? 0 : 1))
      if (text.includes('silence')) return
      if (!text.includes('"stream":true')) return void response.end(JSON.stringify({ choices: [{ message: { content: 'whole' } }] }))
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`data: ${JSON.stringify({ choices: [{ delta: { content: 'one' } }] })}\n\n`)
      response.end(`data: ${JSON.stringify({ choices: [{ delta: { content: 'two' } }] })}\n\ndata: [DONE]\n\n`)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      env: { REPLM_BASE_URL: `https://127.0.0.1:${port}`, NODE_EXTRA_CA_CERTS: cert },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let printed = ''
    for await (const bytes of child.stdout) printed += String(bytes)
    expect(JSON.parse(printed)).toEqual({ text: 'whole', pieces: ['one', 'two'], reason: 'enough', last: 'whole' })
    expect(left).toBe(1)
    const stranger = spawn(process.execPath, ['--input-type=module', '--eval', untrusting], { env: { REPLM_BASE_URL: `https://127.0.0.1:${port}` }, stdio: ['ignore', 'pipe', 'inherit'] })
    let refused = ''
    for await (const bytes of stranger.stdout) refused += String(bytes)
    expect(JSON.parse(refused)).toEqual({ code: 'PROVIDER', message: expect.stringMatching(/self-signed certificate|DEPTH_ZERO_SELF_SIGNED_CERT/) })
    const other = spawn(process.execPath, ['--input-type=module', '--eval', untrusting], {
      env: { REPLM_BASE_URL: `https://localhost:${port}`, NODE_EXTRA_CA_CERTS: cert },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let misnamed = ''
    for await (const bytes of other.stdout) misnamed += String(bytes)
    expect(JSON.parse(misnamed)).toMatchObject({ code: 'PROVIDER' })
    expect(asked).toBe(4)
    server.closeAllConnections()
    server.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
