import { expect, test } from 'vitest'
import { Outlook } from '../../../src/host/jobs/outlook.ts'
import type { Demand } from '../../../src/host/jobs/threadMessages.ts'

const demand: Demand = { worker: 1, kinds: ['kind'], groups: null }

test('nothing is looked for while nobody waits and nobody works', () => {
  const outlook = new Outlook('us')
  expect(outlook.isIdle).toBe(true)
  outlook.watch('job', undefined)
  expect(outlook.isIdle).toBe(false)
  outlook.unwatch('job')
  expect(outlook.isIdle).toBe(true)
  outlook.demanded(demand, true)
  expect(outlook.isIdle).toBe(false)
  outlook.left(1)
  expect(outlook.isIdle).toBe(true)
})

test('a worker is told of something to claim once for each time that it got too little', () => {
  const outlook = new Outlook('us')
  outlook.demanded(demand, true)
  outlook.changedElsewhere([], () => undefined)
  expect(outlook.notice(() => false)).toBeUndefined()
  expect(outlook.notice(() => true)).toBeUndefined() // nothing has changed since
  outlook.changedElsewhere([], () => undefined)
  expect(outlook.notice(() => true)).toMatchObject({ claimable: [1] })
  outlook.changedElsewhere([], () => undefined)
  expect(outlook.notice(() => true)).toBeUndefined()
  outlook.demanded(demand, false)
  outlook.changedElsewhere([], () => undefined)
  expect(outlook.notice(() => true)).toBeUndefined()
})
