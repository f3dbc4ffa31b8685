import { expect, test } from 'vitest'
import { createProgress } from '../../benchmarks/progress.ts'

function record(isTTY: boolean): string[] {
  const written: string[] = []
  let nowMs = 0
  const progress = createProgress({ isTTY, columns: 60, write: (text) => written.push(text) }, () => nowMs)
  progress.begin({ place: '[2/3]', name: 'sse', expectedSeconds: 15 })
  progress.about('What does it cost?')
  nowMs = 4_000
  progress.step('round 3 of 7 of a very long name that has no room on this terminal')
  nowMs = 76_000
  progress.step('round 7 of 7')
  progress.end(true)
  return written
}

test('where nobody looks there is a line for what is measured, with how long it takes, one a minute for how far it is, and one for how long it took', () => {
  expect(record(false)).toEqual(['[2/3] sse, about 15 s\n', '  What does it cost?\n', '  76 s of about 76 s · round 7 of 7\n', '  took 76 s\n'])
})

test('on a terminal one line tells how far it is, is never longer than the terminal, and is gone in the end', () => {
  const written = record(true).map((text) => text.replaceAll('\r\x1b[K', '<'))
  expect(written[2]).toMatch(/^< {2}4 s of about 15 s · round 3 of 7/)
  expect(written[2]?.length).toBeLessThanOrEqual(60)
  expect(written.at(-1)).toBe('<  took 76 s\n')
})
