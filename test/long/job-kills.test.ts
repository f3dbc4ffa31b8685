import { it } from 'vitest'
import { killJobs } from '../e2e/jobs/killJobs.ts'
import { openEngineAt } from '../host/jobs/engineFactory.ts'
import { sqliteInFile } from '../host/jobs/engines/sqliteInFile.ts'
import { killWorkers } from '../host/jobs/killWorkers.ts'

const seed = Number(process.env['KILL_SEED'] ?? Math.floor(Math.random() * 1e6))

it(`jobs of steps whose workers are killed a hundred times lose nothing acknowledged and repeat no more than was in flight (KILL_SEED=${seed})`, { timeout: 1_800_000 }, async () => {
  using place = sqliteInFile.openPlace()
  await using engine = await openEngineAt(place)
  await killWorkers({ kills: 100, seed, place, engine })
})

it(`jobs of questions, done in sessions, whose workers are killed a hundred times lose nothing acknowledged and ask again no more than was in flight (KILL_SEED=${seed})`, { timeout: 3_600_000 }, async () => {
  await killJobs({ kills: 100, seed })
})
