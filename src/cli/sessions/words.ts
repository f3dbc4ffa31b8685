/** Facts of a session in; the words that a person reads of it, safe to show, out. */
import type { SessionInfo } from '../../index.ts'
import { showControls } from '../terminal.ts'

/** Most characters of a title: what stands beside it in a table is to be seen. */
const maxTitle = 60

/** What it is called: its name, else what it ran last; its beginning, where it is long. */
export function titleOf({ name, lastCell }: SessionInfo): string {
  const title = [...showControls(name ?? (lastCell === null ? '(nothing has run)' : `(${lastCell})`)).replaceAll(/\s+/g, ' ')]
  return title.length > maxTitle ? `${title.slice(0, maxTitle - 1).join('')}…` : title.join('')
}

export function stateOf({ owner, isCutOff }: SessionInfo): string {
  if (owner !== null) return `in use by process ${owner.pid}`
  return isCutOff ? 'cut off' : ''
}

/** What is known, and that there is more where a price or the end of a call is not known. */
export function costOf({ usd, unknownQueries, unknownUsd }: Pick<SessionInfo, 'usd' | 'unknownQueries' | 'unknownUsd'>): string {
  const known = usd === null ? 'price unknown' : usdText(usd)
  return unknownQueries === 0 && unknownUsd === 0 ? known : `${known} + ${unknownUsd > 0 ? `up to ${usdText(unknownUsd)}` : '?'}`
}

/** Two places, and for less than a dollar as many as show what a question costs. */
export function usdText(usd: number): string {
  return `$${usd >= 1 || usd === 0 ? usd.toFixed(2) : usd.toFixed(4)}`
}

/** 812 B, 4.1 kB, 120 MB. */
export function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let size = bytes
  let unit = 0
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000
    unit += 1
  }
  return `${unit === 0 || size >= 99.5 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`
}

/** now, 5 min, 3 h, 12 days: how long ago. */
export function ageText(timeMs: number, nowMs: number): string {
  const minutes = Math.floor((nowMs - timeMs) / 60_000)
  if (minutes < 1) return 'now'
  if (minutes < 60) return `${minutes} min`
  return minutes < 2_880 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1_440)} days`
}

export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`
}
