import { expect, it } from 'vitest'
import { requestKey } from '../../../src/host/dispatch/requestKey.ts'
import type { Query } from '../../../src/types.ts'

const query: Query = { provider: 'p', model: 'm', prompt: 'x', timeoutMs: 1, timeoutIsFinal: false }
const keyOf = (more: Partial<Query>, endpoint = ''): string => requestKey({ ...query, ...more }, endpoint)

it('is another one for everything that changes the answer, and the same for all else', () => {
  const half = '\ud800'
  const others: Partial<Query>[] = [
    {}, { prompt: 'y' }, { prompt: '' }, { model: 'n' }, { provider: 'q' }, { system: 'x' }, { system: '' }, { maxTokens: 1 }, { temperature: 0 }, { stop: ['x'] }, { stop: [] }, { schema: {} },
    // Halves of pairs have one form in UTF-8, and what looks like the end of the rest is a prompt's own.
    { prompt: half }, { prompt: '\udc00' }, { prompt: '\ufffd' }, { prompt: JSON.stringify(half) }, { prompt: `x\0${query.prompt}` }, { prompt: '\u0001"x"' },
  ]
  const keys = [...others.map((more) => keyOf(more)), keyOf({}, 'http://other')]
  expect(new Set(keys).size).toBe(keys.length)
  expect(keyOf({ timeoutMs: 2, timeoutIsFinal: true, dedupe: true, cache: true })).toBe(keyOf({}))
})
