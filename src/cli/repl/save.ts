/** The cells of a session in; a script that does what they did, in a file, out. */
import { readFile, writeFile } from 'node:fs/promises'
import { ReplmError } from '../../errors.ts'
import { showControls } from '../terminal.ts'
import type { Desk } from './desk.ts'
import { atHome } from './documents.ts'

/** A cell that was run here. */
interface DoneCell {
  readonly text: string
  readonly ok: boolean
  /** Why it failed. */
  readonly code: string | null
}

/** The first line begins like this: such a file may be written over. */
const mark = '// A replm session'

export async function saveCells(words: string, desk: Desk): Promise<void> {
  const file = atHome(words)
  if (file === '') return desk.say('.save FILE writes the cells of this session as a script: .save session.ts')
  const cells = cellsOf(desk)
  const good = cells.filter(({ ok }) => ok)
  if (good.length === 0) return desk.say('There is nothing to save yet: no cell has come to its end')
  const parts = await desk.session.scriptOf(good.map(({ text }) => text))
  const names = desk.session.documents.map(({ name }) => name)
  const command = ['replm run', quoted(file), ...(names.length === 0 ? [] : ['-c', ...names.map(quoted)]), '-m', quoted(desk.model)].join(' ')
  const blocks = [`${mark}, ${cells.length} ${cells.length === 1 ? 'cell' : 'cells'}. Run it again:`, `// ${showControls(command).replaceAll('\n', ' ')}`]
  let next = 0
  let usesLast = false
  for (const cell of cells) {
    const text = cell.ok ? (parts[next] ?? '') : ''
    if (cell.ok) next += 1
    usesLast ||= cell.ok && /(?<![\w$.])_(?:error)?(?![\w$])/.test(text)
    blocks.push('', ...(cell.ok ? [text] : [`// ${cell.code ?? 'CELL'}, left out:`, ...cell.text.split(/\r\n?|[\n\u2028\u2029]/).map((line) => `// ${line}`)]))
  }
  await write(file, `${blocks.join('\n')}\n`)
  desk.say(`${showControls(file)}: ${good.length} of ${cells.length} ${cells.length === 1 ? 'cell' : 'cells'}; \`${showControls(command)}\` runs it`)
  if (usesLast) desk.hint('A cell uses _ or _error, which a script does not have: name the value there')
}

/** `.more FILE`: everything of the last value. */
export async function writeValue(words: string, desk: Desk): Promise<void> {
  const text = desk.paper.whole()
  if (text === undefined) return desk.say('There is no value to write yet')
  const file = atHome(words)
  try {
    await writeFile(file, `${text}\n`, { flag: 'wx' })
  } catch (cause) {
    throw unwritten(file, cause)
  }
  desk.say(`${showControls(file)}: ${Buffer.byteLength(text).toLocaleString('en-US')} bytes`)
}

function cellsOf(desk: Desk): readonly DoneCell[] {
  return desk.session.cells.map(({ text, ok, code, state }) => ({ text, ok: state === 'ended' && ok === true, code: code ?? (state === 'ended' ? null : 'INTERRUPTED') }))
}

/** A script that this wrote before may be written over; anything else may not. */
async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST' || !(await readFile(file, 'utf8').catch(() => '')).startsWith(mark)) throw unwritten(file, cause)
    await writeFile(file, text)
  }
}

function unwritten(file: string, cause: unknown): ReplmError {
  const { code, message } = cause as NodeJS.ErrnoException // failures of files carry a code
  return new ReplmError('CONFIG', code === 'EEXIST' ? `${file} is there already: name another file` : `${file} could not be written: ${message}`, { cause })
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
