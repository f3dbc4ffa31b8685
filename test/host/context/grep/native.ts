/** Whether the machine has ripgrep, and what that finds in a file, said in our terms. */
import { spawnSync } from 'node:child_process'
import type { WireGrep, WireGrepMatch } from '../../../../src/protocol.ts'
import { maxSubmatches } from '../../../../src/host/context/grep/findings.ts'
import { findRipgrep } from '../../../../src/host/context/grep/nativeRipgrep.ts'

export const ripgrep = await findRipgrep().catch(() => undefined)

type Line = Pick<WireGrepMatch, 'line' | 'column' | 'offset' | 'text' | 'submatches'>

interface Message {
  readonly type: string
  readonly data: { readonly line_number: number; readonly absolute_offset: number; readonly lines: { readonly text?: string; readonly bytes?: string }; readonly submatches: readonly { readonly start: number; readonly end: number }[] }
}

/** All lines that match, with places in UTF-16 units. The file is valid UTF-8. */
export function nativeMatches(file: string, bytes: Buffer, search: Partial<WireGrep> & { readonly pattern: string }): readonly Line[] {
  const { pattern, ignoreCase, word, fixed, unicode, multiline } = search
  const flags = [ignoreCase === true && '-i', word === true && '-w', fixed === true && '-F', unicode === false && '--no-unicode', multiline === true && '-U'].filter((flag) => flag !== false)
  const { stdout, stderr, status } = spawnSync(ripgrep ?? '', ['--no-config', '--json', '--text', '--crlf', '--encoding=none', '--no-mmap', ...flags, '-e', pattern, '--', file], { maxBuffer: 2 ** 30 })
  if (status === 2) throw new Error(stderr.toString('utf8'))
  return stdout.toString('utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Message).filter(({ type }) => type === 'match').map(({ data }) => lineOf(bytes, data))
}

function lineOf(bytes: Buffer, { line_number: line, absolute_offset: at, lines, submatches: found }: Message['data']): Line {
  const whole = lines.text === undefined ? Buffer.from(lines.bytes ?? '', 'base64') : Buffer.from(lines.text)
  const units = (end: number): number => whole.toString('utf8', 0, end).length
  const text = whole.toString('utf8').replace(/\r?\n$/, '')
  const submatches = found.slice(0, maxSubmatches).map(({ start, end }) => ({ text: whole.toString('utf8', start, end), start: units(start), end: units(end) }))
  const first = submatches[0]?.start ?? 0
  return { line, column: first + 1, offset: bytes.toString('utf8', 0, at).length + first, text, submatches }
}
