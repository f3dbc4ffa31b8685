/** Operations in; the OpenAPI 3.1 document that describes them, out. The only importer of the package that writes it. */
import { OpenAPIHono, type RouteConfig } from '@hono/zod-openapi'
import type { ErrorCode } from '../errors.ts'
import { failures, type HeaderName, type Operation, type ResponseDescription } from './operation.ts'
import { refusals } from './problem.ts'
import { problem } from './schemas.ts'
import { z } from './zod.ts'

const about = `Programs that ask language models many questions, run in sandboxes and kept over restarts.

Whatever leads to a model answers 202 at once, with the job in the body and its address in \`Location\`; \`Prefer: wait=N\` waits up to N seconds for its end.
Errors are problem details (RFC 9457) with the codes of the command line. Send the token that \`replm serve\` printed as \`Authorization: Bearer\`.`

const tags: Readonly<Record<Operation['tag'], string>> = Object.freeze({
  questions: 'One question, or many: each is a job.',
  jobs: 'What was begun: where it stands, what happens to it, what it asks of a person.',
  sessions: 'Interpreters that keep what their cells have made.',
  server: 'The server itself.',
})

export function documentOf(operations: readonly Operation[], version: string): unknown {
  const app = new OpenAPIHono()
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer', description: 'The token in the address that `replm serve` printed.' })
  for (const each of operations) app.openAPIRegistry.registerPath(routeOf(each))
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'replm', version, description: about, license: { name: 'MIT', url: 'https://opensource.org/license/mit' } },
    servers: [{ url: '/', description: 'This server' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    security: [{ token: [] }],
  })
}

function routeOf({ id, method, path, tag, summary, description, headers = [], responses, asks, shapes, isPublic = false }: Operation): RouteConfig {
  const { params, query, body, lines } = shapes
  const withHeaders = z.object(Object.fromEntries(headers.map((name) => [inCapitals(name), headerSchemas[name]])))
  const facts: Facts = { hasParams: params !== undefined, hasQuery: query !== undefined, hasBody: body !== undefined, hasKey: headers.includes('idempotency-key'), isPublic }
  const problems = problemsOf({ ...failuresOf(failures[asks]), ...refusalsOf(facts) }, Object.keys(responses))
  // The writer of the document wants an object for each, which ours are; an erased operation does not say so.
  const objects = { ...(params === undefined ? {} : { params }), ...(query === undefined ? {} : { query }) } as { readonly params?: z.ZodObject; readonly query?: z.ZodObject }
  return {
    operationId: id,
    method,
    path,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(isPublic ? { security: [] } : {}),
    request: {
      ...objects,
      ...(headers.length === 0 ? {} : { headers: withHeaders }),
      ...(body === undefined ? {} : { body: { required: true, content: { 'application/json': { schema: body }, ...(lines === undefined ? {} : { 'application/jsonl': { schema: lines.schema } }) } } }),
    },
    responses: { ...Object.fromEntries(Object.entries(responses).map(([status, response]) => [status, responseOf(response, Number(status))])), ...problems },
  }
}

function responseOf({ description, schema, media = {}, headers = [] }: ResponseDescription, status: number): RouteConfig['responses'][string] {
  if (status >= 400) return problemOf(description)
  const content = { ...(schema === undefined ? {} : { 'application/json': { schema } }), ...Object.fromEntries(Object.entries(media).map(([type, schema]) => [type, { schema }])) }
  return {
    description,
    ...(Object.keys(content).length === 0 ? {} : { content }),
    ...(headers.length === 0 ? {} : { headers: Object.fromEntries(headers.map((name) => [inCapitals(name), { description: replyHeaders[name] ?? name, schema: { type: 'string' as const } }])) }),
  }
}

interface Facts {
  readonly hasParams: boolean
  readonly hasQuery: boolean
  readonly hasBody: boolean
  readonly hasKey: boolean
  readonly isPublic: boolean
}

/** What every operation of its kind may refuse, by its status. */
function refusalsOf({ hasParams, hasQuery, hasBody, hasKey, isPublic }: Facts): Readonly<Record<string, string>> {
  const statuses: Readonly<Record<string, string | false>> = {
    400: hasBody && 'The body is no JSON.',
    401: !isPublic && 'The token is missing, or another one.',
    403: 'Another web page asked, or what is asked for is not allowed here.',
    404: hasParams && 'There is none of this id.',
    413: hasBody && 'The body is too large.',
    415: hasBody && 'The body is of a type that is not taken.',
    421: 'The server is not asked for by this name.',
    422: (hasBody || hasQuery || hasParams) && `Something in it is not as expected${hasKey ? ', or its `Idempotency-Key` came with another body before' : ''}.`,
  }
  return Object.fromEntries(Object.entries(statuses).flatMap(([status, why]) => (why === false ? [] : [[status, why]])))
}

/** The same of what it asks, by the table of codes. */
function failuresOf(codes: readonly ErrorCode[]): Readonly<Record<string, string>> {
  const byStatus = Map.groupBy(codes.map((code) => refusals[code]), ({ status }) => String(status))
  return Object.fromEntries([...byStatus].map(([status, of]) => [status, of.map(({ why }) => why).join(' ')]))
}

/** Those that the operation does not tell itself. */
function problemsOf(statuses: Readonly<Record<string, string>>, known: readonly string[]): Readonly<Record<string, RouteConfig['responses'][string]>> {
  return Object.fromEntries(Object.entries(statuses).flatMap(([status, why]) => (known.includes(status) ? [] : [[status, problemOf(why)]])))
}

function problemOf(description: string): RouteConfig['responses'][string] {
  return { description, content: { 'application/problem+json': { schema: problem } } }
}

/** `if-none-match` as documents write it. */
function inCapitals(name: string): string {
  return name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase())
}

const headerSchemas: Readonly<Record<HeaderName, z.ZodType>> = Object.freeze({
  prefer: z.string().optional().meta({ description: '`wait=N` waits up to N seconds, 55 at the most (RFC 7240).', example: 'wait=1' }),
  'idempotency-key': z.string().min(1).max(255).optional().meta({ description: 'The same key with the same body gives the same job again; with another body it is 422.', example: '8e03978e-40d5-43dd-bc93-6894a57f9324' }),
  'if-none-match': z.string().optional().meta({ description: 'An `ETag` that the caller has: 304 where nothing has changed.' }),
  'last-event-id': z.string().optional().meta({ description: 'Number of the last event that was seen; an EventSource sends it by itself.' }),
})

const replyHeaders: Readonly<Record<string, string>> = Object.freeze({
  location: 'Where it is.',
  'preference-applied': 'Which preference was followed.',
  etag: 'Changes when it does.',
})
