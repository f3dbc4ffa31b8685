/** The environment variables of every provider that has a server, and what holds without them. */
import type { EndpointVariables } from './endpoint.ts'
import { resolveOllamaHost } from './ollamaHost.ts'

export const openaiVariables: EndpointVariables = Object.freeze({
  provider: 'openai',
  keyVariable: 'OPENAI_API_KEY',
  keyRequired: true,
  baseVariable: 'OPENAI_BASE_URL',
  defaultBaseUrl: 'https://api.openai.com/v1',
})

export const anthropicVariables: EndpointVariables = Object.freeze({
  provider: 'anthropic',
  keyVariable: 'ANTHROPIC_API_KEY',
  keyRequired: true,
  baseVariable: 'ANTHROPIC_BASE_URL',
  defaultBaseUrl: 'https://api.anthropic.com',
})

export const ollamaVariables: EndpointVariables = Object.freeze({
  provider: 'ollama',
  keyVariable: null,
  keyRequired: false,
  baseVariable: 'OLLAMA_HOST',
  defaultBaseUrl: 'http://127.0.0.1:11434',
  readBase: resolveOllamaHost,
})

/** LM Studio listens on port 1234 unless told otherwise. */
export const lmstudioVariables: EndpointVariables = Object.freeze({
  provider: 'lmstudio',
  keyVariable: null,
  keyRequired: false,
  baseVariable: 'LMSTUDIO_BASE_URL',
  defaultBaseUrl: 'http://127.0.0.1:1234/v1',
  defaultPath: '/v1',
})

/** Any server that speaks chat completions, by its address with the path (`http://127.0.0.1:8000/v1`); without a path it gets `/v1`. The key may be left out. */
export const compatibleVariables: EndpointVariables = Object.freeze({
  provider: 'compatible',
  keyVariable: 'REPLM_API_KEY',
  keyRequired: false,
  baseVariable: 'REPLM_BASE_URL',
  defaultBaseUrl: null,
  defaultPath: '/v1',
})
