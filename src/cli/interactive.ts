/** Files and flags in; a session that runs each cell as soon as it is complete, and its values, out. */
import type { Replm, Session } from '../index.ts'
import { describeAnswering, openAnswering } from './answering.ts'
import { CellRunner } from './repl/cellRun.ts'
import { completionsFor } from './repl/completion.ts'
import { Desk } from './repl/desk.ts'
import { describeDocuments } from './repl/documents.ts'
import { History, historyFile } from './repl/history.ts'
import { Paper } from './repl/paper.ts'
import { openPipe } from './repl/pipe.ts'
import { openPrompt } from './repl/prompt.ts'
import { offerCutOff, offerLost } from './repl/sessions.ts'
import type { CellSource } from './repl/source.ts'
import { converse } from './repl/talk.ts'
import { type ModelOptions, readingOptions, type Stage } from './stage.ts'
import { showControls } from './terminal.ts'

/** `replm [FILES…]`. At a terminal a prompt; from a pipe each value is printed, and the exit code is that of the last cell that failed. */
export async function interact(files: readonly string[], options: ModelOptions, stage: Stage): Promise<number> {
  const { terminal, stdin } = stage
  const json = options.json === true
  const answering = await openAnswering(options)
  await using replm = answering.replm
  const opened = await replm.openSession({ context: files, underscore: true, ...readingOptions(options), ...(options.arg === undefined ? {} : { args: options.arg }) })
  const isPrompt = stdin.isTTY === true && terminal.isTerminal('stdout')
  const paper = new Paper(terminal)
  const desk = new Desk({
    terminal, paper, replm, session: opened, model: answering.model,
    openSession: (id) => replm.openSession({ id, underscore: true, ...readingOptions(options) }),
    goOn: (session) => goOn(session),
  })
  const words = showControls(describeAnswering(answering))
  if (isPrompt) desk.say(`replm · ${words}`)
  // Made-up answers never pass for real ones, not even where nobody looks.
  else if (answering.isMadeUp) terminal.complain(`${words}\n`)
  using source = openSource(desk, stage, { isPrompt, file: options.history === false ? null : historyFile(stage.env) })
  if (isPrompt) await welcome(desk)
  // Nobody reads the values any more (`| head`): the cell that runs is stopped, and no other one begins.
  const unread = new AbortController()
  terminal.onOutputGone(() => {
    unread.abort()
    source[Symbol.dispose]()
  })
  const runner = new CellRunner({ desk, source, json, env: stage.env, unread: unread.signal })
  return await converse({ source, desk, runner, unread: unread.signal })

  async function goOn(session: Session): Promise<void> {
    const { cutOff } = session
    if (cutOff !== undefined) await runner.resume(session.resume(runner.asks), cutOff.text, cutOff.cell)
  }
}

function openSource(desk: Desk, { terminal, stdin }: Stage, { isPrompt, file }: { readonly isPrompt: boolean; readonly file: string | null }): CellSource {
  // A sandbox that cannot say whether a cell is whole shall say what it says when it runs it.
  const isIncomplete = async (text: string): Promise<boolean> => (await desk.session.checkSyntax(text).catch(() => 'complete')) === 'incomplete'
  if (!isPrompt || !terminal.canEdit) return openPipe({ stdin, isIncomplete, prompt: (isContinuation) => (isPrompt ? terminal.write(isContinuation ? '... ' : '> ') : undefined) })
  const history = new History({ file })
  if (history.problem !== null) desk.hint(`The history of this session is not kept: ${showControls(history.problem)}`)
  return openPrompt({
    terminal, stdin, history, isIncomplete,
    complete: (text) => completionsFor(text, desk.session, () => modelNames(desk.replm)).catch(() => ({ from: text.length, names: [] })),
  })
}

/** Bytes that are read before the first prompt, which shall be there at once. */
const welcomeBytes = 20e6

async function welcome(desk: Desk): Promise<void> {
  const { documents } = desk.session
  if (documents.length > 0) await describeDocuments(desk, documents, 0, welcomeBytes)
  desk.hint('.help lists what can be done here')
  offerCutOff(desk)
  await offerLost(desk)
}

async function modelNames(replm: Replm): Promise<readonly string[]> {
  return (await replm.providers()).map(({ name, defaultModel }) => `${name}/${defaultModel ?? ''}`)
}
