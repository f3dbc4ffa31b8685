/** Environment variables in; a provider for any server that speaks OpenAI's chat completions (vLLM, llama.cpp, OpenRouter, a gateway) out. */
import type { Provider } from '../../types.ts'
import { createChatProvider } from './chatProvider.ts'
import type { Environment } from './endpoint.ts'
import { compatibleVariables } from './variables.ts'

/** Its cost is what the server states with the answer, else unknown. */
export function createCompatible(env: Environment): Provider {
  return createChatProvider({ variables: compatibleVariables, pricing: 'self' }, env)
}
