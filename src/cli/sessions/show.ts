/** A session in; its cells, what became of each and what it has cost, out. */
import type { CellRecord, CellSpending } from '../../index.ts'
import { type CommonOptions, storeOptions, type Stage } from '../stage.ts'
import { table } from '../table.ts'
import { showControls } from '../terminal.ts'
import { inFlags } from '../flags.ts'
import { idOf } from './find.ts'
import { ageText, costOf, counted, sizeText, stateOf, titleOf, usdText } from './words.ts'

/** Longest piece of a cell's text, and of its error, that is shown, in UTF-16 units. */
const maxText = 60
const maxMessage = 200

/** `replm sessions show ID`. */
export async function showSession(word: string, { json, store }: CommonOptions, { terminal }: Stage): Promise<number> {
  const { openReplm } = await import('../../index.ts')
  await using replm = await openReplm(storeOptions(store))
  const id = await idOf(replm, word)
  const [info, cells, spending] = await Promise.all([replm.sessions.get(id), replm.sessions.cells(id), replm.sessions.spending(id)])
  if (json === true) {
    terminal.write(`${JSON.stringify({ ...info, runs: cells, spending })}\n`)
    return 0
  }
  const now = Date.now()
  const state = stateOf(info)
  terminal.write(`${info.id}  ${titleOf(info)}${state === '' ? '' : `  ${state}`}\n`)
  terminal.write(`made ${ago(info.createdMs, now)}, used ${ago(info.usedMs, now)} · ${counted(info.answers, 'answer')} · ${costOf(info)} · ${sizeText(info.bytes)}\n`)
  if (cells.length === 0) return 0
  const bought = new Map(spending.map((each) => [each.cell, each]))
  // A cell's answers are its own, whichever of its runs has bought them: they stand with the last one.
  const lastOf = new Map(cells.map(({ cell, execution }) => [cell, execution]))
  const rows = cells.map((record) => [String(record.execution), becameOf(record, info.owner !== null), ...spentBy(record, lastOf, bought), showControls(record.name), firstLine(record.text)])
  terminal.write(`\n${table([['RUN', 'STATE', 'ANSWERS', 'COST', 'CELL', 'TEXT'], ...rows])}`)
  const failed = cells.findLast(({ code }) => code !== null)
  if (failed?.message != null) terminal.write(`\nLast error, of run ${failed.execution}: ${failed.code} ${cut(showControls(inFlags(failed.message).replaceAll(/\s+/g, ' ')), maxMessage)}\n`)
  if (info.isCutOff) terminal.tell(`\nreplm sessions resume ${word} goes on, and buys only what is new\n`)
  return 0
}

function becameOf({ state, ok, code }: CellRecord, isOwned: boolean): string {
  switch (state) {
    case 'running':
      return isOwned ? 'running' : 'cut off'
    case 'cut':
      return `${code ?? 'CRASHED'}, ended by force`
    case 'ended':
      return ok === true ? 'done' : (code ?? 'failed')
    case 'left':
      return ok === true ? 'done (an earlier run)' : `${ok === null ? 'cut off' : (code ?? 'failed')} (an earlier run)`
  }
}

function spentBy({ cell, execution }: CellRecord, lastOf: ReadonlyMap<string, number>, bought: ReadonlyMap<string, CellSpending>): [string, string] {
  if (lastOf.get(cell) !== execution) return ['', '']
  const { answers, usd } = bought.get(cell) ?? { answers: 0, usd: 0 }
  return [String(answers), usd === null ? 'price unknown' : usdText(usd)]
}

function firstLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '')
  const first = showControls((lines[0] ?? '').replaceAll('\t', ' '))
  return lines.length > 1 ? `${cut(first, maxText)} … (${lines.length} lines)` : cut(first, maxText)
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}

function ago(timeMs: number, nowMs: number): string {
  const age = ageText(timeMs, nowMs)
  return age === 'now' ? 'just now' : `${age} ago`
}
