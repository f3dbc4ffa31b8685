import { describe, expect, test } from 'vitest'
import { createSim } from '../../../../src/host/providers/sim/sim.ts'
import type { ProviderQuery } from '../../../../src/types.ts'

const { signal } = new AbortController()
const sim = createSim()

async function ask(prompt: string, { model = 'oracle', ...query }: Partial<ProviderQuery> = {}): Promise<string> {
  return (await sim.query({ model, prompt, ...query }, { signal })).text
}

const prose =
  'At noon the clerk left. The access code of Amber Falcon is 48213. Later, the access code of Birch Heron is 11111.\nThe stamp of Amber Falcon is 7. The stamp of Amber Falcon is 9.'
const lines = [
  'Date: 2031-04-17 || User: u1 || Instance: a red kite || Label: colour',
  'Date: 2031-04-18 || User: u2 || Instance: Label: location || Label: location',
  'Date: 2031-04-19 || User: u1 || Instance: the pier || Label: location',
  'no line of the kind',
].join('\n')
const code = `import { target } from './target.ts'

export function first(input: number): number {
  // target(input) was here.
  const note = 'see target(input)'
  return targetLine(input) + 1
}

async function second<T>(input: T) {
  if (input) {
    return target(input)
  }
}

  export default function inner() {
    return old.target(1)
  }

export function target(input: number): number {
  return 48213
}
`

describe('what the text says is the answer', () => {
  test.each([
    ['What is the access code of Amber Falcon?', prose, '48213'],
    ['Who is the access code of Birch Heron?', prose, '11111'],
    ['What is the access code of Falcon?', prose, 'not stated'],
    ['List every stamp of Amber Falcon.', prose, '7\n9'],
    ['List every stamp of Birch Heron.', prose, 'none'],
    ['How many lines have Label "location"?', lines, '2'],
    ['How many lines have Label "location" and User "u1"?', lines, '1'],
    ['How many lines have Label "loc"?', lines, '0'],
    ['How many lines are there of each Label: "colour", "location", "person"?', lines, 'colour: 1\nlocation: 2\nperson: 0'],
    ['List every User of the lines that have Label "location".', lines, 'u2\nu1'],
    ['List every function that calls `target`.', code, 'second'],
    ['List every function that calls `targetLine`.', code, 'first'],
    ['Which function does `second` call?', code, 'target'],
    ['What does the function `target` return?', code, '48213'],
    ['What does the function `missing` return?', code, 'not stated'],
    ['Does the text help to answer: What is the access code of Amber Falcon?', prose, 'yes'],
    ['Does the text help to answer: How many lines have Label "person"?', lines, 'no'],
    ['Combine the answers below to: What is the access code of Amber Falcon?', 'null\n"48213"\nnull', '48213'],
    ['Combine the answers below to: What is the access code of Amber Falcon?', 'Answers:\nnot stated\n48213123456789012345', '48213123456789012345'],
    ['Combine the answers below to: List every stamp of Amber Falcon.', 'none\n7\n9', '7\n9'],
    ['Combine the answers below to: How many lines have Label "location"?', '3\n0\n4', '7'],
    ['Combine the answers below to: List every stamp of Amber Falcon.', '["7"]\n[]\n["9","7"]', '7\n9'],
    ['Combine the answers below to: How many lines are there of each Label: "a", "b"?', '{"a":1,"b":2}\n{"a":4}', 'a: 5\nb: 2'],
  ])('%s', async (question, text, answer) => {
    await expect(ask(`${question}\n\n${text}`)).resolves.toBe(answer)
    await expect(ask(`${text}\n\n${question}`)).resolves.toBe(answer)
    await expect(ask(`Question: ${question}\nText:\n${text}`)).resolves.toBe(answer)
    await expect(ask(text, { system: question })).resolves.toBe(answer)
  })

  test('it knows nothing that the prompt does not say', async () => {
    const question = 'What is the access code of Amber Falcon?'
    await ask(`${question}\n\n${prose}`)
    await expect(ask(`${question}\n\n${lines}`)).resolves.toBe('not stated')
    await expect(ask(question)).resolves.toBe('not stated')
    await expect(ask('How many lines have Label "location"?')).resolves.toBe('0')
  })

  test('a question that stands in the text is not the one that is asked', async () => {
    await expect(ask(`What is the stamp of Amber Falcon?\n\nWhat is the access code of Amber Falcon?\n${prose}\nWhat is the access code of Amber Falcon?`)).resolves.toBe(
      '7',
    )
  })
})

describe('a schema', () => {
  const answerOf = (type: unknown): object => ({ type: 'object', properties: { answer: type, found: { type: 'boolean' } }, required: ['answer'] })

  test.each([
    ['What is the access code of Amber Falcon?', prose, answerOf({ type: 'string' }), { answer: '48213', found: true }],
    ['What is the access code of Amber Falcon?', prose, answerOf({ type: ['integer', 'null'] }), { answer: 48213, found: true }],
    ['What is the access code of nobody?', prose, answerOf({ type: ['string', 'null'] }), { answer: null, found: false }],
    ['What is the access code of nobody?', prose, answerOf({ anyOf: [{ type: 'string' }, { type: 'null' }] }), { answer: null, found: false }],
    ['What is the access code of nobody?', prose, answerOf({ type: 'string' }), { answer: '', found: false }],
    ['List every stamp of Amber Falcon.', prose, { type: 'array', items: { type: 'number' } }, [7, 9]],
    ['How many lines have Label "colour"?', lines, { type: 'integer' }, 1],
    ['How many lines are there of each Label: "colour", "location"?', lines, answerOf({ type: 'object' }), { answer: { colour: 1, location: 2 }, found: true }],
    [
      'How many lines are there of each Label: "colour", "location"?',
      lines,
      { type: 'object', properties: { location: { type: 'integer' }, person: { type: 'integer' } } },
      { location: 2, person: 0 },
    ],
    ['Does the text help to answer: What is the stamp of Amber Falcon?', prose, answerOf({ enum: ['no', 'yes'] }), { answer: 'yes', found: true }],
  ])('%s is answered in its form', async (question, text, schema, answer) => {
    expect(JSON.parse(await ask(`${question}\n\n${text}`, { schema: schema as never }))).toEqual(answer)
  })
})

describe('errors', () => {
  const question = 'What is the access code of Amber Falcon?'
  const texts = Array.from({ length: 2_000 }, (_, index) => `${question}\n\nThe access code of Amber Falcon is ${10_000 + index}. Page ${index}.`)
  const answers = (model: string): Promise<string[]> => Promise.all(texts.map((text) => ask(text, { model })))
  const right = texts.map((_, index) => String(10_000 + index))
  const shareWrong = (given: readonly string[]): number => given.filter((answer, index) => answer !== right[index]).length / given.length

  test('none are made where none are asked for', async () => {
    expect(await answers('oracle?error=0&seed=3')).toEqual(right)
    expect(await answers('oracle')).toEqual(right)
  })

  test('their share is met, with the same ones for the same seed and others for another', async () => {
    const first = await answers('oracle?error=0.1&seed=7')
    // Four standard errors.
    expect(Math.abs(shareWrong(first) - 0.1)).toBeLessThan(0.027)
    expect(await answers('oracle?error=0.1&seed=7')).toEqual(first)
    expect(await answers('oracle?error=0.1&seed=8')).not.toEqual(first)
    expect(shareWrong(await answers('oracle?error=1'))).toBe(1)
  })

  test('an attempt more changes nothing', async () => {
    const query = { model: 'oracle?error=0.5', prompt: texts[3] ?? '' }
    const [one, two] = await Promise.all([1, 2].map((attempt) => sim.query(query, { signal, attempt })))
    expect(one).toEqual(two)
  })

  test('a wrong answer is of the kind of the right one', async () => {
    const wrong = (asked: string, text: string): Promise<string> => ask(`${asked}\n\n${text}`, { model: 'oracle?error=1' })
    expect(await wrong(question, prose)).toMatch(/^\d{5}$/)
    expect(await wrong(question, lines)).toMatch(/^\d+$/)
    expect(Number(await wrong('How many lines have Label "location"?', lines))).toBeOneOf([3, 4, 5])
    expect(await wrong('List every stamp of Amber Falcon.', prose)).toMatch(/^\d+$/)
    expect(await wrong('How many lines are there of each Label: "colour", "person"?', lines)).toMatch(/^colour: [234]\nperson: [123]$/)
    expect(await wrong(`Does the text help to answer: ${question}`, prose)).toBe('no')
    expect(await wrong('Which function does `second` call?', code)).toMatch(/^[a-z]{6}$/)
    expect(await wrong('What is the motto of nobody?', 'The motto of nobody is …!.')).not.toBe('…!')
  })

  test.each(['oracle?error=2', 'oracle?error=-0.1', 'oracle?error=', 'oracle?error=often', 'echo?error=0.1', 'extract?error=0.1'])(
    '%s is CONFIG and says error',
    async (model) => {
      await expect(ask('x', { model })).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringContaining('error') })
    },
  )
})

describe('prompts that are none', () => {
  test.each([
    ['empty', ''],
    ['blank', ' \n\n '],
    ['a text without a question', prose],
    ['half a question', 'How many lines have Label "location and User "u1"?\n\nx'],
    ['a question about nothing', 'Does the text help to answer: '],
    ['a question that is too long', `What is the ${'x'.repeat(5_000)}?`],
  ])('%s is REFUSED with what would be understood', async (_, prompt) => {
    await expect(ask(prompt)).rejects.toMatchObject({ code: 'REFUSED', retryable: false, message: expect.stringContaining('What is the … of …?') })
  })

  test.each([
    ['a text of 20 MB', 'What is the access code of Amber Falcon?', `${'Nothing is said here. '.repeat(1e6)}${prose}`, '48213'],
    ['one line of 4 MB', 'How many lines have Label "colour"?', '||'.repeat(2e6), '0'],
    ['beginnings of statements', 'What is the code of x?', 'the code of x is '.repeat(2e5), /^the code/],
    ['quotes that do not end', 'List every function that calls `f`.', `function g() {\n${`${'"\'`/*'.repeat(400)}\n`.repeat(1_000)}f()\n}`, /./],
    ['nested beginnings', 'List every function that calls `f`.', 'function f('.repeat(2e5), 'none'],
    ['answers that are no JSON', 'Combine the answers below to: What is the code of x?', '{"a" 1\n48213\n[[[', /^\{"a" 1$/],
    ['a name of every object', 'How many lines are there of each Label: "__proto__", "constructor"?', 'Label: __proto__ || x: y', '__proto__: 1\nconstructor: 0'],
    ['questions within questions', `${'Does the text help to answer: '.repeat(60)}What is the code of x?`, 'The code of x is 1.', 'yes'],
  ])('%s is read in little time', async (_, question, text, answer) => {
    const start = performance.now()
    const said = await ask(`${question}\n\n${text}`)
    if (typeof answer === 'string') expect(said).toBe(answer)
    else expect(said).toMatch(answer)
    expect(performance.now() - start).toBeLessThan(5_000)
  })
})
