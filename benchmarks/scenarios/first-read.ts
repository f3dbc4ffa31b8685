/** The first cell that reads a `context` of 100 MB, beside sending that file to a plain process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { openInstant, timeCell } from '../instant.ts'
import { largeText } from '../largeText.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { spareIsWarm } from '../spare.ts'
import { inTurns } from '../series.ts'

export const name = 'first-read'
export const goal: Goal = { figure: 'median', atMost: 400, unit: 'ms' }

/** Gathers its input as a string, as a guest gets it, and says when it has it. */
const program = `
  const chunks = []
  process.stdin.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
    console.log(Buffer.concat(chunks).latin1Slice().length)
    process.exit()
  })
  console.log('ready')`

export async function run(): Promise<Measurement> {
  using text = largeText()
  await using replm = await openInstant()
  const samples = await inTurns({
    rounds: 10,
    subject: async () => {
      await spareIsWarm()
      await using session = await replm.openSession({ context: text.path, limits: { memoryMb: 1_024 } })
      // The sandbox has its first cell behind it: only the text is on the way.
      await session.run('0')
      return await timeCell(session, 'context.length')
    },
    baseline: async () => {
      const child = spawn(process.execPath, ['--eval', program], { stdio: ['pipe', 'pipe', 'inherit'] })
      await once(child.stdout, 'data')
      const start = performance.now()
      createReadStream(text.path, { highWaterMark: 1024 * 1024 }).pipe(child.stdin)
      await once(child.stdout, 'data')
      return performance.now() - start
    },
  })
  return {
    subject: { what: "run('context.length'), the first time", samples: samples.subject },
    baseline: { what: '100 MB to a plain process', samples: samples.baseline },
  }
}
