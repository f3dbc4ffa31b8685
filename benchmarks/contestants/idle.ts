/** A process that does nothing for a while: how late its loop is, the machine makes it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Open } from '../contestant.ts'
import { costOf, type Cost } from '../cost.ts'

export interface IdleTask {
  readonly ms: number
}

export const open: Open<undefined, IdleTask, Cost> = async () => (task) => costOf(() => sleep(task.ms), { looksAtLoop: true })
