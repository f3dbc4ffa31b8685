/** All of replm: a cell in the sandbox asks the batch by llmBatchQuery; checks, budget, dispatch, the lean client. The sandbox's own CPU counts. */
import type { Batch, BatchOutcome } from '../batch.ts'
import { promptChars } from '../batch.ts'
import { loadBuilt } from '../built.ts'
import type { Open } from '../contestant.ts'
import { costOf } from '../cost.ts'

export interface WholeWaySetup {
  readonly model: string
  readonly concurrency: number
  /** Of the journal. */
  readonly store: string
  /** @default the option's own, 'auto' */
  readonly dispatch?: 'async' | 'pool' | 'auto'
}

export const open: Open<WholeWaySetup, Batch, BatchOutcome> = async ({ model, concurrency, store, dispatch }) => {
  const { openReplm } = await loadBuilt()
  const budget = { queries: 1e9, tokens: 1e12 }
  const replm = await openReplm({ model: `compatible/${model}`, concurrency, store, budget, ...(dispatch === undefined ? {} : { dispatch }) })
  const session = await replm.openSession({ limits: { memoryMb: 1_024, cpuMs: 600_000 } })
  await session.run('1 + 1')
  return async ({ queries }) => {
    // The prompts are made in the cell, as a program makes them.
    const cell = `(await llmBatchQuery(Array.from({ length: ${queries} }, (_, index) => ('Question ' + index + ': ').padEnd(${promptChars}, 'is it so? ')))).length`
    let answered: unknown
    const cost = await costOf(
      async () => {
        answered = (await session.run(cell)).value
      },
      { looksAtLoop: false },
    )
    return { ...cost, failures: queries - Number(answered), slots: [] }
  }
}
