/** A path, or `-`, in; the script's text, and whether it is TypeScript, out. */
import { constants, open } from 'node:fs'
import { readFile, realpath, stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { ReplmError } from './errors.ts'

export interface Script {
  /** As the user wrote it; `stdin` for standard input. */
  readonly name: string
  readonly text: string
  readonly typescript: boolean
}

/** Reads a script. Rejects with NOT_FOUND when there is none, CONFIG when it cannot be read as text. */
export async function readScript(path: string, stdin: NodeJS.ReadableStream): Promise<Script> {
  if (path === '-') return { name: 'stdin', text: cellText(await text(stdin)), typescript: false }
  return readScriptFile(path)
}

/** The same for what can only be a file. */
export async function readScriptFile(path: string): Promise<Script> {
  return scriptText(path, await readText(path))
}

/** The same for a text that is there already. */
export function scriptText(name: string, text: string): Script {
  return { name, text: cellText(text), typescript: /\.[mc]?ts$/i.test(name) }
}

async function readText(path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readBytes(path))
  } catch (cause) {
    // Failures of files carry a code; a decoder's is its own.
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new ReplmError('NOT_FOUND', `There is no script at ${path}: check the path`, { cause })
    if (code === 'EISDIR') throw new ReplmError('NOT_FOUND', `${path} is a folder: name the script in it, or load it as context with \`-c ${path}\``, { cause })
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw new ReplmError('CONFIG', `${path} is not a script: it is not text in UTF-8`, { cause })
    throw new ReplmError('CONFIG', `The script ${path} could not be read: ${message}`, { cause })
  }
}

/** A named pipe is waited for without a thread that is stuck in it: that could not be interrupted. */
async function readBytes(path: string): Promise<Uint8Array> {
  const isNamedPipe = (await stat(path)).isFIFO() && (await realpath(path).then(() => true, () => false))
  if (!isNamedPipe) return readFile(path)
  const fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return buffer(new Socket({ fd, readable: true, writable: false }))
}

/** Without a byte order mark; a `#!` line becomes a comment of the same length, so that no column moves. */
function cellText(script: string): string {
  return script.replace(/^\uFEFF/, '').replace(/^#!/, '//')
}
