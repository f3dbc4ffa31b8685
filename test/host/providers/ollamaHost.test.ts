import { expect, test } from 'vitest'
import { resolveOllamaHost } from '../../../src/host/providers/ollamaHost.ts'

test.each([
  ['1.2.3.4', 'http://1.2.3.4:11434/'],
  [':1234', 'http://127.0.0.1:1234/'],
  ['1.2.3.4:1234', 'http://1.2.3.4:1234/'],
  ['example.com', 'http://example.com:11434/'],
  ['example.com:1234', 'http://example.com:1234/'],
  ['example.com/', 'http://example.com:11434/'],
  ['example.com:1234/ollama', 'http://example.com:1234/ollama'],
  ['localhost', 'http://localhost:11434/'],
  ['[::1]', 'http://[::1]:11434/'],
  ['::1', 'http://[::1]:11434/'],
  ['[::1]:1337', 'http://[::1]:1337/'],
  [' 1.2.3.4 ', 'http://1.2.3.4:11434/'],
  ['"1.2.3.4"', 'http://1.2.3.4:11434/'],
  [" ' 1.2.3.4 ' ", 'http://1.2.3.4:11434/'],
  ['http://1.2.3.4', 'http://1.2.3.4/'],
  ['http://1.2.3.4:4321', 'http://1.2.3.4:4321/'],
  ['https://1.2.3.4', 'https://1.2.3.4/'],
  ['https://1.2.3.4:4321', 'https://1.2.3.4:4321/'],
  ['https://example.com/ollama/', 'https://example.com/ollama/'],
  ['HTTP://Example.com:80', 'http://example.com/'],
  ['0.0.0.0', 'http://127.0.0.1:11434/'],
  ['0.0.0.0:80', 'http://127.0.0.1/'],
  ['http://0.0.0.0:11434', 'http://127.0.0.1:11434/'],
  ['[::]:11434', 'http://[::1]:11434/'],
  ['::', 'http://[::1]:11434/'],
  ['http://', 'http://127.0.0.1/'],
  ['user:pass@host', 'http://user:pass@host:11434/'],
  ['http://user:pass@host:1', 'http://user:pass@host:1/'],
])('%s is %s', (value, url) => {
  expect(resolveOllamaHost(value)).toBe(url)
})

test.each(['host:99999', 'a b', 'http://[zz]'])('what is no address is given back: %s', (value) => {
  expect(resolveOllamaHost(value)).toBe(value)
})
