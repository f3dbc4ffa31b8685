/** A browser's EventSource, over a connection that is dropped in the middle. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Browser } from 'playwright-core'
import type { Provider } from '../../src/types.ts'
import { openBrowser } from '../benchmarks/browser.ts'
import { openTestServer, type TestServer } from './openTestServer.ts'

let browser: Browser | string
beforeAll(async () => void (browser = await openBrowser()))
afterAll(async () => void (typeof browser === 'string' || (await browser.close())))

/** Passes bytes on both ways; can drop all that it has. */
async function openProxy(port: number) {
  const sockets = new Set<Socket>()
  let connections = 0
  const proxy = createServer((socket) => {
    connections += 1
    const onward = connect(port, '127.0.0.1')
    for (const each of [socket, onward]) sockets.add(each.on('error', () => undefined))
    socket.pipe(onward).pipe(socket)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, // it listens on a port
    connections: () => connections,
    drop: () => {
      for (const socket of sockets) socket.destroy()
      sockets.clear()
    },
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy()
      proxy.close()
    },
  }
}

/** Answers each question when it is told to. */
function gated(): Provider & { readonly open: () => void; readonly asked: (count: number) => Promise<void> } {
  const waiting: (() => void)[] = []
  const watchers: { count: number; resolve: () => void }[] = []
  let asked = 0
  return {
    name: 'gated',
    pricing: 'free',
    query: async ({ prompt }) => {
      asked += 1
      const gate = new Promise<void>((resolve) => waiting.push(resolve))
      for (const { count, resolve } of watchers) if (asked >= count) resolve()
      await gate
      return { text: prompt, usage: { inputTokens: 1, outputTokens: 1 } }
    },
    open: () => waiting.shift()?.(),
    asked: (count) => new Promise((resolve) => (asked >= count ? resolve() : watchers.push({ count, resolve }))),
  }
}

test('an EventSource misses nothing and sees nothing twice when its connection drops, and stops when the job is over', async ({ skip }) => {
  if (typeof browser === 'string') return skip(browser)
  const model = gated()
  await using server: TestServer = await openTestServer({ replm: { providers: [model], model: 'gated/x' } })
  using proxy = await openProxy(Number(new URL(server.server.url).port))
  const page = await browser.newPage()
  await page.goto(`${proxy.url}/?token=${server.server.token}`)
  expect(page.url()).toBe(`${proxy.url}/`)

  const script = { name: 'steps.js', text: 'for (let step = 1; step <= 4; step += 1) { await llmQuery("q" + step); console.log("step " + step); progress(step / 4) }' }
  const { id } = (await (await server.post('/jobs', { script })).json()) as { id: string }
  // Runs in the browser.
  await page.evaluate((id) => {
    const seen: { seq: number; type: string; text: unknown }[] = []
    const source = new EventSource(`/jobs/${id}/events`)
    source.addEventListener('message', ({ data, lastEventId }) => {
      const { seq, type, data: facts } = JSON.parse(data)
      if (String(seq) !== lastEventId) throw new Error('The id is not the number')
      seen.push({ seq, type, text: facts.text })
    })
    Object.assign(globalThis, { seen, source })
  }, id)
  const seen = () => page.evaluate(() => (globalThis as unknown as { seen: { seq: number; type: string; text: unknown }[] }).seen) // as it was set above
  const printed = (step: number) => page.waitForFunction((text) => (globalThis as unknown as { seen: { text: unknown }[] }).seen.some((event) => String(event.text).startsWith(text)), `step ${step}`)

  await model.asked(1)
  model.open()
  await printed(1)
  const before = proxy.connections()
  proxy.drop()
  // While nobody listens, things go on.
  await model.asked(2)
  model.open()
  await model.asked(3)
  await printed(2)
  expect(proxy.connections()).toBeGreaterThan(before)
  model.open()
  await model.asked(4)
  model.open()
  await page.waitForFunction(() => (globalThis as unknown as { source: EventSource }).source.readyState === 2)

  const events = await seen()
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
  expect(events.filter(({ type }) => type === 'console.printed').map(({ text }) => String(text).trim())).toEqual(['step 1', 'step 2', 'step 3', 'step 4'])
  expect(events.at(-1)?.type).toBe('job.completed')
  await page.close()
}, 60_000)
