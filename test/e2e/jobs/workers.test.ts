import { it } from 'vitest'
import { killJobs } from './killJobs.ts'

const seed = Number(process.env['KILL_SEED'] ?? Math.floor(Math.random() * 1e6))

it(`jobs of 2,000 questions whose workers are killed ten times lose nothing acknowledged and ask again no more than was in flight (KILL_SEED=${seed})`, { timeout: 300_000 }, async () => {
  await killJobs({ kills: 10, seed })
})
