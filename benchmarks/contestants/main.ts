/** Orders of a parent process in; a file of this folder opened, and its tasks done, out. Ends with its parent. */
import type { Open, Order, Reply } from '../contestant.ts'

let run: ((task: unknown) => Promise<unknown>) | undefined

process.on('message', (order: Order) => {
  obey(order).then(
    (value) => reply({ ok: true, value }),
    (error: unknown) => reply({ ok: false, message: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))

async function obey(order: Order): Promise<unknown> {
  if (order.type === 'run') return run?.(order.task)
  // Each file exports it under this name; parent and file agree on the types.
  const { open } = (await import(`./${order.file}.ts`)) as { open: Open<unknown, unknown, unknown> }
  run = await open(order.setup)
  return undefined
}

function reply(message: Reply): void {
  process.send?.(message)
}
