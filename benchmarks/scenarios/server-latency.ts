/** A look at a job, or at the server's health, while 512 questions are in flight and a guest spins; beside a server of Node's that does nothing, on the same machine at the same time. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startModelServer } from '../modelServer.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { inTurns, timed } from '../series.ts'
import { startIdleServer, startServedReplm } from '../servedReplm.ts'

export const name = 'server-latency'
export const goal: Goal = { figure: 'p99', atMost: 50, unit: 'ms' }

const inFlight = 512
const looks = 1_000

export async function run(): Promise<Measurement> {
  using models = await startModelServer()
  await using idle = await startIdleServer()
  const env = { REPLM_BASE_URL: models.baseUrl, REPLM_API_KEY: 'none' }
  await using served = await startServedReplm(['-m', 'compatible/fixed-1000', '--concurrency', String(inFlight), '--store', join(tmpdir(), 'server-latency.db')], env)
  const session = await served.post('/sessions', { limits: { cpuMs: 600_000 } })
  await served.post(`/sessions/${session.id}/cells`, { cell: 'for (;;);' })
  const batch = await served.post('/batches', { requests: Array.from({ length: 20_000 }, (_, index) => ({ custom_id: String(index), prompt: `question ${index}` })) })
  while ((await models.counts()).inFlight < inFlight) await new Promise((resolve) => setTimeout(resolve, 50))

  const paths = [`/jobs/${batch.id}`, '/health']
  const look = (url: string): Promise<number> =>
    timed(async () => {
      const response = url === idle.url ? await fetch(url) : await served.ask(url)
      if (response.status !== 200) throw new Error(`${url} answered ${response.status}`)
      await response.arrayBuffer()
    })
  let turn = 0
  const samples = await inTurns({ rounds: looks, warmUp: 20, subject: () => look(paths[(turn += 1) % 2] ?? '/health'), baseline: () => look(idle.url) })
  // Less than that, for the moment in which answers have come and the next questions are on their way.
  const { inFlight: still } = await models.counts()
  if (still < inFlight / 2) throw new Error(`Only ${still} questions were in flight at the end`)
  return {
    subject: { what: `GET of a job and of /health in turns, ${inFlight} questions in flight, a guest spinning`, samples: samples.subject },
    baseline: { what: 'GET of a server that does nothing, meanwhile', samples: samples.baseline },
  }
}
