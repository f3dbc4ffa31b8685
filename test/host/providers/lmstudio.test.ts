import { expect, test } from 'vitest'
import { createLmstudio } from '../../../src/host/providers/lmstudio.ts'
import { openOpenAiServer } from '../../servers/openai.ts'
import { ask } from './everyServer.ts'

test('an address without a path gets that of the API, and no key is sent', async () => {
  await using server = await openOpenAiServer()
  const provider = createLmstudio({ LMSTUDIO_BASE_URL: server.url, OPENAI_API_KEY: 'sk-of-another' })
  await ask(provider, { maxTokens: 3 })
  expect(server.requests[0]).toMatchObject({ path: '/v1/chat/completions', body: { max_tokens: 3 } })
  expect(server.requests[0]!.headers.authorization).toBeUndefined()
  await provider.close!()
})

test('its questions are free', () => {
  expect(createLmstudio({}).pricing).toBe('free')
})
