/** Operations on the server itself: whether it lives, what it can do, which models it has. */
import { operation, type Operation } from '../operation.ts'
import type { Parts } from '../parts.ts'
import { health, modelList } from '../schemas.ts'
import { z } from '../zod.ts'

/** `document` gives what describes all operations, these included. */
export function serverOperations({ models }: Parts, document: () => unknown): readonly Operation[] {
  return [
    operation(
      { id: 'getHealth', method: 'get', path: '/health', tag: 'server', asks: 'nothing', summary: 'Say that the server lives', isPublic: true, responses: { 200: { description: 'It lives.', schema: health } } },
      () => ({ status: 200, body: { json: { status: 'ok' } } }),
    ),
    operation(
      { id: 'getDocument', method: 'get', path: '/openapi.json', tag: 'server', asks: 'nothing', summary: 'Describe all operations', responses: { 200: { description: 'An OpenAPI 3.1 document.', schema: z.record(z.string(), z.unknown()) } } },
      () => ({ status: 200, body: { json: document() } }),
    ),
    operation(
      {
        id: 'listModels',
        method: 'get',
        path: '/models',
        tag: 'server',
        asks: 'nothing',
        summary: 'List the models',
        description: 'Answers within half a second with what is known by then; a provider that has not answered yet is in the state `asking`.',
        responses: { 200: { description: 'The providers and their models.', schema: modelList } },
      },
      async () => ({ status: 200, body: { json: await models.get() } }),
    ),
  ]
}
