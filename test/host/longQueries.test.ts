/** A question that becomes a job when it takes too long, where no job can be made of it. */
import { expect, it } from 'vitest'
import { ReplmError } from '../../src/errors.ts'
import { LongQueries } from '../../src/host/longQueries.ts'

it('a call that no job can take over ends, with the reason why there is none', async () => {
  const full = new ReplmError('STORE', 'The disk is full')
  let token = ''
  let reason: unknown
  const queries = new LongQueries<object>({
    ask: (_prompt, _request, { signal }) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => {
          reason = signal.reason
          reject(reason as Error)
        }),
      ),
    adopt: (_prompt, _request, given) => {
      token = given
      return Promise.reject(full)
    },
    submit: () => Promise.reject(new Error('not asked for')),
    wait: () => Promise.reject(new Error('there is no job')),
    cancel: () => Promise.reject(new Error('there is no job')),
    isSlow: () => Promise.resolve(false),
  })
  const asked = queries.query({ prompt: 'x', request: {}, background: undefined, onTimeout: 'job', timeoutMs: 5, signal: new AbortController().signal })
  await expect(asked).rejects.toBe(full)
  expect(reason).toBe(full)
  expect(queries.take(token)).toBeUndefined()
})
