/** A way to ask one question, and a batch, in; the batch asked that way, with its cost, out. */
import { promptOf, type Batch, type BatchOutcome } from '../batch.ts'
import { costOf } from '../cost.ts'
import { whileBusy } from './busyHost.ts'

/** Takes all slots' promises at once: whoever asks bounds what is under way. */
export async function measureBatch(batch: Batch, askAll: (prompts: readonly string[]) => Promise<readonly PromiseSettledResult<string>[]>): Promise<BatchOutcome> {
  const prompts = Array.from({ length: batch.queries }, (_, index) => promptOf(index))
  let settled: readonly PromiseSettledResult<string>[] = []
  const work = async (): Promise<void> => {
    settled = await askAll(prompts)
  }
  const cost = await costOf(batch.busy === true ? () => whileBusy(work) : work, { looksAtLoop: batch.looksAtLoop === true })
  const slots = settled.map((slot) => (slot.status === 'fulfilled' ? slot.value : `failed: ${codeOf(slot.reason)}`))
  return { ...cost, failures: settled.filter(({ status }) => status === 'rejected').length, slots: batch.slots === true ? slots : [] }
}

function codeOf(reason: unknown): string {
  return reason instanceof Error ? (('code' in reason && typeof reason.code === 'string' ? reason.code : undefined) ?? reason.message) : String(reason)
}
