/** Streams of events as bytes, and how they, and those who wait, end with the server. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { JobEvent } from '../../src/types.ts'
import { openTestServer, type TestServer } from './openTestServer.ts'

/** Text as it comes, until it holds what matches or has ended. */
async function readUntil(response: Response, pattern: RegExp): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  if (response.body === null) return text
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true })
    if (pattern.test(text)) break
  }
  return text
}

const never = /(?!)/

function eventsOf(text: string): readonly (JobEvent & { readonly id: string })[] {
  // As the server wrote them.
  return [...text.matchAll(/^id: (\d+)\ndata: ([^\n]*)$/gm)].map(([, id = '', data = '']) => ({ id, ...(JSON.parse(data) as JobEvent) }))
}

async function follow(server: TestServer, id: string, headers: Readonly<Record<string, string>> = {}, query = ''): Promise<Response> {
  return server.ask(`/jobs/${id}/events${query}`, { headers: { accept: 'text/event-stream', ...headers } })
}

describe('a stream', () => {
  test('has each event with its number, ends with the job, and says 204 to one who has seen it all', async () => {
    await using server = await openTestServer()
    const { id } = await server.finish('/jobs', { script: { name: 'a.js', text: 'console.log("one\\ntwo\\u2028"); progress(0.5, "half")' } })
    const response = await follow(server, id)
    expect([response.status, response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([200, 'text/event-stream', 'no-store'])
    const text = await readUntil(response, never)
    expect(text).toMatch(/^retry: 1000\n\n/)
    const events = eventsOf(text)
    expect(events.map(({ id: number, seq }) => [number, seq])).toEqual(events.map((_, index) => [String(index + 1), index + 1]))
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['job.queued', 'job.started', 'console.printed', 'job.progressed', 'job.completed']))
    expect(events.find(({ type }) => type === 'console.printed')?.data['text']).toContain('one\ntwo\u2028')

    const last = String(events.length)
    expect((await follow(server, id, { 'last-event-id': last })).status).toBe(204)
    expect((await follow(server, id, {}, `?after=${last}`)).status).toBe(204)
    expect(eventsOf(await readUntil(await follow(server, id, { 'last-event-id': String(events.length - 2) }), never)).map(({ seq }) => seq)).toEqual([events.length - 1, events.length])
    // What is no number of an event is none: all is told again.
    expect(eventsOf(await readUntil(await follow(server, id, { 'last-event-id': 'x' }), never))).toHaveLength(events.length)

    const listed = (await (await server.ask(`/jobs/${id}/events`, { headers: { accept: 'application/json' } })).json()) as { events: JobEvent[]; isOver: boolean }
    expect(listed).toMatchObject({ isOver: true })
    expect(listed.events.map(({ seq }) => seq)).toEqual(events.map(({ seq }) => seq))
  }, 60_000)

  test('answers before anything happens, and gives signs of life while nothing does', async () => {
    await using server = await openTestServer({ heartbeatMs: 20 })
    const { id } = (await (await server.post('/queries', { prompt: 'x', model: 'hanging/x' })).json()) as { id: string }
    const text = await readUntil(await follow(server, id), /(: alive\n\n){3}/)
    expect(text).toMatch(/(: alive\n\n){3}/)
  }, 60_000)

  test('of one who has gone away is let go of', async () => {
    await using server = await openTestServer({ heartbeatMs: 20, maxStreams: 3 })
    const { id } = (await (await server.post('/queries', { prompt: 'x', model: 'hanging/x' })).json()) as { id: string }
    const followers = await Promise.all(Array.from({ length: 3 }, () => follow(server, id)))
    const refused = await follow(server, id)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2'])
    await Promise.all(followers.map(({ body }) => body?.cancel()))
    await expect.poll(async () => {
      const response = await follow(server, id)
      await response.body?.cancel()
      return response.status
    }).toBe(200)
  }, 60_000)
})

test('HEAD tells of a stream and holds none of the places of those who read one', async () => {
  await using server = await openTestServer({ maxStreams: 1 })
  const { id } = (await (await server.post('/queries', { prompt: 'x', model: 'hanging/x' })).json()) as { id: string }
  for (const _ of [1, 2, 3]) {
    const response = await server.ask(`/jobs/${id}/events`, { method: 'HEAD' })
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([200, 'text/event-stream', ''])
  }
  const followed = await follow(server, id)
  expect(followed.status).toBe(200)
  await followed.body?.cancel()
})

describe('the end of the server', () => {
  test('ends streams and waits at once, and leaves the job as it was', async () => {
    await using server = await openTestServer()
    const { id } = (await (await server.post('/queries', { prompt: 'x', model: 'hanging/x' })).json()) as { id: string }
    const stream = await follow(server, id)
    const streamed = readUntil(stream, never)
    const waited = server.ask(`/jobs/${id}`, { headers: { prefer: 'wait=50' } })
    const posted = server.post('/queries', { prompt: 'y', model: 'hanging/x' }, { prefer: 'wait=50' })
    await expect.poll(async () => ((await (await server.ask('/jobs')).json()) as { jobs: unknown[] }).jobs.length).toBe(2)
    const started = performance.now()
    await server.server.close()
    expect(performance.now() - started).toBeLessThan(5_000)
    await streamed
    expect((await waited).status).toBe(200)
    expect((await posted).status).toBe(202)
    await expect(server.ask('/health')).rejects.toThrow()
    expect(await server.replm.jobs.get(id)).toMatchObject({ status: 'queued' })
  }, 60_000)
})

describe('what went wrong', () => {
  test('names no place of this machine: a document that is gone, a program that fails', async () => {
    await using server = await openTestServer({ replm: { idleMs: 20 } })
    const file = join(server.root, 'gone.txt')
    writeFileSync(file, 'text')
    const { id: session } = (await (await server.post('/sessions', { context: ['gone.txt'] })).json()) as { id: string }
    expect(await server.finish(`/sessions/${session}/cells`, { cell: 'docs[0].name' })).toMatchObject({ result: { value: 'gone.txt' } })
    await expect.poll(() => server.replm.awake.has(session)).toBe(false)
    rmSync(file)
    const failed = await server.finish(`/sessions/${session}/cells`, { cell: '1' })
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'CHANGED' } })
    const told = JSON.stringify([failed, await (await server.ask(`/jobs/${failed.id}/events`, { headers: { accept: 'application/json' } })).json(), await (await server.ask(`/sessions/${session}/cells`)).json()])
    expect(told).not.toContain(server.folder)
    expect(told).toContain('gone.txt')
  }, 60_000)
})
