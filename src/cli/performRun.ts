/** A way to begin a run in; its prints, its result, its cost and how to go on after a failure, shown, and an exit code out. */
import { inspect } from 'node:util'
import { exitCodes, ReplmError } from '../errors.ts'
import type { OnInput, Replm, Run, Session } from '../index.ts'
import type { CellResult } from '../types.ts'
import { follow } from './follow.ts'
import { goingOn } from './goingOn.ts'
import { onInterrupt } from './interrupts.ts'
import { exitCodeOf, failureOutcome, successOutcome, toReplmError } from './outcome.ts'
import { costLine } from './progress.ts'
import { reportFailure } from './report.ts'
import { personAt } from './review/person.ts'
import { Reviewer } from './review/reviewer.ts'
import { type ModelOptions, replmOptions, type Stage } from './stage.ts'

/** What is known of a run while it begins; told for a failure, however far it came. */
export interface Beginning {
  readonly replm: Replm
  /** Says which session it is, and the words of a command line that goes on in it. */
  readonly inSession: (session: Session, words: readonly string[]) => void
  /** The text that runs, to show the place of an error. */
  readonly ofSource: (source: { readonly name: string; readonly text: string }) => void
  /** Asks the person at the terminal; not there where nobody is. */
  readonly person: { readonly onInput?: OnInput }
}

/** Longest that a killed run may take to let go of what it holds, in milliseconds. */
const lettingGoMs = 1_000

/** Sessions without a name that nobody goes on with are kept for so long, in milliseconds: 30 days. */
const unnamedKeptMs = 30 * 86_400_000

/** So many of them are removed after one run: its end is not to be waited for. */
const removedAtOnce = 10

/** Runs what `begin` begins to its end. Never rejects. */
export async function performRun(options: ModelOptions, stage: Stage, begin: (beginning: Beginning) => Promise<Run>, { usesNoStdin = true } = {}): Promise<number> {
  const { terminal } = stage
  const json = options.json === true
  const isQuiet = options.quiet === true || json
  const started = performance.now()
  let session: Session | undefined
  let source: { readonly name: string; readonly text: string } | undefined
  let words: readonly string[] = []
  let interrupt: (() => void) | undefined
  let wasInterrupted = false
  let isOver = false
  // Refused by a budget, cut off by Ctrl-C, or given up.
  let unanswered = 0
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

  let replm: Replm | undefined
  const work = async (): Promise<CellResult> => {
    const { openReplm } = await import('../index.ts')
    // What it may spend belongs to its session, over all its runs.
    replm = await openReplm({ ...replmOptions(options), budget: {} })
    const run = await begin({
      replm,
      inSession: (opened, toGoOn) => {
        session = opened
        words = toGoOn
      },
      ofSource: (text) => (source = text),
      person: personOf(stage, { isFree: usesNoStdin }),
    })
    interrupt = () => run.interrupt()
    const [result] = await Promise.allSettled([run.result, follow(run.events, { terminal, prints: !json, shows: !isQuiet, observe: ({ type }) => (unanswered += Number(type === 'query.failed')) })])
    if (result.status === 'rejected') throw result.reason
    return result.value
  }

  const working = work()
  try {
    const result = resultOf(await Promise.race([working, cutOff]))
    isOver = true
    if (json) terminal.write(`${JSON.stringify(successOutcome(result, session?.id ?? null))}\n`)
    else terminal.print(resultText(result))
    if (!isQuiet) tellCost(result)
    return wasInterrupted ? exitCodes.INTERRUPTED : 0
  } catch (thrown) {
    isOver = true
    if (json) terminal.write(`${JSON.stringify(failureOutcome(thrown, { session: session?.id ?? null, durationMs: performance.now() - started }))}\n`)
    if (!isUnread) {
      reportFailure(thrown, { terminal, json, ...(source === undefined ? {} : { source }) })
      const line = session === undefined ? undefined : goingOn(thrown, { session, words, ...(options.store === undefined ? {} : { store: options.store }) })
      // Where nobody could be asked, there may be no terminal to say so on.
      if (line !== undefined && toReplmError(thrown).code === 'INPUT_NEEDED') terminal.complain(`${line}\n`)
      else if (line !== undefined) terminal.tell(`${terminal.paint('dim', line, 'stderr')}\n`)
    }
    return exitCodeOf(thrown)
  } finally {
    terminal.status('')
    await Promise.race([leave().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, lettingGoMs))])
    stopListening()
  }

  /** What was bought is safe whatever happens here: the result was shown after it was written. */
  async function leave(): Promise<void> {
    if (session !== undefined && options.store !== ':memory:') await replm?.sessions.prune({ unusedForMs: unnamedKeptMs, onlyUnnamed: true, atMost: removedAtOnce }).catch(() => undefined)
    await replm?.[Symbol.asyncDispose]()
    await working.catch(() => undefined)
  }

  function tellCost({ usage, durationMs }: CellResult): void {
    const line = costLine(usage, durationMs, unanswered)
    if (line !== '') terminal.tell(`${terminal.paint('dim', line, 'stderr')}\n`)
  }
}

function personOf({ terminal, stdin, env }: Stage, { isFree }: { readonly isFree: boolean }): Beginning['person'] {
  if (!isFree || stdin.isTTY !== true || !terminal.isTerminal('stderr')) return {}
  const reviewer = new Reviewer({ terminal, person: personAt(stdin), env })
  return { onInput: (request, { signal }) => reviewer.review(request, { signal }) }
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
