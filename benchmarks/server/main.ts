/** Chat completions, or Anthropic's messages, in, over HTTP or, given the files of a key and a certificate, HTTPS on the loopback; answers as the model's name asks for them, out. Writes its port, then a line of counts for each line it reads; ends with its input. */
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { createServer as createSecureServer } from 'node:tls'
import { parseBehaviour, type Behaviour } from './behaviour.ts'
import { Bucket } from './bucket.ts'
import { readRequests } from './connection.ts'
import { createLatency } from './latency.ts'
import { createRandom, hashText } from './random.ts'
import { broken, completion, completionEvents, message, notFound, refusal } from './replies.ts'

/** All that is kept of a model. */
interface Model {
  readonly behaviour: Behaviour
  readonly latency: () => number
  readonly bucket: Bucket | undefined
  /** Attempts at each prompt, where faults depend on them. */
  readonly attempts: Map<string, number>
  readonly whole: Buffer
  /** Made when the first one is asked for. */
  events: Buffer | undefined
  message: Buffer | undefined
}

export interface Counts {
  requests: number
  refused: number
  failed: number
  inFlight: number
  mostInFlight: number
  connections: number
  mostConnections: number
  /** CPU of the server since it started, in milliseconds. */
  cpuMs: number
}

const counts: Counts = { requests: 0, refused: 0, failed: 0, inFlight: 0, mostInFlight: 0, connections: 0, mostConnections: 0, cpuMs: 0 }
const models = new Map<string, Model>()

// With a key and a certificate it speaks https.
const [keyFile, certificateFile] = process.argv.slice(2)
const server =
  keyFile === undefined || certificateFile === undefined
    ? createServer({ noDelay: true }, serve)
    : createSecureServer({ key: readFileSync(keyFile), cert: readFileSync(certificateFile), noDelay: true }, serve)
// Not one of many: a burst of connections waits in the backlog instead of being turned away.
server.listen({ port: 0, host: '127.0.0.1', backlog: 8_192 }, () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))

createInterface({ input: process.stdin })
  .on('line', (command) => {
    const { user, system } = process.cpuUsage()
    process.stdout.write(`${JSON.stringify({ ...counts, cpuMs: (user + system) / 1_000 })}\n`)
    if (command !== 'reset') return
    Object.assign(counts, { requests: 0, refused: 0, failed: 0, mostInFlight: counts.inFlight, mostConnections: counts.connections })
    models.clear()
  })
  // The parent is gone, or has enough.
  .on('close', () => process.exit(0))

function serve(socket: Socket): void {
  counts.connections += 1
  counts.mostConnections = Math.max(counts.mostConnections, counts.connections)
  socket.on('error', () => undefined) // A client that left: 'close' follows.
  socket.once('close', () => (counts.connections -= 1))
  readRequests(socket, ({ line, body }) => answer(socket, line, body))
}

function answer(socket: Socket, line: string, body: Buffer): void {
  const isMessage = line === 'POST /v1/messages'
  if (!isMessage && (!line.startsWith('POST ') || !line.endsWith('/chat/completions'))) return void socket.write(notFound())
  counts.requests += 1
  const model = modelOf(body)
  if (model.bucket?.take() === false) {
    counts.refused += 1
    return void socket.write(refusal('429 Too Many Requests', 'Rate limit reached', model.bucket.headers(true)))
  }
  counts.inFlight += 1
  if (counts.inFlight > counts.mostInFlight) counts.mostInFlight = counts.inFlight
  const latencyMs = model.latency()
  const answerIt = isMessage ? finishMessage : finish
  if (latencyMs === 0) answerIt(socket, model, body)
  else setTimeout(answerIt, latencyMs, socket, model, body)
}

/** As Anthropic's API does; without faults and streams. */
function finishMessage(socket: Socket, model: Model): void {
  counts.inFlight -= 1
  socket.write((model.message ??= message(textOf(model.behaviour))))
}

function finish(socket: Socket, model: Model, body: Buffer): void {
  counts.inFlight -= 1
  if (model.behaviour.faults > 0 && fails(socket, model, body)) return
  socket.write(replyOf(model, body))
}

function replyOf(model: Model, body: Buffer): Buffer {
  // Quotes in a prompt are escaped: this is the request's own field.
  if (body.includes('"stream":true')) return (model.events ??= completionEvents(textOf(model.behaviour)))
  if (model.behaviour.echo) return completion(`answer to ${promptOf(body)}`, model.bucket?.headers(false))
  return model.bucket === undefined ? model.whole : completion(textOf(model.behaviour), model.bucket.headers(false))
}

/** Depends on seed, prompt and attempt only: on no order in which questions come. */
function fails(socket: Socket, { behaviour, attempts }: Model, body: Buffer): boolean {
  const prompt = promptOf(body)
  const attempt = (attempts.get(prompt) ?? 0) + 1
  attempts.set(prompt, attempt)
  const random = createRandom(hashText(`${behaviour.seed} ${attempt} ${prompt}`))
  if (random() >= behaviour.faults) return false
  counts.failed += 1
  const kind = random()
  if (kind < 0.25) socket.write(refusal('500 Internal Server Error', 'The model fell over'))
  else if (kind < 0.5) socket.write(refusal('429 Too Many Requests', 'Slow down', 'retry-after-ms: 20\r\n'))
  else if (kind < 0.75) socket.resetAndDestroy()
  else socket.write(broken())
  return true
}

function modelOf(body: Buffer): Model {
  // Clients write the model first, as a rule: the prompt need not be looked at.
  const name = /"model":"([^"]*)"/.exec(body.toString('latin1', 0, 200))?.[1] ?? (JSON.parse(body.toString()) as { model: string }).model
  const known = models.get(name)
  if (known !== undefined) return known
  const behaviour = parseBehaviour(name)
  const model: Model = {
    behaviour,
    latency: createLatency(behaviour),
    bucket: behaviour.limit === 0 ? undefined : new Bucket(behaviour.limit),
    attempts: new Map(),
    whole: completion(textOf(behaviour)),
    events: undefined,
    message: undefined,
  }
  models.set(name, model)
  return model
}

function promptOf(body: Buffer): string {
  // Only clients of the benchmarks ask here: their last message is the prompt.
  return (JSON.parse(body.toString()) as { messages: { content: string }[] }).messages.at(-1)?.content ?? ''
}

function textOf({ replyChars }: Behaviour): string {
  return 'The answer is no. '.repeat(Math.ceil(replyChars / 18)).slice(0, replyChars)
}
