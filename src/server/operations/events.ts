/** The operation that follows a job: what has happened, and what happens from now on, until it is over. */
import { eventStream } from '../eventStream.ts'
import { eventView } from '../jobView.ts'
import { operation, type Operation, type Reply } from '../operation.ts'
import type { Parts } from '../parts.ts'
import { RequestProblem } from '../problem.ts'
import { eventsQuery, jobEvent, jobEvents, jobParams } from '../schemas.ts'
import { isOver } from './accepted.ts'

/** Events of one reply that is no stream. */
const maxListed = 10_000

export function eventOperations(parts: Parts): readonly Operation[] {
  const { replm, roots, heartbeatMs, maxStreams } = parts
  let streams = 0

  function follow(id: string, after: number, signal: AbortSignal): Reply {
    if (streams >= maxStreams) throw new RequestProblem(503, `${maxStreams} callers follow jobs already`)
    streams += 1
    let isEnded = false
    const stop = new AbortController()
    const events = replm.jobs.events(id, { after, signal: AbortSignal.any([signal, stop.signal]) })
    const stream = eventStream(viewed(events), {
      heartbeatMs,
      onEnd: () => {
        if (!isEnded) streams -= 1
        isEnded = true
        stop.abort()
      },
    })
    return { status: 200, headers: { 'x-accel-buffering': 'no' }, body: { type: 'text/event-stream', stream } }
  }

  async function* viewed(events: ReturnType<typeof replm.jobs.events>) {
    for await (const event of events) yield eventView(event, roots)
  }

  return [
    operation(
      {
        id: 'followJob',
        method: 'get',
        path: '/jobs/{id}/events',
        tag: 'jobs',
        asks: 'store',
        summary: 'Follow a job',
        description: 'Server-sent events that end with the job; each has its number as `id`. `Last-Event-ID` goes on after the event of that number, and 204 says that there is nothing more to come. With `Accept: application/json` it gives what has happened so far.',
        headers: ['last-event-id'],
        params: jobParams,
        query: eventsQuery,
        responses: { 200: { description: 'The events.', schema: jobEvents, media: { 'text/event-stream': jobEvent } }, 204: { description: 'The job is over, and there is no event after the last one that was seen.' } },
      },
      async ({ params: { id }, query, headers, signal }) => {
        const after = lastSeen(headers['last-event-id']) ?? query.after ?? 0
        const job = await replm.jobs.get(id)
        if (wantsJson(headers['accept'])) {
          const events = []
          for await (const event of replm.jobs.events(id, { after, follow: false, signal })) {
            if (events.push(eventView(event, roots)) >= maxListed) break
          }
          return { status: 200, body: { json: { events, isOver: isOver(job) } } }
        }
        // A browser that was told of the end comes again all the same; this is what stops it.
        if (isOver(job) && after > 0 && !(await hasMore(id, after, signal))) return { status: 204 }
        return follow(id, after, signal)
      },
    ),
  ]

  async function hasMore(id: string, after: number, signal: AbortSignal): Promise<boolean> {
    for await (const _ of replm.jobs.events(id, { after, follow: false, signal })) return true
    return false
  }
}

/** Undefined for what is no number of an event: then everything is told again. */
function lastSeen(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined
}

function wantsJson(accept: string | undefined): boolean {
  return accept !== undefined && accept.includes('application/json') && !accept.includes('text/event-stream')
}
