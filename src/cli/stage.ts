/** Where commands play: what they are handed besides their options, and the options that several share. */
import type { ReplmOptions } from '../options/replmOptions.ts'
import type { SessionOptions } from '../options/sessionOptions.ts'
import type { DispatchPath, EncodingName } from '../types.ts'
import type { Terminal } from './terminal.ts'

export interface Stage {
  readonly terminal: Terminal
  readonly stdin: NodeJS.ReadStream
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Options of every command. */
export interface CommonOptions {
  readonly store?: string
  readonly json?: true
}

/** Options of the commands that run programs. */
export interface ModelOptions extends CommonOptions {
  readonly model?: string
  readonly allowModel?: readonly string[]
  readonly dispatch?: DispatchPath
  readonly concurrency?: number
  readonly budgetUsd?: number
  readonly maxQueries?: number
  readonly maxTokensTotal?: number
  readonly arg?: Readonly<Record<string, string>>
  readonly context?: readonly string[]
  /** False reads folders whole. */
  readonly ignore?: boolean
  readonly encoding?: EncodingName
  readonly quiet?: true
  readonly trace?: string
  /** False keeps nothing of what is typed. */
  readonly history?: boolean
}

/** The `--store` flag as options of `openReplm`, for whoever only looks at what is there, and runs nothing. */
export function storeOptions(store: string | undefined): ReplmOptions {
  return { spare: false, ...(store === undefined ? {} : { store }) }
}

/** The flags that bound what is spent; what was not named is not bounded. */
export function budgetOptions({ budgetUsd, maxQueries, maxTokensTotal }: Pick<ModelOptions, 'budgetUsd' | 'maxQueries' | 'maxTokensTotal'>): NonNullable<ReplmOptions['budget']> {
  return {
    ...(budgetUsd === undefined ? {} : { usd: budgetUsd }),
    ...(maxQueries === undefined ? {} : { queries: maxQueries }),
    ...(maxTokensTotal === undefined ? {} : { tokens: maxTokensTotal }),
  }
}

/** The flags that say how what is named as context is found and read; what was not named is left to its defaults. */
export function readingOptions({ ignore, encoding }: Pick<ModelOptions, 'ignore' | 'encoding'>): Pick<SessionOptions, 'ignoreFiles' | 'encoding'> {
  return { ...(ignore === false ? { ignoreFiles: false } : {}), ...(encoding === undefined ? {} : { encoding }) }
}

/** The flags as options of `openReplm`; what was not named is left to its defaults. */
export function replmOptions(options: ModelOptions): ReplmOptions {
  const { model, allowModel, dispatch, concurrency, store, trace } = options
  return {
    ...(model === undefined ? {} : { model }),
    ...(allowModel === undefined ? {} : { models: allowModel }),
    ...(dispatch === undefined ? {} : { dispatch }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(store === undefined ? {} : { store }),
    ...(trace === undefined ? {} : { trace }),
    budget: budgetOptions(options),
  }
}
