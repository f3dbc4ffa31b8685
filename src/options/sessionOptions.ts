/** Options of `openSession` in, as a caller wrote them; the same, checked, with every default filled in, out. */
import type { BudgetLimits, EncodingName, SessionLimits } from '../types.ts'
import { budgetDefaults, resolveBudget } from './budget.ts'
import { checkNames, flag, given, text } from './check.ts'
import { type ContextSource, contextSources, encodingName } from './contextSource.ts'
import { jsonObject } from './jsonOption.ts'
import { limitDefaults, resolveLimits } from './limits.ts'

/** Options of `openSession`. */
export interface SessionOptions {
  /** Documents of the session; opened only when they are read. In an object the keys are their names. @default [] */
  readonly context?: ContextSource | readonly ContextSource[] | Readonly<Record<string, ContextSource>>
  /** Whether folders are read without what their .gitignore files name. A file or glob, and a folder that is named itself, is read in any case. @default true */
  readonly ignoreFiles?: boolean
  /** How files are text that have no byte order mark, and are not given with an encoding of their own. @default 'utf-8' */
  readonly encoding?: EncodingName
  /** What the guest sees as `args`: JSON values. @default {} */
  readonly args?: Readonly<Record<string, unknown>>
  /** Bounds on what the guest may use. */
  readonly limits?: Partial<SessionLimits>
  /** What this session may spend over all its runs, within the budget of `openReplm`. @default no limit; for a session that is opened again, what it had */
  readonly budget?: Partial<BudgetLimits>
  /** A session to open again, by its id. @default a new one */
  readonly id?: string
  /** A session to open again by its name, or the name of a new one. @default a session without a name */
  readonly name?: string
  /** Forgets what a session that is opened again has run and bought. @default false */
  readonly fresh?: boolean
  /** Brings a session back although its documents have changed since. @default false */
  readonly acceptChanges?: boolean
  /** Keep what the last cell gave as `_`, and what the last failed one threw as `_error`, as at a prompt; until the program gives these names a meaning of its own. @default false */
  readonly underscore?: boolean
}

export interface ResolvedSessionOptions {
  /** Undefined: for a session that is opened again, what it had. */
  readonly context: readonly ContextSource[] | Readonly<Record<string, ContextSource>> | undefined
  readonly ignoreFiles: boolean
  /** Undefined where none was declared. */
  readonly encoding: EncodingName | undefined
  readonly args: Readonly<Record<string, unknown>> | undefined
  readonly limits: SessionLimits
  /** Whether any limit was named. */
  readonly hasLimits: boolean
  readonly budget: BudgetLimits
  /** Whether a budget was named. */
  readonly hasBudget: boolean
  readonly id: string | undefined
  readonly name: string | undefined
  readonly fresh: boolean
  readonly acceptChanges: boolean
  readonly underscore: boolean
}

export const sessionDefaults = Object.freeze({ context: Object.freeze([]), ignoreFiles: true, encoding: undefined, args: Object.freeze({}), limits: limitDefaults, budget: budgetDefaults, id: undefined, name: undefined, fresh: false, acceptChanges: false, underscore: false } as const)

/** Checks the options of `openSession` and fills in {@link sessionDefaults}. Throws TypeError or RangeError. */
export function resolveSessionOptions(options: SessionOptions = {}): ResolvedSessionOptions {
  checkNames('openSession', options, Object.keys(sessionDefaults))
  return Object.freeze({
    context: given(options.context, 'context', contextSources),
    ignoreFiles: given(options.ignoreFiles, 'ignoreFiles', flag) ?? sessionDefaults.ignoreFiles,
    encoding: given(options.encoding, 'encoding', encodingName),
    args: given(options.args, 'args', jsonObject),
    limits: resolveLimits(options.limits),
    hasLimits: options.limits !== undefined,
    budget: resolveBudget(options.budget),
    hasBudget: options.budget !== undefined,
    id: given(options.id, 'id', text('the id of a session')),
    name: given(options.name, 'name', text('the name of a session')),
    fresh: given(options.fresh, 'fresh', flag) ?? sessionDefaults.fresh,
    acceptChanges: given(options.acceptChanges, 'acceptChanges', flag) ?? sessionDefaults.acceptChanges,
    underscore: given(options.underscore, 'underscore', flag) ?? sessionDefaults.underscore,
  })
}
