import { expect, test } from 'vitest'
import type { Segment } from '../../../src/host/context/measure.ts'
import { SegmentIndex } from '../../../src/host/context/segmentIndex.ts'

const segments: readonly Segment[] = [
  { end: 103, units: 90, lineFeeds: 0 },
  { end: 203, units: 100, lineFeeds: 7 },
  { end: 210, units: 3, lineFeeds: 0 },
]

test('a unit, a line feed and a place of the source are found in the segment that holds them', async () => {
  const index = new SegmentIndex(3)
  await index.extend(async (from) => (from === 3 ? segments : []))
  expect([index.place, index.units, index.lineFeeds]).toEqual([210, 193, 7])
  expect([0, 89, 90, 189, 190, 192].map((unit) => index.withUnit(unit))).toEqual([0, 0, 1, 1, 2, 2])
  expect([0, 6].map((lineFeed) => index.withLineFeed(lineFeed))).toEqual([1, 1])
  expect(index.before(2)).toEqual({ place: 203, units: 190, lineFeeds: 7 })
  expect(index.places(1, 2)).toEqual([103, 203, 210])
})

test('who waits for what another one counts gets it, and counts himself where that one fails', async () => {
  const index = new SegmentIndex(0)
  const torn = new Error('torn')
  const first = index.extend(() => Promise.reject(torn))
  let asked = 0
  const second = index.extend(async () => {
    asked++
    return segments
  })
  await expect(first).rejects.toBe(torn)
  await second
  expect([asked, index.place]).toEqual([0, 0])
  await index.extend(async () => segments)
  expect(index.place).toBe(210)
})
