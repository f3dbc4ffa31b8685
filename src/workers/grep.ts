/** Thread entry. Searches come in over its port; what each has found goes out. One at a time: the host knows who is busy. */
import { parentPort, workerData } from 'node:worker_threads'
import type { FromGrepThread, ToGrepThread } from '../host/context/grep/job.ts'
import { compileRipgrep } from '../host/context/grep/ripgrepModule.ts'
import { runJob } from '../host/context/grep/runJob.ts'
import { createRipgrep, type Ripgrep } from '../host/context/grep/wasi.ts'
import type { WasmModule } from '../host/context/grep/webAssembly.ts'

const port = parentPort
if (port === null) throw new Error('Searches run in a thread of their own')

/** As another thread has compiled it, where one has. */
const given = workerData as WasmModule | null // as the host made it

const compiled = given === null ? compileRipgrep() : Promise.resolve(given)
let ahead: Ripgrep | undefined

const ready = compiled.then((module) => {
  if (given === null) send({ module })
  // Its code is made when it first runs: now, not in the first search.
  createRipgrep(module).run({ words: ['--no-config', '-e', 'a', '-'], read: () => 0, write: () => undefined, writeError: () => undefined })
  ahead = createRipgrep(module)
  return module
})
// The search that needs it says so.
ready.catch(() => undefined)

port.on('message', async ({ job }: ToGrepThread) => {
  const reply = await runJob(job, async (options) => {
    const module = await ready
    const ripgrep = ahead ?? createRipgrep(module)
    ahead = undefined
    return ripgrep.run(options)
  })
  send(reply)
  // Made while nobody waits.
  if (ahead === undefined) void ready.then((module) => (ahead ??= createRipgrep(module))).catch(() => undefined)
})

function send(message: FromGrepThread): void {
  // What was found is handed over, not copied.
  port?.postMessage(message, 'result' in message ? [message.result.found.numbers.buffer, message.result.found.texts.buffer] : [])
}
