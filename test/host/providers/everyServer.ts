/** Nothing in; every provider that has a server, each with a test server that speaks its wire format, out. */
import type { Environment } from '../../../src/host/providers/endpoint.ts'
import { createProvider } from '../../../src/host/providers/registry.ts'
import type { ReplmError } from '../../../src/errors.ts'
import type { Provider, ProviderQuery } from '../../../src/types.ts'
import { openAnthropicServer } from '../../servers/anthropic.ts'
import type { ModelServer, React } from '../../servers/modelServer.ts'
import { openOllamaServer } from '../../servers/ollama.ts'
import { openOpenAiServer } from '../../servers/openai.ts'

export const testKey = 'sk-test-4f9d1c77'

export interface ServedProvider {
  readonly name: string
  readonly open: (react?: React, models?: readonly string[]) => Promise<ModelServer>
  readonly env: (url: string) => Environment
  readonly baseVariable: string
}

export const everyServer: readonly ServedProvider[] = [
  { name: 'openai', open: openOpenAiServer, env: (url) => ({ OPENAI_API_KEY: testKey, OPENAI_BASE_URL: `${url}/v1` }), baseVariable: 'OPENAI_BASE_URL' },
  { name: 'anthropic', open: openAnthropicServer, env: (url) => ({ ANTHROPIC_API_KEY: testKey, ANTHROPIC_BASE_URL: url }), baseVariable: 'ANTHROPIC_BASE_URL' },
  { name: 'compatible', open: openOpenAiServer, env: (url) => ({ REPLM_API_KEY: testKey, REPLM_BASE_URL: `${url}/v1` }), baseVariable: 'REPLM_BASE_URL' },
  { name: 'ollama', open: openOllamaServer, env: (url) => ({ OLLAMA_HOST: url }), baseVariable: 'OLLAMA_HOST' },
  { name: 'lmstudio', open: openOpenAiServer, env: (url) => ({ LMSTUDIO_BASE_URL: `${url}/v1` }), baseVariable: 'LMSTUDIO_BASE_URL' },
]

/** A provider and its server, both ended with the test. */
export async function serve(served: ServedProvider, react?: React): Promise<{ readonly server: ModelServer; readonly provider: Provider } & AsyncDisposable> {
  const server = await served.open(react)
  const provider = await createProvider(served.name, served.env(server.url))
  return {
    server,
    provider,
    async [Symbol.asyncDispose]() {
      await provider.close?.()
      await server.close()
    },
  }
}

/** One question, as the pump asks it. */
export function ask(provider: Provider, query: Partial<ProviderQuery> = {}, signal: AbortSignal = new AbortController().signal): ReturnType<Provider['query']> {
  return provider.query({ model: 'model-a', prompt: 'hello', ...query }, { signal })
}

/** What a question fails with. */
export async function failureOf(asked: Promise<unknown>): Promise<ReplmError> {
  try {
    await asked
  } catch (error) {
    return error as ReplmError // the tests look at its code first
  }
  throw new Error('Expected the question to fail')
}
