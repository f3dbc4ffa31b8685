/** What one question costs in each client alone: no pump, no budget, no sandbox. */
import type { Batch, BatchOutcome } from '../batch.ts'
import { startContestant } from '../contestant.ts'
import type { ClientsSetup } from '../contestants/clients.ts'
import { startModelServer } from '../modelServer.ts'
import type { Extent, Report } from '../report.ts'
import { inRounds } from '../rounds.ts'
import { figuresOf, median } from '../series.ts'

export const name = 'clients'
export const about = 'What does a question of 1 KB with an answer of 500 characters cost in CPU, in our providers, in the packages, and in the least there is?'

type Client = ClientsSetup['client']

const clients: readonly Client[] = ['raw', 'compatible', 'openai', 'anthropic', 'openai package', 'anthropic package']

/** A server at rest, with one that answers after 20 ms: at once many are under way, and answers come one by one. */
const loads: readonly { readonly what: string; readonly batch: Batch }[] = [
  { what: '64 at once, 20 ms each', batch: { model: 'fixed-20', queries: 2_000, concurrency: 64 } },
  { what: '8 at once, 20 ms each', batch: { model: 'fixed-20', queries: 300, concurrency: 8 } },
  { what: '64 at once, answered immediately', batch: { model: 'fixed-0', queries: 4_000, concurrency: 64 } },
]

export async function report({ extent }: { readonly extent: Extent }): Promise<Report> {
  using server = await startModelServer()
  await using held = new AsyncDisposableStack()
  const contestants = new Map<Client, Awaited<ReturnType<typeof startContestant<ClientsSetup, Batch, BatchOutcome>>>>()
  for (const client of clients) contestants.set(client, held.use(await startContestant<ClientsSetup, Batch, BatchOutcome>('clients', { origin: server.origin, client })))

  const results: { what: string; perQuery: (client: Client) => number[]; failures: (client: Client) => number }[] = []
  for (const { what, batch } of loads) {
    const run = (client: Client): Promise<BatchOutcome> => contestants.get(client)!.run(batch) // all were started above
    const outcomes = await inRounds<Client, BatchOutcome>(clients, { rounds: { quick: 5, default: 15, full: 31 }[extent], warmUp: 3, run })
    results.push({
      what,
      perQuery: (client) => outcomes[client].map(({ cpuMs }) => (cpuMs * 1_000) / batch.queries),
      failures: (client) => outcomes[client].reduce((sum, { failures }) => sum + failures, 0),
    })
  }

  return {
    verdicts: results.flatMap(({ what, perQuery }) => {
      const ratio = (client: Client): number => median(perQuery(client)) / median(perQuery('raw'))
      return [
        { what: `lean client, CPU per query against raw undici Pool.dispatch, ${what}`, figure: ratio('compatible'), unit: '×' as const, atMost: 1.15 },
        { what: `openai provider, the same, ${what}`, figure: ratio('openai'), unit: '×' as const, atMost: 3 },
        { what: `anthropic provider, the same, ${what}`, figure: ratio('anthropic'), unit: '×' as const, atMost: 3 },
      ]
    }),
    charts: [
      {
        type: 'bars',
        title: 'CPU per question',
        unit: 'µs',
        series: clients.map((client) => labels[client]),
        groups: results.map(({ what, perQuery }) => ({ label: what, values: clients.map((client) => median(perQuery(client))) })),
      },
    ],
    tables: results.map(({ what, perQuery, failures }) => ({
      title: `CPU per question, ${what}`,
      columns: ['client', 'µs', 'p95', '× raw', 'failures'],
      rows: clients.map((client) => {
        const cpu = figuresOf(perQuery(client))
        return [labels[client], cpu.median, cpu.p95, cpu.median / median(perQuery('raw')), failures(client)]
      }),
    })),
    notes: [
      'Raw is undici’s Pool.dispatch with a body made by pasting, whose reply is gathered as bytes: it is neither parsed nor checked, and knows no abort.',
      'Ours parse and check the reply, read rates and usage, classify errors, and end the connection with each question’s own signal.',
      'The server speaks plain HTTP, as local model servers do: there our connections are our own. Over https they are undici’s.',
      'The AI SDK is not a dependency here and is left out.',
    ],
  }
}

const labels: Readonly<Record<Client, string>> = {
  raw: 'undici Pool.dispatch, raw',
  compatible: 'replm, lean client',
  openai: 'replm, openai provider',
  anthropic: 'replm, anthropic provider',
  'openai package': 'openai package alone',
  'anthropic package': '@anthropic-ai/sdk alone',
}
