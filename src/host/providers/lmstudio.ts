/** Environment variables in; a provider for LM Studio's local server out. */
import type { Provider } from '../../types.ts'
import { createChatProvider } from './chatProvider.ts'
import type { Environment } from './endpoint.ts'
import { lmstudioVariables } from './variables.ts'

export function createLmstudio(env: Environment): Provider {
  return createChatProvider({ variables: lmstudioVariables, pricing: 'free' }, env)
}
