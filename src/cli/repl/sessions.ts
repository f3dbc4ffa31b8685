/** `.sessions` and `.resume`: the sessions that are kept, and going on in one of them. */
import { showControls } from '../terminal.ts'
import type { Desk } from './desk.ts'
import { idOf, shortIds } from '../sessions/find.ts'
import { counted } from '../sessions/words.ts'
import { fitted } from './width.ts'

/** Sessions that are listed, the newest ones. */
const maxListed = 15

/** Columns of a session's name in the list. */
const maxNameColumns = 40

export async function listSessions(_words: string, desk: Desk): Promise<void> {
  const all = await desk.replm.sessions.list()
  const { columns } = desk.terminal.size
  const short = shortIds(all.map(({ id }) => id))
  for (const { id, name, usedMs, cells, answers, usd, owner, isCutOff } of all.slice(0, maxListed)) {
    const where = id === desk.session.id ? 'this one' : owner === null ? (isCutOff ? 'cut off' : '') : `open in process ${owner.pid}`
    const facts = [ago(usedMs), counted(cells, 'cell'), counted(answers, 'answer'), ...(usd === null || usd === 0 ? [] : [`$${usd.toFixed(4)}`]), ...(where === '' ? [] : [where])]
    desk.say(fitted(`${fitted(showControls(name ?? short(id)), maxNameColumns)}  ${facts.join(' · ')}`, columns - 1))
  }
  if (all.length > maxListed) desk.hint(`… and ${all.length - maxListed} more`)
  desk.hint('.resume ID or NAME goes on in one')
}

/** Without words: the cell of this session that was cut off. */
export async function resumeSession(words: string, desk: Desk): Promise<void> {
  const id = words === '' ? desk.session.id : await idOf(desk.replm, words)
  if (id !== desk.session.id) {
    const found = await desk.replm.sessions.get(id)
    await desk.change(id)
    desk.say(`In session ${showControls(found.name ?? found.id)}, ${counted(found.cells, 'cell')}, ${counted(found.answers, 'answer')}`)
    return offerCutOff(desk)
  }
  if (desk.session.cutOff === undefined) return desk.say('No cell of this session was cut off; .resume ID goes on in another session')
  await desk.goOn(desk.session)
}

/** How long ago a prompt may have been cut off for the next one to speak of it, in milliseconds: a day. */
const recentMs = 24 * 3_600_000

/** At the start: a prompt that was cut off not long ago is not forgotten. */
export async function offerLost(desk: Desk): Promise<void> {
  // The prompt is there whatever becomes of this.
  const all = await desk.replm.sessions.list().catch(() => [])
  const lost = all.find(({ id, isCutOff, owner, lastCell, usedMs }) => id !== desk.session.id && isCutOff && owner === null && lastCell !== 'main' && Date.now() - usedMs < recentMs)
  if (lost === undefined) return
  const name = lost.name ?? shortIds(all.map(({ id }) => id))(lost.id)
  desk.hint(`A session was cut off ${ago(lost.usedMs)}; .resume ${showControls(name)} goes on in it`)
}

/** Says that a cell was cut off when its process died, and how to let it go on. */
export function offerCutOff(desk: Desk): void {
  const cell = desk.session.cutOff
  if (cell === undefined) return
  const [line = ''] = cell.text.split('\n')
  desk.say(`The last cell was cut off when its process ended: ${fitted(showControls(line), 60)}`)
  desk.hint('.resume lets it go on; what it had bought is not bought again')
}

function ago(timeMs: number): string {
  const minutes = Math.floor((Date.now() - timeMs) / 60_000)
  if (minutes < 1) return 'now'
  if (minutes < 60) return `${minutes} min ago`
  return minutes < 2_880 ? `${Math.floor(minutes / 60)} h ago` : `${Math.floor(minutes / 1_440)} days ago`
}
