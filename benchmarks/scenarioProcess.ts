/** The name of a scenario in; its result, measured in a process of its own, out: no scenario meets what another one left behind, compiled code, garbage or warm files. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describeMachine } from './machine.ts'
import type { Told } from './one.ts'
import type { Extent, Report } from './report.ts'
import type { Result } from './run.ts'

export interface Measuring {
  readonly extent: Extent
  /** Ends the process in the middle: the result is what was measured by then, and says so. */
  readonly signal: AbortSignal
  readonly onAbout: (about: string) => void
  readonly onStep: (step: string) => void
}

/** undefined where it could not be measured: then the process has said why. */
export async function measureScenario(name: string, { extent, signal, onAbout, onStep }: Measuring): Promise<Result | undefined> {
  const start = performance.now()
  const [when, { load }] = [new Date().toISOString(), describeMachine()]
  // What it leaves in files goes with it, also when it is ended in the middle.
  const folder = mkdtempSync(join(tmpdir(), 'replm-bench-'))
  const child = spawn(process.execPath, ['--expose-gc', fileURLToPath(new URL('one.ts', import.meta.url)), name, extent], {
    stdio: ['pipe', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, TMPDIR: folder },
    signal,
  })
  const gone = new Promise<number | null>((resolve) => child.once('close', resolve))
  child.on('error', () => undefined) // Aborted: 'close' follows.
  let about = ''
  let report: Report | undefined
  for await (const line of createInterface({ input: child.stdio[3] as NodeJS.ReadableStream })) {
    const told = JSON.parse(line) as Told // one.ts writes them.
    if (told.type === 'about') onAbout((about = told.about))
    else if (told.type === 'step') onStep(told.step)
    else report = told.report
  }
  const code = await gone
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  if (report === undefined) return undefined
  const result: Result = { name, about, when, extent, seconds: (performance.now() - start) / 1_000, load, report }
  // Whether it came to its end, its own end says: it may have come before the signal did, and may fail without one.
  if (code === 0) return result
  const why = `${signal.aborted ? 'Stopped' : 'Failed'} in the middle: this is what was measured by then.`
  return { ...result, stopped: true, report: { ...report, notes: [why, ...report.notes] } }
}
