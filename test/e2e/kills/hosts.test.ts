import { it } from 'vitest'
import { killHosts } from './killHosts.ts'

const seed = Number(process.env['KILL_SEED'] ?? Math.floor(Math.random() * 1e6))

it(`a host that is killed ten times on its way buys every answer once and loses none (KILL_SEED=${seed})`, { timeout: 180_000 }, async () => {
  await killHosts({ kills: 10, seed })
})
