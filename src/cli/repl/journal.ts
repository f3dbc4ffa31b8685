/**
 * What the interactive session uses of a journal: sessions that outlive their process. The library has it or has it not; everything that depends on that asks here.
 * The names are those of the library's own types.
 */
import type { Replm, Session } from '../../index.ts'

export interface SessionInfo {
  readonly id: string
  readonly name: string | null
  readonly createdMs: number
  readonly usedMs: number
  readonly cells: number
  readonly answers: number
  /** Null where an answer has no known price. */
  readonly usd: number | null
  readonly bytes: number
  /** Who works in it now. */
  readonly owner: { readonly pid: number } | null
}

export interface KeptSessions {
  list(): Promise<readonly SessionInfo[]>
  get(idOrName: string): Promise<SessionInfo | undefined>
}

/** A cell that was entered in the session, in this process or an earlier one. */
export interface KeptCell {
  readonly execution: number
  readonly cell: string
  readonly text: string
  readonly state: 'running' | 'ended' | 'cut' | 'left'
  readonly ok: boolean | null
  readonly code: string | null
}

/** Undefined where sessions end with their process. */
export function keptSessions(replm: Replm): KeptSessions | undefined {
  return (replm as Replm & { readonly sessions?: KeptSessions }).sessions
}

/** The cells of a session; undefined where only this process knows them. */
export async function keptCells(session: Session): Promise<readonly KeptCell[] | undefined> {
  return (session as Session & { readonly cells?: () => Promise<readonly KeptCell[]> }).cells?.()
}

/** The cell that was cut off because its process died. */
export function cutOffCell(session: Session): KeptCell | undefined {
  return (session as Session & { readonly cutOff?: KeptCell }).cutOff
}

/** Lets the cell that was cut off go on. */
export function resumeCell(session: Session): ReturnType<Session['start']> | undefined {
  return (session as Session & { readonly resume?: () => ReturnType<Session['start']> }).resume?.()
}
