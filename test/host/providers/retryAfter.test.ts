import { expect, test } from 'vitest'
import { readRetryAfter } from '../../../src/host/providers/retryAfter.ts'

const now = Date.parse('2026-11-21T08:00:00Z')

test.each([
  [{}, undefined],
  [{ 'retry-after': '2' }, 2_000],
  [{ 'retry-after': ' 1.5 ' }, 1_500],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after-ms': '250' }, 250],
  [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
  [{ 'retry-after-ms': 'x', 'retry-after': '9' }, 9_000],
  [{ 'retry-after-ms': '-1', 'retry-after': '9' }, 9_000],
  [{ 'retry-after': 'Sat, 21 Nov 2026 08:00:30 GMT' }, 30_000],
  [{ 'retry-after': 'Saturday, 21-Nov-26 08:00:30 GMT' }, 30_000],
  [{ 'retry-after': 'Fri, 20 Nov 2026 08:00:00 GMT' }, 0],
  [{ 'retry-after': '-5' }, undefined],
  [{ 'retry-after': '1.2.3' }, undefined],
  [{ 'retry-after': 'NaN' }, undefined],
  [{ 'retry-after': 'Infinity' }, undefined],
  [{ 'retry-after': '' }, undefined],
  [{ 'retry-after': 'a while' }, undefined],
])('%j asks to wait %s ms', (headers: Record<string, string>, expected) => {
  expect(readRetryAfter((name) => headers[name], now)).toBe(expected)
})
