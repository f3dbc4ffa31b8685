/** How many bytes in; a log of so many, with a few lines that are rare in it, gone when it is disposed of, out. */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const words = 'the of and river stone light cargo Harbor sailor whisper engine matter signal copper window garden quarter station meadow lantern'.split(' ')

/** Every so many lines one is rare, and every so many one has an address. */
const rareEvery = 50_000
const addressEvery = 2_000

/** Lines that are written in one go. */
const linesOfBlock = 4_000

export function searchedText(bytes: number): { readonly path: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'replm-bench-'))
  const path = join(folder, 'searched.log')
  const random = randomNumbers(12_345)
  const file = openSync(path, 'w')
  let line = 0
  for (let written = 0; written < bytes;) {
    let block = ''
    for (const end = line + linesOfBlock; line < end; line++) {
      block += `2026-0${1 + random(9)} [${random(100_000)}]`
      for (let count = 4 + random(14); count > 0; count--) block += ` ${words[random(words.length)] ?? ''}`
      if (line % rareEvery === 7) block += ' Sherlock Holmes was here'
      if (line % addressEvery === 3) block += ` user${random(999)}@example.com`
      block += '\n'
    }
    written += writeSync(file, block)
  }
  closeSync(file)
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

/** The same everywhere: xorshift. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}
