/** Thread entry. Writes and questions come in over its port; they are done one after another on the store's file, and what became of each goes out. */
import { setImmediate as turn } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { assertNever, ReplmError, toWire } from '../errors.ts'
import { Store, type Part, type StoreOptions } from '../host/journal/store.ts'
import type { AskKind, Asks, FromThread, RefusedPart, ToThread } from '../host/journal/threadMessages.ts'

const port = parentPort
if (port === null) throw new Error('The journal runs in a thread of its own')
const data = workerData as StoreOptions // as the host made it

let store: Store | undefined
let isClosed = false

/** One that could not be opened, or not for writing, is tried again when it is needed: there may be room, or a right to write, by then. */
function opened(): Store {
  store ??= new Store(data)
  return store
}

try {
  // Ready before the first question.
  opened()
} catch {
  // The first question says it.
}

// Owners elsewhere cannot look at this process: they go by its lease.
setInterval(() => store?.renew(), data.leaseMs / 3).unref()

port.on('message', (message: ToThread) => {
  const { number } = message
  if ('parts' in message) {
    const refused = write(message.parts)
    send(refused.length === 0 ? { number } : { number, refused })
  } else if (message.kind === 'remove' || message.kind === 'prune') {
    void inSteps(number, () => (message.kind === 'remove' ? opened().remove(message.ask.id) : opened().prune(message.ask)))
  } else {
    reply(number, () => answer(message))
  }
})

/** Sessions go on writing while a big one is removed. */
async function inSteps(number: number, begin: () => Generator<void, readonly string[] | void>): Promise<void> {
  try {
    const steps = begin()
    let step = steps.next()
    for (; step.done !== true; step = steps.next()) {
      await turn()
      if (isClosed) return // the host waits for it no longer
    }
    const { value } = step
    reply(number, () => value)
  } catch (thrown) {
    fail(number, thrown)
  }
}

function reply(number: number, make: () => Exclude<Asks[AskKind]['reply'], Uint8Array> | Uint8Array<ArrayBuffer>): void {
  try {
    const made = make()
    send({ number, reply: made }, made instanceof Uint8Array ? [made.buffer] : [])
  } catch (thrown) {
    fail(number, thrown)
  }
}

function fail(number: number, thrown: unknown): void {
  send({ number, error: toWire(ReplmError.from(thrown, 'STORE')) })
}

function send(message: FromThread, transferred: ArrayBuffer[] = []): void {
  port?.postMessage(message, transferred)
}

function write(parts: readonly Part[]): RefusedPart[] {
  try {
    return opened()
      .commit(parts)
      .flatMap((refused, index) => (refused === null ? [] : [{ index, error: toWire(refused.error), isFatal: refused.isFatal }]))
  } catch (thrown) {
    const error = toWire(ReplmError.from(thrown, 'STORE'))
    return parts.map((_, index) => ({ index, error, isFatal: true }))
  }
}

function answer(message: Exclude<ToThread, { readonly parts: unknown } | { readonly kind: 'remove' | 'prune' }>): Exclude<Asks[AskKind]['reply'], Uint8Array> | Uint8Array<ArrayBuffer> {
  if (message.kind === 'close') {
    isClosed = true
    return store?.close() ?? true
  }
  if (store?.isReadOnly === true && (message.kind === 'create' || message.kind === 'claim')) {
    store.close()
    store = undefined
  }
  const open = opened()
  switch (message.kind) {
    case 'create':
      return open.create(message.ask.session)
    case 'claim':
      return open.claim(message.ask.id, message.ask.dead, message.ask.replaces)
    case 'release':
      return open.release(message.ask.id, message.ask.epoch)
    case 'find':
      return open.find(message.ask.idOrName)
    case 'list':
      return open.list()
    case 'executions':
      return open.executions(message.ask.id, message.ask.after)
    case 'tape':
      return open.tape(message.ask.id, message.ask.after)
    case 'bought':
      return open.bought(message.ask.id, message.ask)
    case 'boughtByCell':
      return open.boughtByCell(message.ask.id)
    case 'answers':
      return open.answers(message.ask.id, message.ask.numbers)
    case 'answersAfter':
      return open.answersAfter(message.ask.id, message.ask.after)
    case 'keep':
      return open.keep(message.ask.bytes)
    case 'keepBegin':
      return open.keepBegin()
    case 'keepBlock':
      return open.keepBlock(message.ask.keeping, message.ask.bytes)
    case 'keepEnd':
      return open.keepEnd(message.ask.keeping)
    case 'keepDrop':
      return open.keepDrop(message.ask.keeping)
    case 'keptFile':
      return open.keptFile(message.ask.hash)
    case 'kept':
      return open.kept(message.ask.hash)
    case 'size':
      return open.size()
    case 'version':
      return open.version()
    default:
      return assertNever(message)
  }
}
