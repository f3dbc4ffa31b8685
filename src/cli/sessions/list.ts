/** A store in; its sessions, the one used last first, out. */
import { type CommonOptions, storeOptions, type Stage } from '../stage.ts'
import { table } from '../table.ts'
import { shortIds } from './find.ts'
import { ageText, costOf, counted, sizeText, stateOf, titleOf } from './words.ts'

/** `replm sessions list`. */
export async function listSessions({ json, store }: CommonOptions, { terminal }: Stage): Promise<number> {
  const { openReplm } = await import('../../index.ts')
  await using replm = await openReplm(storeOptions(store))
  const all = await replm.sessions.list()
  if (json === true) {
    terminal.write(`${JSON.stringify({ sessions: all })}\n`)
    return 0
  }
  if (all.length === 0) {
    terminal.tell('There are no sessions in this store yet: every `replm run` and every prompt makes one\n')
    return 0
  }
  const short = shortIds(all.map(({ id }) => id))
  const now = Date.now()
  terminal.write(
    table([
      ['ID', 'NAME (OR LAST RUN)', 'USED', 'CELLS', 'ANSWERS', 'COST', 'SIZE', 'STATE'],
      ...all.map((info) => [short(info.id), titleOf(info), ageText(info.usedMs, now), String(info.cells), String(info.answers), costOf(info), sizeText(info.bytes), stateOf(info)]),
    ]),
  )
  const cutOff = all.find(({ isCutOff }) => isCutOff)
  if (cutOff !== undefined) terminal.tell(`\nWhat was cut off goes on, and buys only what is new: replm sessions resume ${short(cutOff.id)}\n`)
  terminal.tell(`${cutOff === undefined ? '\n' : ''}${counted(all.length, 'session')}, ${sizeText(await replm.sessions.size())} on disk\n`)
  return 0
}
