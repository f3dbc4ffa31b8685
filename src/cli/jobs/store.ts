/** The `--store` flag in; a replm whose jobs outlive this command, out. */
import type { Replm } from '../../index.ts'
import type { ReplmOptions } from '../../options/replmOptions.ts'
import { UsageError } from '../arguments.ts'

export async function openJobStore(options: ReplmOptions): Promise<Replm> {
  if (options.store === ':memory:') throw new UsageError('Expected `--store` to be a file: jobs in memory are gone with the command')
  const { openReplm } = await import('../../index.ts')
  return openReplm(options)
}
