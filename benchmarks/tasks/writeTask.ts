/** A task's name, a size and a seed in; its text in files of a folder, and what is asked of it, out. Memory is that of a few lines, however long the text. */
import { TextWriter } from './textWriter.ts'
import { tasks, type TaskName } from './tasks.ts'
import type { Task } from './task.ts'

/** Bytes of a token, as replm estimates them too. */
export const bytesPerToken = 4

export interface WrittenTask {
  readonly task: Task
  readonly paths: readonly string[]
  readonly bytes: number
}

export interface WriteOptions {
  readonly tokens: number
  readonly seed: number
  /** That is there, and has no such files yet. */
  readonly folder: string
  /** Of a piece that a program reads at a time: a file of a repository is no longer. */
  readonly chars: number
}

/** Shortest text and shortest piece: what is asked for has to have room. */
const [leastTokens, leastChars] = [1_000, 1_000] as const

/** Throws RangeError for a size that has no room for a task. */
export function writeTask(name: TaskName, { tokens, seed, folder, chars }: WriteOptions): WrittenTask {
  checkWhole('tokens', tokens, leastTokens)
  checkWhole('chars', chars, leastChars)
  checkWhole('seed', seed, 0)
  using out = new TextWriter(folder)
  const task = tasks[name].generate({ bytes: tokens * bytesPerToken, fileBytes: chars, seed, out })
  return { task, paths: out.paths, bytes: out.bytes }
}

function checkWhole(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) throw new RangeError(`Expected \`${name}\` to be a whole number from ${least} up, got ${value}`)
}
