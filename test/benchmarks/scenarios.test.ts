import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Suite } from '../../benchmarks/report.ts'
import type { Scenario } from '../../benchmarks/scenario.ts'

const folder = new URL('../../benchmarks/scenarios/', import.meta.url)

test.for(readdirSync(folder))('%s exports a scenario under its own name', async (file) => {
  const scenario = (await import(new URL(file, folder).href)) as Scenario | Suite
  expect(`${scenario.name}.ts`).toBe(file)
  if ('report' in scenario) {
    expect(scenario.about).toMatch(/\?$/)
    expect(scenario.report).toBeTypeOf('function')
  } else {
    expect(scenario.goal.atMost).toBeGreaterThan(0)
    expect(scenario.run).toBeTypeOf('function')
  }
})
