import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { defineProvider } from '../../../src/host/providers/defineProvider.ts'
import { createProvider, createRegistry, parseModel } from '../../../src/host/providers/registry.ts'
import { openOllamaServer } from '../../servers/ollama.ts'
import { openOpenAiServer } from '../../servers/openai.ts'
import { testKey } from './everyServer.ts'

const shout = defineProvider({ name: 'shout', query: async ({ prompt }) => ({ text: prompt.toUpperCase(), usage: { inputTokens: 1, outputTokens: 1 } }) })

/** Addresses of local servers that certainly do not run. */
const nothingRuns = { OLLAMA_HOST: '127.0.0.1:1', LMSTUDIO_BASE_URL: 'http://127.0.0.1:1/v1' }

describe('providers by name', () => {
  test('each built-in one can be made, once, without a key', async () => {
    const registry = createRegistry({ env: {} })
    expect(registry.names).toEqual(['openai', 'anthropic', 'compatible', 'ollama', 'lmstudio', 'sim'])
    for (const name of registry.names) {
      expect((await registry.get(name)).name).toBe(name)
      expect(registry.get(name)).toBe(registry.get(name))
      expect(registry.isBuiltIn(name)).toBe(true)
    }
    await registry.close()
  })

  test('one of the program itself is the very object it gave, and stays out of threads', async () => {
    const registry = createRegistry({ custom: [shout], env: {} })
    expect(await registry.get('shout')).toBe(shout)
    expect(registry.isBuiltIn('shout')).toBe(false)
    expect(registry.names).toContain('shout')
  })

  test('one of the program with the name of a built-in one takes its place', async () => {
    const own = defineProvider({ ...shout, name: 'openai' })
    const registry = createRegistry({ custom: [own], env: {} })
    expect(await registry.get('openai')).toBe(own)
    expect(registry.isBuiltIn('openai')).toBe(false)
    expect((await registry.found()).filter(({ name }) => name === 'openai')).toHaveLength(1)
  })

  test('a name that is none is CONFIG and names those that are', async () => {
    const registry = createRegistry({ custom: [shout], env: {} })
    await expect(registry.get('gpt')).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringMatching(/"gpt".*shout.*openai.*sim/) })
    await expect(createProvider('x'.repeat(10_000), {})).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringMatching(/^.{1,300}$/) })
  })

  test.each(['constructor', '__proto__', 'toString', ''])('"%s" is no provider', async (name) => {
    await expect(createRegistry({ env: {} }).get(name)).rejects.toMatchObject({ code: 'CONFIG' })
  })

  test('two with the same name, or what is no provider, are a mistake of the caller', () => {
    expect(() => createRegistry({ custom: [shout, shout] })).toThrow(TypeError)
    expect(() => createRegistry({ custom: [{ name: 'x' } as never] })).toThrow(TypeError)
    expect(() => createRegistry({ custom: [null as never] })).toThrow(TypeError)
  })

  test('those that were made are closed, and no others', async () => {
    const closed: string[] = []
    const named = (name: string) => defineProvider({ ...shout, name, close: async () => void closed.push(name) })
    const registry = createRegistry({ custom: [named('a'), named('b')], env: {} })
    await registry.get('a')
    await registry.close()
    expect(closed).toEqual(['a'])
  })

  test('neither an SDK nor the HTTP client is loaded before the first question', async () => {
    const script = `
      import { registerHooks } from 'node:module'
      const loaded = []
      registerHooks({ resolve: (specifier, context, next) => { const found = next(specifier, context); loaded.push(found.url); return found } })
      const { createRegistry } = await import(${JSON.stringify(new URL('../../../src/host/providers/registry.ts', import.meta.url).href)})
      const registry = createRegistry({ env: { OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k', REPLM_BASE_URL: 'http://127.0.0.1:1' } })
      for (const name of registry.names) await registry.get(name)
      await registry.defaultModel()
      const before = loaded.filter((url) => url.includes('node_modules')).length
      await (await registry.get('openai')).prepare()
      console.log(JSON.stringify({ before, after: loaded.some((url) => url.includes('node_modules/openai/')) }))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
    expect(JSON.parse(stdout)).toEqual({ before: 0, after: true })
  })
})

describe('parseModel', () => {
  test.each([
    ['openai/gpt-5-mini', 'openai', 'gpt-5-mini'],
    ['compatible/meta/llama-3/70b', 'compatible', 'meta/llama-3/70b'],
    ['ollama/llama3.2:3b', 'ollama', 'llama3.2:3b'],
    ['sim/echo?latencyMs=5&seed=a/b', 'sim', 'echo?latencyMs=5&seed=a/b'],
    [' openai / gpt-5 ', 'openai', 'gpt-5'],
  ])('%s is of %s: %s', (name, provider, model) => {
    expect(parseModel(name)).toEqual({ provider, model })
  })

  test.each(['', 'gpt-5', '/gpt-5', 'openai/', '/', ' / '])('"%s" is CONFIG', (name) => {
    expect(() => parseModel(name)).toThrow(expect.objectContaining({ code: 'CONFIG' }))
  })

  test('what is no string is a mistake of the caller', () => {
    expect(() => parseModel(7 as never)).toThrow(TypeError)
  })
})

describe('the model where none is named', () => {
  test.each([
    [{ OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k' }, 'openai/gpt-5-mini'],
    [{ ANTHROPIC_API_KEY: 'k' }, 'anthropic/claude-haiku-4-5'],
    [{ OPENAI_API_KEY: ' ', ANTHROPIC_API_KEY: 'k' }, 'anthropic/claude-haiku-4-5'],
    [{ REPLM_API_KEY: 'k', REPLM_BASE_URL: 'http://127.0.0.1:1' }, undefined],
    [{}, undefined],
  ])('with %j is %s', async (env, model) => {
    await expect(createRegistry({ env: { ...nothingRuns, ...env } }).defaultModel()).resolves.toBe(model)
  })

  test('is the first chat model of an Ollama that runs', async () => {
    await using server = await openOllamaServer(undefined, ['nomic-embed-text', 'all-minilm-bert', 'llama3.2:3b', 'qwen3'])
    const env = { ...nothingRuns, OLLAMA_HOST: server.url }
    await expect(createRegistry({ env }).defaultModel()).resolves.toBe('ollama/llama3.2:3b')
  })

  test('is that of LM Studio where no Ollama runs, or one without models', async () => {
    await using lmstudio = await openOpenAiServer(undefined, ['text-embedding-nomic', 'qwen/qwen3-4b'])
    await using ollama = await openOllamaServer(undefined, [])
    for (const OLLAMA_HOST of [nothingRuns.OLLAMA_HOST, ollama.url]) {
      await expect(createRegistry({ env: { OLLAMA_HOST, LMSTUDIO_BASE_URL: lmstudio.url } }).defaultModel()).resolves.toBe('lmstudio/qwen/qwen3-4b')
    }
  })

  test('a key comes before a local server, which is then not asked', async () => {
    await using server = await openOllamaServer()
    const registry = createRegistry({ env: { ...nothingRuns, OLLAMA_HOST: server.url, ANTHROPIC_API_KEY: 'k' } })
    await expect(registry.defaultModel()).resolves.toBe('anthropic/claude-haiku-4-5')
    expect(server.accepted).toBe(0)
  })

  test('a local server that accepts and says nothing costs 300 ms and no more', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => silent.once('listening', resolve))
    const { port } = silent.address() as AddressInfo
    const began = performance.now()
    await expect(createRegistry({ env: { ...nothingRuns, OLLAMA_HOST: `127.0.0.1:${port}` } }).defaultModel()).resolves.toBeUndefined()
    expect(performance.now() - began).toBeLessThan(1_500)
    silent.close()
  })

  test.each(['<html>', '{"models":"x"}', '[]', '{"models":[null,7,{"name":7}]}'])('a local server of another kind is none: %s', async (body) => {
    await using server = await openOllamaServer(() => ({ status: 200, body }), [])
    // The path is not the list's own, so that the reaction answers it.
    await expect(createRegistry({ env: { ...nothingRuns, OLLAMA_HOST: `${server.url}/other` } }).defaultModel()).resolves.toBeUndefined()
  })
})

describe('what is found', () => {
  test('names keys by their variables and never shows one', async () => {
    await using server = await openOllamaServer()
    const env = { ...nothingRuns, OPENAI_API_KEY: testKey, OLLAMA_HOST: server.url, REPLM_BASE_URL: 'https://jane:secret@models.example/v1', REPLM_API_KEY: testKey }
    const found = await createRegistry({ env }).found()
    expect(found.map(({ name, ready, key, baseUrl, defaultModel }) => [name, ready, key, baseUrl, defaultModel])).toEqual([
      ['openai', true, 'set', 'https://api.openai.com/v1', 'gpt-5-mini'],
      ['anthropic', false, 'missing', 'https://api.anthropic.com', 'claude-haiku-4-5'],
      ['compatible', true, 'set', 'https://models.example/v1', null],
      ['ollama', true, 'none', server.url, 'model-a'],
      ['lmstudio', false, 'none', 'http://127.0.0.1:1/v1', null],
      ['sim', true, 'none', null, 'echo'],
    ])
    expect(JSON.stringify(found)).not.toMatch(new RegExp(`${testKey}|secret|jane`))
    expect(found.find(({ name }) => name === 'anthropic')).toMatchObject({ keyVariable: 'ANTHROPIC_API_KEY', baseVariable: 'ANTHROPIC_BASE_URL' })
  })

  test('an address that is none is a problem in words', async () => {
    const found = await createRegistry({ env: { ...nothingRuns, OLLAMA_HOST: 'host:99999', OPENAI_BASE_URL: 'nonsense' } }).found()
    for (const [name, variable] of [
      ['ollama', 'OLLAMA_HOST'],
      ['openai', 'OPENAI_BASE_URL'],
    ]) {
      expect(found.find((one) => one.name === name)).toMatchObject({ ready: false, baseUrl: null, problem: expect.stringContaining(variable!) })
    }
  })
})
