import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { answerByExtract } from '../../../../src/host/providers/sim/extract.ts'

const ask = (prompt: string, system?: string): string => answerByExtract({ model: 'extract', prompt, ...(system === undefined ? {} : { system }) })

const ada = `Ada Lovelace was born in London in 1815. She was the daughter of Lord Byron. In 1843 she published notes on the Analytical Engine of Charles Babbage.
The notes contain what is called the first computer program. She died in 1852 at the age of 36. The weather was bad.`

const log = `2026-11-20 10:00:01 INFO server started on port 8080
2026-11-20 10:00:05 WARN cache miss ratio 0.81
2026-11-20 10:01:17 ERROR payment service timed out after 3000 ms for order 4711
2026-11-20 10:01:18 INFO retrying order 4711
2026-11-20 10:02:30 ERROR disk /dev/sda1 is 97% full`

describe('the question is found', () => {
  test.each([
    ['before the text', `Where was Ada Lovelace born?\n\n${ada}`],
    ['on the line before the text', `Where was Ada Lovelace born?\n${ada}`],
    ['after the text', `${ada}\n\nWhere was Ada Lovelace born?`],
    ['on the last line', `${ada}\nWhere was Ada Lovelace born?`],
    ['marked, after the text', `Context:\n${ada}\n\nQuestion: Where was Ada Lovelace born?`],
    ['marked, before the text', `Question: Where was Ada Lovelace born?\n\nContext: ${ada}\n\nAnswer:`],
    ['with how to answer', `Where was Ada Lovelace born? Answer with one sentence.\n\n${ada}`],
    ['as a request', `Tell me where Ada Lovelace was born:\n\n${ada}`],
    ['as a request without a mark', `Find the place where Ada Lovelace was born\n\n${ada}`],
    ['on the same line as the text', `Where was Ada Lovelace born? ${ada.replace('\n', ' ')}`],
    ['between rules', `Where was Ada Lovelace born?\n---\n${ada}\n---`],
    ['with Windows line ends', `Where was Ada Lovelace born?\r\n\r\n${ada.replace('\n', '\r\n')}`],
  ])('%s', (_, prompt) => {
    expect(ask(prompt)).toBe('Ada Lovelace was born in London in 1815.')
  })

  test('in the system text', () => {
    expect(ask(ada, 'Where was Ada Lovelace born?')).toBe('Ada Lovelace was born in London in 1815.')
  })
})

describe('the answer', () => {
  test('is made of sentences of the text, at most three, in their order', () => {
    const answer = ask(`What do we know of the notes?\n\n${ada}`)
    expect(answer).toBe('In 1843 she published notes on the Analytical Engine of Charles Babbage. The notes contain what is called the first computer program.')
  })

  test('of a log is its lines', () => {
    expect(ask(`Which errors happened?\n\n${log}`).split('\n')).toEqual([log.split('\n')[2], log.split('\n')[4]])
  })

  test('to a request for a summary is what the text is about', () => {
    for (const request of ['Summarize the following text:', 'Sum up the following text in at most three sentences.', 'Please give a short summary of this text.']) {
      const answer = ask(`${request}\n\n${ada}`)
      expect(answer).toContain('notes')
      expect(answer).not.toContain('weather')
      expect(answer.split('. ').length).toBeLessThanOrEqual(3)
    }
  })

  test('finds words in other forms and spellings', () => {
    expect(ask('Which licences are used?\n\nThe sky is blue. The code is licensed under MIT. Birds sing.')).toBe('The code is licensed under MIT.')
  })

  test('joins lines that were wrapped', () => {
    const text = 'The quick brown fox of the northern forest jumps over\nthe lazy dog near the old river bank.\n\nNothing else happened.'
    expect(ask(`What did the fox do?\n\n${text}`)).toBe('The quick brown fox of the northern forest jumps over the lazy dog near the old river bank.')
  })

  test('works in scripts without spaces', () => {
    expect(ask('フランスの首都はどこですか？\n\n東京は日本の首都です。パリはフランスの首都です。ロンドンは大きい。')).toBe('パリはフランスの首都です。')
  })

  test('to a question without a text is the question', () => {
    expect(ask('What is the capital of France?')).toBe('What is the capital of France?')
  })

  test.each(['', '   \n', '?', '---', '🙂'])('to %j is a string', (prompt) => {
    expect(typeof ask(prompt)).toBe('string')
  })

  test('is the same each time', () => {
    expect(ask(`Who was her father?\n\n${ada}`)).toBe(ask(`Who was her father?\n\n${ada}`))
  })

  test('to the question after the licence is its title, for installed packages', () => {
    const titled = globSync('node_modules/*/LICENSE')
      .map((path) => readFileSync(path, 'utf8'))
      .filter((text) => /^\W*(The )?MIT License/i.test(text))
    expect(titled.length).toBeGreaterThan(5)
    for (const text of titled) expect(ask(`Which licence is this?\n\n${text}`)).toMatch(/MIT License/i)
  })

  test.each([
    ['one line', 'a '.repeat(500_000)],
    ['many lines', 'line of text here\n'.repeat(50_000)],
    ['nothing but spaces and stops', ' . '.repeat(300_000)],
    ['nothing but quotes', '."'.repeat(300_000)],
    ['nothing but line ends', '\n \n\r\n'.repeat(200_000)],
    ['one word', 'x'.repeat(1_000_000)],
    ['nothing but brackets', '(['.repeat(400_000)],
  ])('to a megabyte of %s comes in time that grows with its length', (_, text) => {
    const began = performance.now()
    ask(`Which word is it?\n\n${text}`)
    expect(performance.now() - began).toBeLessThan(5_000)
  })
})
