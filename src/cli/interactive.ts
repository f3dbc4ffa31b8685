/** Files and lines in; a session that runs each cell as soon as it is complete, and its values, out. */
import { exitCodes } from '../errors.ts'
import type { Session } from '../index.ts'
import { describeAnswering, openAnswering } from './answering.ts'
import { follow } from './follow.ts'
import { onInterrupt } from './interrupts.ts'
import { type LineSource, openLines } from './lines.ts'
import { exitCodeOf, failureOutcome, successOutcome, toReplmError } from './outcome.ts'
import { reportFailure } from './report.ts'
import type { ModelOptions, Stage } from './stage.ts'
import { showControls } from './terminal.ts'

const help = `A cell runs as soon as it is complete; an incomplete one goes on in the next line.
  llmQuery(prompt)   llmBatchQuery(prompts)   ask the model      docs, context   what was loaded
  Ctrl-C   stops the cell that runs, or drops the line; twice at an empty prompt it leaves
  .help    this                .break   drops an incomplete cell                .exit, Ctrl-D   leaves
`

/** `replm [FILES…]`. At a terminal a prompt; from a pipe each value is printed, and the exit code is that of the last cell that failed. */
export async function interact(files: readonly string[], options: ModelOptions, stage: Stage): Promise<number> {
  const { terminal, stdin } = stage
  const answering = await openAnswering(options)
  await using replm = answering.replm
  await using session = await replm.openSession({ context: files, ...(options.arg === undefined ? {} : { args: options.arg }) })
  const isPrompt = stdin.isTTY === true && terminal.isTerminal('stdout')
  const words = showControls(describeAnswering(answering))
  if (isPrompt) terminal.write(`replm · ${words}\n${terminal.paint('dim', '.help tells what can be done here', 'stdout')}\n`)
  // Made-up answers never pass for real ones, not even where nobody looks.
  else if (answering.isMadeUp) terminal.complain(`${words}\n`)
  using lines = openLines({ stdin, stdout: process.stdout, isPrompt })
  // Nobody reads the values any more (`| head`): the cell that runs is stopped, and no other one begins.
  const unread = new AbortController()
  terminal.onOutputGone(() => {
    unread.abort()
    lines[Symbol.dispose]()
  })
  return await converse({ session, lines, isPrompt, json: options.json === true, unread: unread.signal }, stage)
}

interface Conversation {
  readonly session: Session
  readonly lines: LineSource
  readonly isPrompt: boolean
  readonly json: boolean
  /** Aborts when nobody reads what is printed. */
  readonly unread: AbortSignal
}

async function converse(talk: Conversation, { terminal }: Stage): Promise<number> {
  const { lines, isPrompt } = talk
  let code = 0
  let count = 1
  let cell = ''
  let incomplete: unknown
  for (;;) {
    const line = await lines.next(cell === '' ? '> ' : '… ')
    if (line.type === 'interrupt') {
      if (line.leaves) break
      cell = ''
      continue
    }
    if (talk.unread.aborted) return exitCodes.INTERRUPTED
    if (line.type === 'end') {
      // What is left of a cell will not become complete any more.
      if (incomplete !== undefined && cell !== '') code = fail(incomplete, cell)
      break
    }
    if (line.text.trim() === '' && cell === '') continue
    const command = line.text.trim()
    if (command === '.exit') break
    if (command === '.break') {
      cell = ''
      continue
    }
    if (command === '.help' && cell === '') {
      terminal.write(help)
      continue
    }
    cell += cell === '' ? line.text : `\n${line.text}`
    const ended = await runCell({ text: cell, name: `cell ${count}` }, talk, terminal)
    if (talk.unread.aborted) return exitCodes.INTERRUPTED
    incomplete = ended.ok ? undefined : ended.thrown
    if (!ended.ok && toReplmError(ended.thrown).incomplete === true) continue
    if (!ended.ok) code = fail(ended.thrown, cell)
    count += 1
    cell = ''
  }
  return isPrompt ? 0 : code

  function fail(thrown: unknown, text: string): number {
    if (talk.json) terminal.write(`${JSON.stringify(failureOutcome(thrown, { session: talk.session.id, durationMs: 0 }))}\n`)
    reportFailure(thrown, { terminal, json: talk.json, source: { name: `cell ${count}`, text } })
    return exitCodeOf(thrown)
  }
}

type Ended = { readonly ok: true } | { readonly ok: false; readonly thrown: unknown }

async function runCell({ text: source, name }: { readonly text: string; readonly name: string }, { session, lines, json, unread }: Conversation, terminal: Stage['terminal']): Promise<Ended> {
  const run = session.start(source, { name, signal: unread })
  const stopListening = lines.isPrompt ? lines.onInterrupt(() => run.interrupt()) : onInterrupt((press) => (press > 2 ? process.exit(exitCodes.INTERRUPTED) : run.interrupt()))
  try {
    const [result] = await Promise.allSettled([run.result, follow(run.events, { terminal, prints: !json, shows: !json })])
    if (result.status === 'rejected') return { ok: false, thrown: result.reason }
    const { value, text, pending } = result.value
    if (json) terminal.write(`${JSON.stringify(successOutcome(result.value, session.id))}\n`)
    else if (value !== undefined || text !== 'undefined') terminal.print(`${text}\n`)
    if (pending > 0) terminal.tell(terminal.paint('dim', `${pending} ${pending === 1 ? 'call is' : 'calls are'} still under way\n`, 'stderr'))
    return { ok: true }
  } finally {
    stopListening()
  }
}
