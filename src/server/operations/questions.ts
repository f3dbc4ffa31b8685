/** Operations that ask models without a program: one question, or a batch of them, each as a job. */
import { named } from '../named.ts'
import { operation, type Operation } from '../operation.ts'
import type { Parts } from '../parts.ts'
import { RequestProblem } from '../problem.ts'
import { aroundBatch, batchLine, batchResult, jobParams, newBatch, newQuery } from '../schemas.ts'
import { acceptJob, workHeaders, workResponses } from './accepted.ts'

export function questionOperations(parts: Parts): readonly Operation[] {
  return [
    operation(
      { id: 'createQuery', method: 'post', path: '/queries', tag: 'questions', asks: 'models', summary: 'Ask one question', headers: workHeaders, body: newQuery, responses: workResponses },
      ({ body, headers, signal }) => acceptJob(parts, named(body), { operation: 'createQuery', headers, signal }),
    ),
    operation(
      {
        id: 'createBatch',
        method: 'post',
        path: '/batches',
        tag: 'questions',
        asks: 'models',
        summary: 'Ask many questions',
        description: 'As one JSON object, or as JSON Lines: one request a line.',
        headers: workHeaders,
        body: newBatch,
        lines: { member: 'requests', schema: batchLine, around: aroundBatch },
        responses: workResponses,
      },
      ({ body: { requests, model, budget }, headers, signal }) => {
        const batch = requests.map(({ custom_id: customId, ...question }) => ({ customId, ...named(question) }))
        return acceptJob(parts, { batch, ...named({ model }), ...(budget === undefined ? {} : { budget: named(budget) }) }, { operation: 'createBatch', headers, signal })
      },
    ),
    operation(
      {
        id: 'getBatchResults',
        method: 'get',
        path: '/batches/{id}/results',
        tag: 'questions',
        asks: 'store',
        summary: 'Get the answers of a batch, a line of JSON for each',
        description: 'Of a batch that is not over, or did not come to its end, those that it has: what was bought is not lost.',
        params: jobParams,
        responses: { 200: { description: 'In the order of the requests.', media: { 'application/jsonl': batchResult } } },
      },
      async ({ params: { id } }) => {
        const { kind } = await parts.replm.jobs.get(id)
        if (kind !== 'batch') throw new RequestProblem(404, `There is no batch ${JSON.stringify(id)} in this store`)
        return { status: 200, body: { type: 'application/jsonl', stream: linesOf(parts.replm.jobs.results(id)) } }
      },
    ),
  ]
}

type BatchLine = ReturnType<Parts['replm']['jobs']['results']> extends AsyncIterable<infer Line> ? Line : never

/** Bytes, about, that are written in one go. */
const sliceUnits = 64 * 1024

function linesOf(results: AsyncIterable<BatchLine>): ReadableStream<Uint8Array> {
  const iterator = results[Symbol.asyncIterator]()
  return new ReadableStream({
    pull: async (controller) => {
      let text = ''
      while (text.length < sliceUnits) {
        const { value, done } = await iterator.next()
        if (done === true) {
          controller.enqueue(Buffer.from(text))
          return controller.close()
        }
        const { customId, ...line } = value
        text += `${JSON.stringify({ custom_id: customId, ...line })}\n`
      }
      controller.enqueue(Buffer.from(text))
    },
    cancel: async () => void (await iterator.return?.()),
  })
}
