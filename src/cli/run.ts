/** A script and flags in; what it printed, its result, and an exit code out. A session that was cut off goes on; in any other the script runs again, and buys only what is new. */
import { ReplmError } from '../errors.ts'
import type { Replm, Run, Session } from '../index.ts'
import { UsageError } from './arguments.ts'
import { type Beginning, performRun } from './performRun.ts'
import { readScript, type Script } from '../script.ts'
import { idOf } from './sessions/find.ts'
import { scriptCell } from './sessions/script.ts'
import { skippedLine } from './skipped.ts'
import { budgetOptions, type ModelOptions, readingOptions, type Stage } from './stage.ts'
import { showControls } from './terminal.ts'

export interface RunOptions extends ModelOptions {
  /** Name or id of the session to run in. @default a new one without a name */
  readonly session?: string
  readonly fresh?: true
  readonly acceptChanges?: true
}

/** `replm run`. */
export async function runScript(path: string, options: RunOptions, stage: Stage): Promise<number> {
  const { terminal, stdin } = stage
  const { session: name, fresh, acceptChanges } = options
  if (path === '-' && options.context?.includes('-') === true) throw new UsageError('Standard input can be the script or the context, not both: name a file for one of them')
  if (name === undefined && fresh === true) throw new UsageError('`--fresh` forgets what a session has bought: name the session with `--session NAME`')
  if (name === undefined && acceptChanges === true) throw new UsageError('`--accept-changes` goes on in a session although its documents have changed: name the session with `--session NAME`')
  if (name === '') throw new UsageError('Expected `--session` to be the name of a session, got ""')

  return performRun(options, stage, async ({ replm, inSession, ofSource, person }) => {
    const script = await readScript(path, stdin)
    ofSource(script)
    const session = await openSession(replm, options)
    inSession(session, ['replm', 'run', path, '--session', session.name ?? session.id])
    const skipped = skippedLine(session.skipped)
    if (skipped !== undefined && (options.json !== true || terminal.isTerminal('stderr'))) warn(skipped)
    return begin(session, script, { options, person, warn })
  }, { usesNoStdin: path !== '-' && options.context?.includes('-') !== true })

  function warn(line: string): void {
    if (options.quiet !== true) terminal.complain(`${line}\n`)
  }
}

async function openSession(replm: Replm, { session: name, context, arg: args, fresh, acceptChanges, ...options }: RunOptions): Promise<Session> {
  const budget = budgetOptions(options)
  const given = { budget, ...readingOptions(options), ...(args === undefined ? {} : { args }) }
  if (name === undefined) return replm.openSession({ ...given, context: context ?? [] })
  const id = await idOf(replm, name, { orName: true })
  return replm.openSession({
    ...given,
    ...(id === undefined ? { name } : { id }),
    // What is not named stays as it was.
    ...(context === undefined ? {} : { context }),
    ...(fresh === undefined ? {} : { fresh }),
    ...(acceptChanges === undefined ? {} : { acceptChanges }),
  })
}

interface BeginOptions {
  readonly options: RunOptions
  readonly person: Beginning['person']
  readonly warn: (line: string) => void
}

async function begin(session: Session, script: Script, { options: { session: name }, person, warn }: BeginOptions): Promise<Run> {
  const { cutOff, changes, cells } = session
  const other = cells.find(({ cell, state }) => cell !== scriptCell && state !== 'left')
  if (other !== undefined) {
    throw new ReplmError('CONFIG', `The session ${showControls(name ?? session.id)} is not a script's: it has run ${showControls(other.name)}, which a script would end. Name another session, or say \`--fresh\` to forget what this one holds`)
  }
  const documents = changes.filter(({ of }) => of === 'documents').map(({ text }) => text)
  if (cutOff !== undefined && cutOff.text === script.text && changes.length === documents.length) {
    if (documents.length > 0) throw changed(session, documents)
    return session.resume(person)
  }
  if (cells.some(({ state }) => state !== 'left')) {
    if (documents.length > 0) warn(`Since the last run ${showControls(documents.join('; '))}. Answers to questions that are still the same are not bought again`)
    await session.clear()
  }
  return session.start(script.text, { id: scriptCell, name: script.name, typescript: script.typescript, ...person })
}

/** Why a session that was cut off does not go on by itself. */
export function changed({ name, id }: Session, documents: readonly string[]): ReplmError {
  return new ReplmError(
    'CHANGED',
    `The session ${name ?? id} was cut off, and since then ${documents.join('; ')}. It cannot go on as if nothing had happened: put back what it had, or say \`--accept-changes\` to go on with what is there now, and buy only what has become another question`,
  )
}
