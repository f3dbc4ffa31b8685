/** Operations on jobs: begin one, look at it, answer what it asks, end it. */
import { jobView } from '../jobView.ts'
import { named } from '../named.ts'
import { idempotencyKey } from '../once.ts'
import { operation, type Operation } from '../operation.ts'
import type { Parts } from '../parts.ts'
import { waitOf } from '../prefer.ts'
import { job, jobInput, jobListQuery, jobPage, jobParams, newJob } from '../schemas.ts'
import { acceptJob, documentResponses, waitFor, workHeaders, workResponses } from './accepted.ts'
import { sessionOptions } from './sessionOptions.ts'

export function jobOperations(parts: Parts): readonly Operation[] {
  const { replm, roots, once } = parts
  return [
    operation(
      { id: 'createJob', method: 'post', path: '/jobs', tag: 'jobs', asks: 'models', summary: 'Run a program in the background', headers: workHeaders, body: newJob, responses: { ...workResponses, ...documentResponses } },
      async ({ body, headers, signal }) => {
        const { script, models, priority, notBeforeMs, deadlineMs, model } = body
        const work = { script: typeof script === 'string' ? await roots.text(script) : script, ...(await sessionOptions(body, roots)), ...named({ model, models }) }
        return acceptJob(parts, work, { operation: 'createJob', headers, signal, options: named({ priority, notBeforeMs, deadlineMs }) })
      },
    ),
    operation(
      { id: 'listJobs', method: 'get', path: '/jobs', tag: 'jobs', asks: 'store', summary: 'List jobs, the newest first', query: jobListQuery, responses: { 200: { description: 'A page of them.', schema: jobPage } } },
      async ({ query }) => {
        const page = await replm.jobs.list(named(query))
        return { status: 200, body: { json: { jobs: page.jobs.map((job) => jobView(job, roots)), cursor: page.cursor } } }
      },
    ),
    operation(
      {
        id: 'getJob',
        method: 'get',
        path: '/jobs/{id}',
        tag: 'jobs',
        asks: 'store',
        summary: 'Get a job, with its result when it is completed',
        headers: ['prefer', 'if-none-match'],
        params: jobParams,
        responses: { 200: { description: 'As it is now, or when it is over for a caller who prefers to wait.', schema: job, headers: ['etag', 'preference-applied'] }, 304: { description: 'It is as the caller knows it.' } },
      },
      async ({ params: { id }, headers, signal }) => {
        const seconds = waitOf(headers['prefer'])
        const found = await replm.jobs.get(id)
        const job = jobView(seconds === undefined ? found : await waitFor(replm, found, { seconds, signal }), roots)
        // A result does not change once it is there, and may be large.
        const { result: _, ...facts } = { result: undefined, ...job }
        return { status: 200, headers: seconds === undefined ? {} : { 'preference-applied': `wait=${seconds}` }, body: { json: job }, facts }
      },
    ),
    operation(
      {
        id: 'answerJob',
        method: 'post',
        path: '/jobs/{id}/input',
        tag: 'jobs',
        asks: 'store',
        summary: 'Answer what a job asks a person, once',
        headers: ['idempotency-key'],
        params: jobParams,
        body: jobInput,
        responses: { 200: { description: 'The job, which goes on.', schema: job }, 409: { description: 'It asks nothing, or not this, or was answered already.' } },
      },
      ({ params: { id }, body, headers }) =>
        once.run(idempotencyKey(headers, `answerJob ${id}`), body, async () => {
          const { action, data, key } = body
          const job = await replm.jobs.input(id, { action, ...named({ data, key }) })
          return { status: 200, body: { json: jobView(job, roots) } }
        }),
    ),
    operation(
      {
        id: 'cancelJob',
        method: 'post',
        path: '/jobs/{id}/cancel',
        tag: 'jobs',
        asks: 'store',
        summary: 'End a job; done again, it changes nothing',
        params: jobParams,
        responses: { 200: { description: 'The job. It is over when what it has in flight has let go.', schema: job } },
      },
      async ({ params: { id } }) => ({ status: 200, body: { json: jobView(await replm.jobs.cancel(id), roots) } }),
    ),
  ]
}
