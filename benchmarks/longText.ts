/** How many bytes in; a log of so many, of plain lines or of many languages, gone when it is disposed of, out. */
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** ASCII alone, or characters of one to four bytes. */
export type Script = 'ascii' | 'mixed'

const messages: Readonly<Record<Script, readonly string[]>> = {
  ascii: ['GET /api/v1/orders 200 took 12 ms', 'connection from 10.0.3.17 closed by its peer', 'retrying the upload of part 7, attempt 2', 'cache miss for key user:4711'],
  mixed: ['GET /größe/naïve 200 · 12 ms', 'подключение закрыто другой стороной', '注文 4711 を受け付けました', 'deployed 🎉 by zoë'],
}

/** Lines that are written again and again: counting does not become faster by that. */
const linesOfBlock = 20_000

export function longText(bytes: number, script: Script): { readonly path: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'replm-bench-'))
  const path = join(folder, `${script}.log`)
  const block = Buffer.from(Array.from({ length: linesOfBlock }, (_, line) => lineOf(line, messages[script])).join(''))
  const file = openSync(path, 'w')
  while (statSync(path).size < bytes) writeSync(file, block)
  closeSync(file)
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

function lineOf(line: number, from: readonly string[]): string {
  return `2026-11-${String((line % 30) + 1).padStart(2, '0')}T12:${String(line % 60).padStart(2, '0')}:07.123Z host-${line % 17} ${from[line % from.length]}\n`
}
