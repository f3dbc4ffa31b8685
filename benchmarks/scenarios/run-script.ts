/** `replm run` of a trivial script, from the build; beside a bare Node. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installCommand } from '../built.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { inTurns, timed } from '../series.ts'

export const name = 'run-script'
export const goal: Goal = { figure: 'difference', atMost: 200, unit: 'ms' }

export async function run(): Promise<Measurement> {
  const { command, remove } = installCommand()
  const folder = mkdtempSync(join(tmpdir(), 'replm-bench-'))
  const script = join(folder, 'trivial.ts')
  writeFileSync(script, 'const answer: number = 1 + 1\nanswer\n')
  try {
    const samples = await inTurns({
      rounds: 20,
      subject: () => timed(() => succeeds([command, 'run', script, '--store', ':memory:', '--json'])),
      baseline: () => timed(() => succeeds(['--eval', '0'])),
    })
    return {
      subject: { what: '`replm run` of a trivial script', samples: samples.subject },
      baseline: { what: 'a bare Node, started and ended', samples: samples.baseline },
    }
  } finally {
    remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function succeeds(args: readonly string[]): Promise<void> {
  const [code] = (await once(spawn(process.execPath, args, { stdio: 'ignore' }), 'exit')) as [number | null]
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}`)
}
