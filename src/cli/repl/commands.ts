/** The name of a command in; what it does, and the list of all, out. */
import { editSettings } from './settings.ts'
import { listDocuments, loadDocuments } from './documents.ts'
import type { Desk } from './desk.ts'
import { saveCells, writeValue } from './save.ts'
import { listSessions, resumeSession } from './sessions.ts'
import { fitted } from './width.ts'
import { showControls } from '../terminal.ts'

export interface Command {
  readonly name: string
  /** What follows the name, for `.help`; '' for nothing. */
  readonly words: string
  readonly help: string
  /** Whether its words are paths. */
  readonly takesPath?: true
  readonly run: (words: string, desk: Desk) => Promise<'leave' | void> | 'leave' | void
}

/** In the order of `.help`: what is loaded, who answers, what there is, how to go on. */
export const commands: readonly Command[] = [
  { name: 'load', words: 'FILE|GLOB', help: 'add documents', takesPath: true, run: loadDocuments },
  { name: 'docs', words: '', help: 'what is loaded', run: listDocuments },
  { name: 'model', words: '[P/MODEL]', help: 'who answers', run: editSettings.model },
  { name: 'dispatch', words: '[PATH]', help: 'async, pool or auto', run: editSettings.dispatch },
  { name: 'budget', words: '[usd 2]', help: 'limits of spending', run: editSettings.budget },
  { name: 'cost', words: '', help: 'what was spent', run: editSettings.cost },
  { name: 'vars', words: '', help: 'your variables', run: listVariables },
  { name: 'more', words: '[all|FILE]', help: 'the rest of a value', takesPath: true, run: more },
  { name: 'editor', words: '', help: 'several lines at once', run: edit },
  { name: 'save', words: 'FILE', help: 'write it as a script', takesPath: true, run: saveCells },
  { name: 'sessions', words: '', help: 'earlier sessions', run: listSessions },
  { name: 'resume', words: '[ID|NAME]', help: 'go on in one', run: resumeSession },
  { name: 'help', words: '', help: 'this', run: help },
  { name: 'exit', words: '', help: 'leave (Ctrl-D)', run: () => 'leave' },
  { name: 'break', words: '', help: 'drop the open cell', run: () => undefined },
]

export function findCommand(name: string): Command | undefined {
  return commands.find((command) => command.name === name.toLowerCase())
}

/** `.load a b` is the name `load` and the words `a b`. */
export function splitCommand(text: string): { readonly name: string; readonly words: string } {
  const [, name = '', words = ''] = /^\s*\.([a-z]\S*)\s*(.*?)\s*$/is.exec(text) ?? []
  return { name, words }
}

/** Fits a screen of 24 rows and 40 columns. */
function help(_words: string, desk: Desk): void {
  const { columns } = desk.terminal.size
  desk.say(fitted('await llmQuery(prompt) asks the model', columns - 1))
  desk.say(fitted('await llmBatchQuery(prompts) asks many', columns - 1))
  desk.say(fitted('docs, context, _ , _error, Tab, Ctrl-R', columns - 1))
  desk.say(fitted('Ctrl-C ends the cell, not the session', columns - 1))
  for (const { name, words, help: text } of commands) {
    const head = `.${name}${words === '' ? '' : ` ${words}`}`
    desk.say(fitted(`${head.padEnd(18)}${text}`, columns - 1))
  }
}

async function listVariables(_words: string, desk: Desk): Promise<void> {
  const variables = await desk.session.variables()
  if (variables.length === 0) return desk.hint('No variables yet')
  const { columns } = desk.terminal.size
  const rows = variables.map(({ name, kind, text }) => [name, kind, text].map((word) => showControls(word).replaceAll(/\s+/g, ' ')))
  const widths = [0, 1].map((index) => Math.min(24, Math.max(...rows.map((row) => row[index]?.length ?? 0))))
  for (const row of rows) desk.say(fitted(row.map((word, index) => (index < 2 ? word.padEnd(widths[index] ?? 0) : word)).join('  '), columns - 1))
}

function edit(_words: string, desk: Desk): void {
  desk.hint('Ctrl-D runs what you write, Ctrl-C drops it')
  desk.prepareEntry({ isBlock: true })
}

async function more(words: string, desk: Desk): Promise<void> {
  if (words === '') desk.paper.more()
  else if (words === 'all') desk.paper.all()
  else await writeValue(words, desk)
}
