/** The OpenAPI document: under a linter that others wrote, and beside what the server does. */
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestServer, type TestServer } from './openTestServer.ts'

let server: TestServer
beforeAll(async () => void (server = await openTestServer()))
afterAll(() => server[Symbol.asyncDispose]())

test('it has nothing that the recommended rules of an OpenAPI linter find', async () => {
  const source = await (await server.ask('/openapi.json')).text()
  const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config: await createConfig({ extends: ['recommended'] }) })
  expect(problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer ?? ''}`)).toEqual([])
})

test('it is OpenAPI 3.1, and names the routes that are promised', async () => {
  const document = (await (await server.ask('/openapi.json')).json()) as { openapi: string; paths: Record<string, unknown> }
  expect(document.openapi).toBe('3.1.0')
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining(['/health', '/openapi.json', '/models', '/queries', '/batches', '/sessions', '/sessions/{id}/cells', '/jobs', '/jobs/{id}', '/jobs/{id}/events', '/jobs/{id}/input', '/jobs/{id}/cancel']),
  )
})

test('what it does not name is not there, and what it names takes no other method', async () => {
  const { paths } = (await (await server.ask('/openapi.json')).json()) as { paths: Record<string, Record<string, unknown>> }
  for (const [path, methods] of Object.entries(paths)) {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      if (method.toLowerCase() in methods) continue
      const response = await server.ask(path.replaceAll(/\{\w+\}/g, 'x'), { method })
      expect([path, method, response.status]).toEqual([path, method, 405])
      expect(response.headers.get('allow')?.split(', ').map((name) => name.toLowerCase())).toEqual(expect.arrayContaining(Object.keys(methods)))
      expect(await response.json()).toMatchObject({ code: 'CONFIG', status: 405 })
    }
  }
  for (const path of ['/none', '/jobs/', '/jobs/x/y', '/Jobs', '//jobs', '/docs', '/.env']) expect([path, (await server.ask(path)).status]).toEqual([path, 404])
})

test('it names the status of a request for a document that is not there', async () => {
  const { paths } = (await (await server.ask('/openapi.json')).json()) as { paths: Record<string, { post: { responses: Record<string, unknown> } }> }
  const requests: readonly (readonly [path: string, body: object])[] = [
    ['/jobs', { script: 'none.ts' }],
    ['/jobs', { script: { name: 'a.js', text: '1' }, context: ['none.txt'] }],
    ['/sessions', { context: ['none.txt'] }],
  ]
  for (const [path, body] of requests) {
    const { status } = await server.post(path, body)
    expect([path, status]).toEqual([path, 404])
    expect(Object.keys(paths[path]?.post.responses ?? {})).toContain(String(status))
  }
})
