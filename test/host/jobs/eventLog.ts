/** The events of a job in; whatever must hold of any job's events, checked, and its statuses in their order, out. */
import { expect } from 'vitest'
import type { JobEngine } from '../../../src/host/jobs/engine.ts'
import { isOver, mayBecome } from '../../../src/host/jobs/states.ts'
import type { JobEvent, JobStatus } from '../../../src/types.ts'

/** The way to each status but the first leads from the one before it; numbers have no gap; and nothing comes after the end. */
export function statusesOf(events: readonly JobEvent[]): readonly JobStatus[] {
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
  const statuses = events.flatMap(({ data }) => (data['status'] === undefined ? [] : [data['status'] as JobStatus])) // as the interface says
  expect(['pending', 'queued']).toContain(statuses[0])
  for (const [index, to] of statuses.entries()) {
    const from = statuses[index - 1]
    if (from !== undefined) expect([from, to, mayBecome(from, to)]).toEqual([from, to, true])
  }
  const end = events.findIndex(({ data }) => isOver((data['status'] ?? 'queued') as JobStatus)) // as the interface says
  if (end !== -1) expect(end).toBe(events.length - 1)
  return statuses
}

export async function eventsOf(engine: JobEngine, id: string): Promise<readonly JobEvent[]> {
  return await Array.fromAsync(engine.events(id, { follow: false }))
}

export async function typesOf(engine: JobEngine, id: string): Promise<readonly string[]> {
  const events = await eventsOf(engine, id)
  statusesOf(events)
  return events.map(({ type }) => type)
}
