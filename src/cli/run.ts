/** A script and flags in; what it printed, its result, and an exit code out. */
import { inspect } from 'node:util'
import { exitCodes, ReplmError } from '../errors.ts'
import type { Session } from '../index.ts'
import type { CellResult } from '../types.ts'
import { UsageError } from './arguments.ts'
import { follow } from './follow.ts'
import { onInterrupt } from './interrupts.ts'
import { exitCodeOf, failureOutcome, successOutcome } from './outcome.ts'
import { costLine } from './progress.ts'
import { reportFailure } from './report.ts'
import { readScript, type Script } from './script.ts'
import { skippedLine } from './skipped.ts'
import { type ModelOptions, replmOptions, type Stage } from './stage.ts'

/** Longest that a killed run may take to let go of what it holds, in milliseconds. */
const lettingGoMs = 1_000

/** `replm run`. */
export async function runScript(path: string, options: ModelOptions, { terminal, stdin }: Stage): Promise<number> {
  const json = options.json === true
  const isQuiet = options.quiet === true || json
  const context = options.context ?? []
  if (path === '-' && context.includes('-')) throw new UsageError('Standard input can be the script or the context, not both: name a file for one of them')
  const started = performance.now()
  const facts: { session: string | null; script: Script | undefined } = { session: null, script: undefined }
  let interrupt: (() => void) | undefined
  let wasInterrupted = false
  let isOver = false
  const { promise: cutOff, reject: cut } = Promise.withResolvers<never>()
  cutOff.catch(() => undefined) // Most runs are never cut off.
  const onPress = (press: number): void => {
    wasInterrupted = true
    if (interrupt === undefined) return cut(new ReplmError('INTERRUPTED', 'Interrupted before the script began'))
    // Asked twice, the session kills; should even that not end it, this process does not wait.
    interrupt()
    if (press > 1) setTimeout(cut, lettingGoMs, new ReplmError('INTERRUPTED', 'Interrupted twice: the script was killed'))
  }
  const stopListening = onInterrupt(onPress)
  // Nobody reads what the script prints (`| head`): going on would spend money for nobody, and saying so would help nobody.
  let isUnread = false
  terminal.onOutputGone(() => {
    isUnread = true
    if (!isOver) onPress(1)
  })

  const work = async (): Promise<CellResult> => {
    const script = await readScript(path, stdin)
    facts.script = script
    const { openReplm } = await import('../index.ts')
    await using replm = await openReplm(replmOptions(options))
    await using session = await replm.openSession({ context, ...(options.arg === undefined ? {} : { args: options.arg }) })
    facts.session = session.id
    tellSkipped(session.skipped)
    const run = session.start(script.text, { name: 'main', typescript: script.typescript })
    interrupt = () => run.interrupt()
    const [result] = await Promise.allSettled([run.result, follow(run.events, { terminal, prints: !json, shows: !isQuiet })])
    if (result.status === 'rejected') throw result.reason
    return result.value
  }

  const working = work()
  try {
    const result = resultOf(await Promise.race([working, cutOff]))
    isOver = true
    if (json) terminal.write(`${JSON.stringify(successOutcome(result, facts.session))}\n`)
    else terminal.print(resultText(result))
    if (!isQuiet) tellCost(result)
    return wasInterrupted ? exitCodes.INTERRUPTED : 0
  } catch (thrown) {
    isOver = true
    if (json) terminal.write(`${JSON.stringify(failureOutcome(thrown, { session: facts.session, durationMs: performance.now() - started }))}\n`)
    if (!isUnread) reportFailure(thrown, { terminal, json, ...(facts.script === undefined ? {} : { source: facts.script }) })
    await Promise.race([working.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, lettingGoMs))])
    return exitCodeOf(thrown)
  } finally {
    terminal.status('')
    stopListening()
  }

  function tellSkipped(skipped: Session['skipped']): void {
    const line = skippedLine(skipped)
    if (line === undefined || options.quiet === true) return
    if (json) terminal.tell(`${line}\n`)
    else terminal.complain(`${line}\n`)
  }

  function tellCost({ usage, durationMs }: CellResult): void {
    const line = costLine(usage, durationMs)
    if (line !== '') terminal.tell(`${terminal.paint('dim', line, 'stderr')}\n`)
  }
}

/** What `FINAL` recorded is the result of a script that went on after it. */
function resultOf(result: CellResult): CellResult {
  const { final, value } = result
  return final === undefined || final === value ? result : { ...result, value: final, text: inspect(final) }
}

/** What a script leaves on standard output at its end: a text as it is, so that it can be piped on; any other value as it is shown; nothing for undefined. */
export function resultText({ value, text }: Pick<CellResult, 'value' | 'text'>): string {
  const shown = typeof value === 'string' ? value : value === undefined && text === 'undefined' ? '' : text
  return shown === '' || shown.endsWith('\n') ? shown : `${shown}\n`
}
