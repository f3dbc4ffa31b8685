import { it } from 'vitest'
import { killHosts } from '../e2e/kills/killHosts.ts'

const seed = Number(process.env['KILL_SEED'] ?? Math.floor(Math.random() * 1e6))

it(`a host that is killed a hundred times on its way buys every answer once and loses none (KILL_SEED=${seed})`, async () => {
  await killHosts({ kills: 100, seed })
})
