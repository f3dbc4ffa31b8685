/** The text before the cursor in; names of the session, of commands, or of files, that may stand at its end, out. */
import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Session } from '../../index.ts'
import { commands, findCommand } from './commands.ts'
import { atHome } from './documents.ts'
import type { Completions } from './editor.ts'

/** Names of files that are offered. */
const maxFiles = 500

export async function completionsFor(text: string, session: Session, models: () => Promise<readonly string[]>): Promise<Completions> {
  const command = /^\s*\.([a-z]*)(\s+)?(.*)$/is.exec(text)
  if (command === null || text.includes('\n')) return session.complete(text)
  const [, name = '', space, words = ''] = command
  if (space === undefined) {
    const from = text.length - name.length
    return { from, names: commands.filter((one) => one.name.startsWith(name.toLowerCase())).map((one) => one.name) }
  }
  const found = findCommand(name)
  const from = text.length - words.length
  if (found?.takesPath === true) return filesAt(words, from)
  const options = name === 'dispatch' ? ['async', 'pool', 'auto'] : name === 'budget' ? ['usd', 'queries', 'tokens'] : name === 'model' ? await models() : []
  return { from, names: options.filter((option) => option.startsWith(words)) }
}

async function filesAt(words: string, from: number): Promise<Completions> {
  const folder = words.endsWith('/') ? words : dirname(words) === '.' && !words.startsWith('./') ? '' : `${dirname(words).replace(/\/$/, '')}/`
  const start = words.endsWith('/') ? '' : basename(words)
  try {
    const entries = await readdir(atHome(folder === '' ? '.' : folder), { withFileTypes: true })
    const names = entries
      .filter((entry) => entry.name.startsWith(start) && (start.startsWith('.') || !entry.name.startsWith('.')))
      .slice(0, maxFiles)
      .map((entry) => join(folder, entry.name) + (entry.isDirectory() ? '/' : ''))
    return { from, names: names.toSorted() }
  } catch {
    return { from, names: [] } // No folder of that name, or one that cannot be read.
  }
}
