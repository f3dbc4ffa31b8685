/** What a person is asked about in; the same, as they left it in their editor, out. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Edited = { readonly ok: true; readonly data: unknown } | { readonly ok: false; readonly problem: string; /** What they had written. */ readonly text: string | undefined }

export interface EditOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** What to begin with, where that is not the data: an attempt before that was no JSON. */
  readonly text?: string | undefined
}

/** Opens $VISUAL or $EDITOR. A text is edited as it is, everything else as JSON. */
export async function editData(data: unknown, { env, signal, text }: EditOptions): Promise<Edited> {
  const isText = typeof data === 'string'
  const before = text ?? (isText ? data : `${JSON.stringify(data, null, 2)}\n`)
  const editor = env['VISUAL'] || env['EDITOR'] || (process.platform === 'win32' ? 'notepad' : 'vi')
  const folder = await mkdtemp(join(tmpdir(), 'replm-edit-'))
  try {
    const file = join(folder, isText ? 'data.txt' : 'data.json')
    await writeFile(file, before, { mode: 0o600 })
    const problem = await run(editor, file, signal)
    if (problem !== undefined) return { ok: false, problem, text }
    const after = await readFile(file, 'utf8')
    // Editors end a file with a line break that the text had not.
    if (isText) return { ok: true, data: data.endsWith('\n') ? after : after.replace(/\n$/, '') }
    return parsed(after)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Undefined when it went well. The variable may hold a command with options, which a shell takes apart. */
async function run(editor: string, file: string, signal: AbortSignal): Promise<string | undefined> {
  const child = process.platform === 'win32' ? spawn(`${editor} "${file}"`, { shell: true, stdio: 'inherit' }) : spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' })
  const stop = (): void => void child.kill()
  signal.addEventListener('abort', stop, { once: true })
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    return code === 0 ? undefined : `The editor ${editor} ended with ${code ?? 'a signal'}; \`EDITOR\` names another one`
  } catch (thrown) {
    return `The editor ${editor} could not be started: ${(thrown as Error).message}` // what a child that cannot be started gives
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function parsed(text: string): Edited {
  try {
    return { ok: true, data: JSON.parse(text) as unknown }
  } catch (thrown) {
    return { ok: false, problem: `That is no JSON: ${(thrown as Error).message}`, text } // JSON.parse throws SyntaxError
  }
}
