import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Scenario } from '../../benchmarks/scenario.ts'

const folder = new URL('../../benchmarks/scenarios/', import.meta.url)

test.for(readdirSync(folder))('%s exports a scenario under its own name', async (file) => {
  const { name, goal, run } = (await import(new URL(file, folder).href)) as Scenario
  expect(`${name}.ts`).toBe(file)
  expect(goal.atMost).toBeGreaterThan(0)
  expect(run).toBeTypeOf('function')
})
