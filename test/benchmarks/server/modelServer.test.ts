import { readFileSync } from 'node:fs'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { createCertificate } from '../../../benchmarks/certificate.ts'
import { startModelServer } from '../../../benchmarks/modelServer.ts'

interface Completion {
  readonly choices: readonly { readonly message: { readonly content: string } }[]
}

function ask(origin: string, model: string, { prompt = 'hello', stream = false } = {}): Promise<Response> {
  return fetch(`${origin}/v1/chat/completions`, { method: 'POST', body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: prompt }] }) })
}

test('a model answers with a text of the length that its name asks for', async () => {
  using server = await startModelServer()
  for (const [model, length] of [
    ['fixed-0', 500],
    ['fixed-0,large', 200_000],
  ] as const) {
    const completion = (await (await ask(server.origin, model)).json()) as Completion
    expect(completion.choices[0]?.message.content).toHaveLength(length)
  }
  expect(await server.counts()).toMatchObject({ requests: 2, inFlight: 0 })
})

test('with a certificate it answers over https whoever trusts that, and nobody else', async ({ skip }) => {
  using certificate = createCertificate()
  if (certificate === undefined) return skip('this machine has no openssl')
  using server = await startModelServer({ certificate })
  expect(server.baseUrl).toMatch(/^https:/)
  await expect(ask(server.origin, 'fixed-0')).rejects.toThrow('fetch failed')
  const body = JSON.stringify({ model: 'fixed-0', messages: [{ role: 'user', content: 'hello' }] })
  const reply = await new Promise<string>((resolve, reject) => {
    const request = https.request(`${server.baseUrl}/chat/completions`, { method: 'POST', ca: readFileSync(certificate.certificateFile), agent: false }, (response) => {
      text(response).then(resolve, reject)
    })
    request.on('error', reject).end(body)
  })
  expect((JSON.parse(reply) as Completion).choices[0]?.message.content).toHaveLength(500)
})

test('a stream gives the same text in events and ends with [DONE]', async () => {
  using server = await startModelServer()
  const text = await (await ask(server.origin, 'fixed-0', { stream: true })).text()
  const events = text
    .trimEnd()
    .split('\n\n')
    .map((line) => line.replace('data: ', ''))
  expect(events.pop()).toBe('[DONE]')
  const pieces = events.map((event) => (JSON.parse(event) as { choices: { delta: { content?: string } }[] }).choices[0]?.delta.content ?? '')
  expect(pieces.join('')).toHaveLength(500)
})

test('a limit lets one second’s worth through, then refuses with the headers that say when to come back', async () => {
  using server = await startModelServer()
  const replies = await Promise.all(Array.from({ length: 20 }, () => ask(server.origin, 'fixed-0,limit-10')))
  const refused = replies.filter(({ status }) => status === 429)
  expect(refused.length).toBeGreaterThanOrEqual(9)
  expect(refused[0]?.headers.get('x-ratelimit-limit-requests')).toBe('10')
  expect(Number(refused[0]?.headers.get('retry-after-ms'))).toBeLessThanOrEqual(100)
})

test('which attempts fail depends on seed, prompt and attempt, and not on the order in which they come', async () => {
  using server = await startModelServer()
  const prompts = Array.from({ length: 40 }, (_, index) => `question ${index}`)
  const outcome = (tag: string, order: readonly string[]): Promise<string[]> =>
    Promise.all(
      order.map(async (prompt) => {
        const said = await ask(server.origin, `fixed-1,echo,faults-0.5,seed-3,tag-${tag}`, { prompt }).then(
          async (response) => `${response.status} ${await response.text()}`,
          () => 'reset',
        )
        return `${prompt}: ${said}`
      }),
    )
  const [forward, backward] = [await outcome('a', prompts), await outcome('b', prompts.toReversed())]
  expect(backward.toReversed()).toEqual(forward)
  expect(forward.filter((said) => said.includes(': 200 {"id"')).length).toBeGreaterThan(5)
  expect(forward.filter((said) => said.endsWith(': reset')).length).toBeGreaterThan(0)
})
