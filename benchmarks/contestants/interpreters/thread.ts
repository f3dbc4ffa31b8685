/** worker_threads: code evaluated in a thread of this process, with messages to and fro. A heap of its own, with all of Node's rights. */
import { Worker } from 'node:worker_threads'
import type { Interpreter } from '../../interpreter.ts'

/** Evaluates what it is sent; `add` asks the host. */
const program = `
  const { parentPort } = require('node:worker_threads')
  let answer
  globalThis.add = (left, right) => new Promise((resolve) => { answer = resolve; parentPort.postMessage({ add: [left, right] }) })
  parentPort.on('message', async (message) => {
    if ('sum' in message) return answer(message.sum)
    globalThis.text = message.text
    parentPort.postMessage({ value: await (0, eval)(message.code) })
  })
  parentPort.postMessage({ value: undefined })`

/** Thread → host. */
type Message = { readonly add: readonly [number, number] } | { readonly value: unknown }

export async function prepareThread(): Promise<() => Interpreter> {
  return () => {
    const worker = new Worker(program, { eval: true })
    let settle: (value: unknown) => void = () => undefined
    const next = (): Promise<unknown> => new Promise((resolve) => (settle = resolve))
    const ready = next()
    worker.on('message', (message: Message) => {
      if ('add' in message) send({ sum: message.add[0] + message.add[1] })
      else settle(message.value)
    })
    const send = (message: object): void => {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      worker.postMessage(message)
    }
    const run = (code: string, text = ''): Promise<unknown> => {
      send({ code, text })
      return next()
    }
    return {
      start: async () => void (await ready),
      execute: run,
      callHost: () => run('add(19, 23)'),
      lengthOf: (text) => run('text.length', text),
      shutdown: async () => void (await worker.terminate()),
    }
  }
}
