/** Operations in; the HTTP application that checks who asks, and answers, out. The only importer of hono. */
import { setImmediate } from 'node:timers/promises'
import { type Context, Hono } from 'hono'
import { mediaTypeOf, readBody } from './body.ts'
import { etagOf, isKnown } from './etag.ts'
import type { Guard } from './guard.ts'
import { parseJson } from './json.ts'
import { readLines } from './jsonLines.ts'
import type { Operation, RawCall, Reply } from './operation.ts'
import type { Page } from './page.ts'
import { isOwnMatter, problemOf, RequestProblem } from './problem.ts'

export interface AppOptions {
  readonly operations: readonly Operation[]
  readonly guard: Guard
  readonly page: Page
  readonly maxBodyBytes: number
  /** Aborts when the server ends. */
  readonly stopping: AbortSignal
  /** Takes the places of this machine out of a text. */
  readonly hide: (text: string) => string
  /** Told of what went wrong here, for whoever runs the server. */
  readonly onFault: (fault: unknown) => void
}

/** A request in, its response out; never rejects. */
export type App = (request: Request) => Promise<Response>

/** Bodies whose reading takes some milliseconds. */
const largeBytes = 1024 * 1024

const lineTypes: readonly string[] = ['application/jsonl', 'application/x-ndjson', 'application/x-jsonlines']

export function createApp({ operations, guard, page, maxBodyBytes, stopping, hide, onFault }: AppOptions): App {
  const app = new Hono()
  const open = new Set(operations.filter(({ isPublic }) => isPublic === true).map(({ path }) => path))

  app.use(async (context, next) => {
    guard.checkOrigin(context.req.raw)
    if (context.req.path !== '/' && !open.has(context.req.path)) guard.checkToken(context.req.raw)
    if (stopping.aborted && context.req.method === 'POST') throw new RequestProblem(503, 'The server is about to end; what it has begun goes on with the next one', { headers: { connection: 'close' } })
    await next()
    for (const [name, value] of Object.entries(safety)) if (!context.res.headers.has(name)) context.res.headers.set(name, value)
  })

  app.get('/', (context) => {
    const token = context.req.query('token')
    if (token !== undefined) {
      if (!guard.isToken(token)) throw new RequestProblem(401, 'This is not the address that `replm serve` printed')
      // The address would stay in the history, and in the way of whoever looks on.
      return new Response(null, { status: 303, headers: { location: '/', 'set-cookie': guard.cookie(context.req.raw) } })
    }
    guard.checkToken(context.req.raw)
    return page()
  })
  for (const each of operations) {
    app.on(each.method.toUpperCase(), routePath(each.path), async (context) => responseOf(context, await answerOf(each, context)))
  }
  const paths = Map.groupBy([{ path: '/', method: 'get' }, ...operations], ({ path }) => path)
  for (const [path, of] of paths) {
    const methods = of.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])).toSorted()
    app.all(routePath(path), (context) => {
      throw new RequestProblem(405, `${context.req.method} is nothing that can be done with ${path}`, { headers: { allow: methods.join(', ') } })
    })
  }
  app.notFound(() => {
    throw new RequestProblem(404, 'There is nothing at this address; /openapi.json lists what there is')
  })
  app.onError((thrown) => refusal(thrown))

  async function answerOf(operation: Operation, { req }: Context): Promise<Reply> {
    const call: RawCall = {
      params: req.param(),
      query: operation.shapes.query === undefined ? {} : queryOf(req.url),
      headers: req.header(),
      body: operation.shapes.body === undefined ? undefined : await bodyOf(operation, req.raw),
      signal: AbortSignal.any([req.raw.signal, stopping]),
    }
    return operation.answer(call)
  }

  async function bodyOf({ shapes: { lines } }: Operation, request: Request): Promise<unknown> {
    const type = mediaTypeOf(request.headers.get('content-type'))
    const isLines = lines !== undefined && lineTypes.includes(type)
    if (!isLines && type !== 'application/json') {
      const types = lines === undefined ? 'application/json' : `application/json or ${lineTypes[0]}`
      throw new RequestProblem(415, `Expected the body to be ${types}`, { headers: { 'accept-post': types.replace(' or ', ', ') } })
    }
    if (request.headers.get('content-encoding') !== null) throw new RequestProblem(415, 'Expected a body without `Content-Encoding`', { headers: { 'accept-encoding': 'identity' } })
    const bytes = await readBody(request, maxBodyBytes)
    if (isLines) return { [lines.member]: await readLines(bytes) }
    const body = parseJson(bytes)
    // What becomes of it takes as long again: others have their turn in between.
    if (bytes.byteLength > largeBytes) await setImmediate()
    return body
  }

  function responseOf({ req }: Context, { status, headers = {}, body, facts }: Reply): Response {
    const etag = facts === undefined ? undefined : etagOf(facts)
    const all = { ...headers, ...(etag === undefined ? {} : { etag }) }
    if (etag !== undefined && isKnown(req.header('if-none-match'), etag)) return new Response(null, { status: 304, headers: all })
    if (body === undefined) return new Response(null, { status, headers: all })
    if (req.raw.method === 'HEAD' && 'stream' in body) {
      // Nobody reads it: what feeds it is let go of.
      void body.stream.cancel().catch(() => undefined)
      return new Response(null, { status, headers: { 'content-type': body.type, ...all } })
    }
    if ('json' in body) return new Response(lineOf(body.json), { status, headers: { 'content-type': 'application/json', ...all } })
    return new Response(body.stream, { status, headers: { 'content-type': body.type, ...all } })
  }

  function refusal(thrown: unknown): Response {
    const { problem, headers } = problemOf(thrown, hide)
    if (isOwnMatter(problem)) onFault(thrown)
    return new Response(lineOf(problem), { status: problem.status, headers: { 'content-type': 'application/problem+json', ...safety, ...headers } })
  }

  return async (request) => {
    try {
      return await app.fetch(request)
    } catch (thrown) {
      return refusal(thrown)
    }
  }
}

/** For whoever reads it on a terminal, it ends with its line. */
function lineOf(json: unknown): string {
  return `${JSON.stringify(json)}\n`
}

/** On every reply: nothing of it is kept, framed, guessed at, or read by another page. */
const safety: Readonly<Record<string, string>> = Object.freeze({
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
})

/** `/jobs/{id}` as the router writes it. */
function routePath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}

/** A name that stands twice could be taken for either. */
function queryOf(url: string): Readonly<Record<string, string>> {
  const entries = [...new URL(url).searchParams]
  const twice = entries.find(([name], index) => entries.findIndex(([other]) => other === name) !== index)
  if (twice !== undefined) throw new RequestProblem(422, `Expected ${JSON.stringify(twice[0])} once in the query`, { errors: [{ in: 'query', at: twice[0], message: 'Stands there twice' }] })
  return Object.fromEntries(entries)
}
