/** What one question costs in each client alone: no pump, no budget, no sandbox. */
import type { Batch, BatchOutcome } from '../batch.ts'
import { createCertificate, type Certificate } from '../certificate.ts'
import { startContestant, type Contestant } from '../contestant.ts'
import type { ClientsSetup } from '../contestants/clients.ts'
import { startModelServer } from '../modelServer.ts'
import type { Extent, Report, Verdict } from '../report.ts'
import { inRounds } from '../rounds.ts'
import { figuresOf, median } from '../series.ts'

export const name = 'clients'
export const about = 'What does a question of 1 KB with an answer of 500 characters cost in CPU, in our providers, in the packages, and in the least there is?'

type Client = ClientsSetup['client']

const clients: readonly Client[] = ['raw', 'compatible', 'openai', 'anthropic', 'openai package', 'anthropic package', 'ai package']

interface Load {
  readonly what: string
  readonly batch: Batch
}

/** A server that answers after 20 ms, and one at rest: at once many are under way, and answers come one by one. */
const loads: readonly Load[] = [
  { what: '64 at once, 20 ms each', batch: { model: 'fixed-20', queries: 2_000, concurrency: 64 } },
  { what: '8 at once, 20 ms each', batch: { model: 'fixed-20', queries: 400, concurrency: 8 } },
  { what: '64 at once, answered immediately', batch: { model: 'fixed-0', queries: 4_000, concurrency: 64 } },
]

const secureLoads: readonly Load[] = loads.slice(0, 1).map(({ what, batch }) => ({ what: `https, ${what}`, batch }))

interface Found {
  readonly what: string
  /** µs of CPU, one figure for each round. Empty of a client that was not asked. */
  readonly perQuery: (client: Client) => readonly number[]
  readonly failures: (client: Client) => number
}

export async function report({ extent }: { readonly extent: Extent }): Promise<Report> {
  const rounds = { quick: 5, default: 11, full: 31 }[extent]
  const ofExtent = (all: readonly Load[]): Load[] => all.map(({ what, batch }) => ({ what, batch: extent === 'quick' ? { ...batch, queries: batch.queries / 4 } : batch }))
  using certificate = createCertificate()
  const plain = await measure(ofExtent(loads), { rounds })
  const secure = certificate === undefined ? [] : await measure(ofExtent(secureLoads), { rounds, certificate })
  const found = [...plain, ...secure]
  const ratio = ({ perQuery }: Found, client: Client): number => median(perQuery(client)) / median(perQuery('raw'))
  return {
    verdicts: [
      ...found.flatMap((each): Verdict[] => [
        { what: `lean client, CPU per query against raw undici Pool.dispatch, ${each.what}`, figure: ratio(each, 'compatible'), unit: '×', atMost: 1.15 },
        { what: `openai provider, the same, ${each.what}`, figure: ratio(each, 'openai'), unit: '×', atMost: 3 },
        { what: `anthropic provider, the same, ${each.what}`, figure: ratio(each, 'anthropic'), unit: '×', atMost: 3 },
      ]),
      ...(certificate === undefined ? [{ what: 'lean client, the same over https', figure: null, unit: '×', atMost: 1.15, note: 'this machine has no openssl' } as const] : []),
    ],
    charts: found.map(({ what, perQuery }) => ({
      type: 'bars',
      title: `CPU per question, ${what}`,
      unit: 'µs',
      series: ['median'],
      groups: clients.map((client) => ({ label: labels[client], values: [median(perQuery(client))] })),
      goal: { value: 1.15 * median(perQuery('raw')), label: 'goal of the lean client' },
    })),
    tables: found.map(({ what, perQuery, failures }) => ({
      title: `CPU per question, ${what}`,
      columns: ['client', 'µs', 'p95', 'p99', '× raw', 'failures'],
      rows: clients.map((client) => {
        const cpu = figuresOf(perQuery(client))
        return [labels[client], cpu.median, cpu.p95, cpu.p99, cpu.median / median(perQuery('raw')), failures(client)]
      }),
    })),
    notes: [
      'Raw is undici’s Pool.dispatch with a body made by pasting, whose reply is gathered as bytes: it is neither parsed nor checked, and knows no abort.',
      'Ours parse and check the reply, read rates and usage, classify errors, and end the connection with each question’s own signal.',
      'Local model servers speak plain HTTP: there the lean client’s connections are its own. Over https they are undici’s.',
      'Connections are opened before each batch and not counted.',
      'The AI SDK is generateText of `ai` with @ai-sdk/openai-compatible. Packages are asked without retries of their own.',
    ],
  }
}

async function measure(loads: readonly Load[], { rounds, certificate }: { readonly rounds: number; readonly certificate?: Certificate }): Promise<readonly Found[]> {
  using server = await startModelServer(certificate === undefined ? {} : { certificate })
  await using held = new AsyncDisposableStack()
  const contestants = new Map<Client, Contestant<Batch, BatchOutcome>>()
  for (const client of clients) contestants.set(client, held.use(await startContestant<ClientsSetup, Batch, BatchOutcome>('clients', { origin: server.origin, client }, certificate?.env)))
  const found: Found[] = []
  for (const { what, batch } of loads) {
    const run = (client: Client): Promise<BatchOutcome> => contestants.get(client)!.run(batch) // all were started above
    const outcomes = await inRounds<Client, BatchOutcome>(clients, { rounds, of: what, warmUp: 2, run })
    found.push({
      what,
      perQuery: (client) => outcomes[client].map(({ cpuMs }) => (cpuMs * 1_000) / batch.queries),
      failures: (client) => outcomes[client].reduce((sum, { failures }) => sum + failures, 0),
    })
  }
  return found
}

const labels: Readonly<Record<Client, string>> = {
  raw: 'undici Pool.dispatch, raw',
  compatible: 'replm, lean client',
  openai: 'replm, openai provider',
  anthropic: 'replm, anthropic provider',
  'openai package': 'openai package alone',
  'anthropic package': '@anthropic-ai/sdk alone',
  'ai package': 'AI SDK, generateText',
}
