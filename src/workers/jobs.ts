/** Thread entry. Changes of jobs and questions about them come in over its port; what became of each, and what others have changed meanwhile, goes out. */
import { parentPort, workerData } from 'node:worker_threads'
import { ReplmError, toWire } from '../errors.ts'
import { renewEveryMs } from '../host/jobs/engines.ts'
import { JobStore } from '../host/jobs/jobStore.ts'
import { Outlook } from '../host/jobs/outlook.ts'
import type { AskKind, Asks, Changed, FromThread, JobStoreOptions, ToThread } from '../host/jobs/threadMessages.ts'

const port = parentPort
if (port === null) throw new Error('The engine of jobs runs in a thread of its own')
const data = workerData as JobStoreOptions // as the host made it

const outlook = new Outlook(data.instance)
let store: JobStore | undefined
let poll: NodeJS.Timeout | undefined

/** One that could not be opened is tried again when it is needed: there may be room, or a right to write, by then. */
function opened(): JobStore {
  store ??= new JobStore(data, outlook)
  return store
}

try {
  // Ready before the first question.
  opened()
} catch {
  // The first question says it.
}

// Here and not on the host's loop, which may be busy: whoever is late with this is taken for gone.
setInterval(() => store?.renew(), renewEveryMs(data.leaseMs)).unref()

port.on('message', (message: ToThread) => {
  if ('changes' in message) send({ number: message.number, results: commit(message.changes) })
  else if ('watch' in message) watch(message.watch, message.isWatched)
  else if ('leave' in message) outlook.left(message.leave)
  else reply(message)
  notify()
  pollWhereNeeded()
})

function commit(changes: Extract<ToThread, { readonly changes: unknown }>['changes']): readonly Changed[] {
  try {
    return opened().commit(changes)
  } catch (thrown) {
    const error = toWire(ReplmError.from(thrown, 'STORE'))
    return changes.map(() => ({ error }))
  }
}

function watch(id: string, isWatched: boolean): void {
  if (!isWatched) {
    outlook.unwatch(id)
    return
  }
  try {
    outlook.watch(id, opened().stateOf(id))
  } catch {
    outlook.watch(id, undefined) // the next question says why it cannot be read
  }
}

function reply(message: Extract<ToThread, { readonly kind: AskKind }>): void {
  const { number } = message
  try {
    send({ number, reply: answer(message) })
  } catch (thrown) {
    send({ number, error: toWire(ReplmError.from(thrown, 'STORE')) })
  }
}

function answer(message: Extract<ToThread, { readonly kind: AskKind }>): Asks[AskKind]['reply'] {
  switch (message.kind) {
    case 'get':
      return opened().get(message.ask.id)
    case 'peek':
      return opened().peek(message.ask.id)
    case 'input':
      return opened().input(message.ask.id)
    case 'list':
      return opened().list(message.ask)
    case 'events':
      return opened().events(message.ask)
    case 'close':
      return store?.close()
  }
}

/** Other processes are looked at while somebody here waits or works, and only then. */
function pollWhereNeeded(): void {
  if (outlook.isIdle) {
    clearInterval(poll)
    poll = undefined
    return
  }
  poll ??= setInterval(() => {
    store?.look()
    notify()
  }, data.pollMs).unref()
}

function notify(): void {
  const notice = outlook.notice((demand) => store?.isClaimable(demand) === true)
  if (notice !== undefined) send({ number: 0, ...notice })
}

function send(message: FromThread): void {
  port?.postMessage(message)
}
