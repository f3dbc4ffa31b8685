/** A number of kills and a seed in; a program of 2,000 questions that was killed so often on its way, and whatever must hold of it checked, out. */
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'vitest'
import { temporaryStore } from '../../host/journal/temporaryStore.ts'
import { openOpenAiServer } from '../../servers/openai.ts'
import { createRandom } from '../replay/model.ts'
import { type Owner, startOwner } from './owner.ts'

const questions = 2_000
const inFlight = 16

/** Its answers come in any order, and what it asks next depends on when they came. */
const cell = `
let next = 0
const answers = new Array(${questions})
await Promise.all(Array.from({ length: ${inFlight} }, async () => {
  while (next < ${questions}) {
    const index = next++
    answers[index] = await llmQuery('question ' + index)
    console.log(index + ' ' + answers[index])
  }
}))
answers`

const answerTo = (prompt: string): string => `the answer to ${prompt}`

/** Questions under way, and those whose answers wait for one commit. */
const maxRepeated = 2 * inFlight

export async function killHosts({ kills, seed }: { readonly kills: number; readonly seed: number }): Promise<void> {
  const random = createRandom(seed)
  using store = temporaryStore()
  const asked = new Map<string, number>()
  /** Shown to somebody: it must never be asked again. */
  const acknowledged = new Map<string, string>()
  const askedAgain: string[] = []
  let arrived = 0
  let onArrival = (): void => undefined
  await using server = await openOpenAiServer(async ({ prompt }) => {
    arrived += 1
    asked.set(prompt, (asked.get(prompt) ?? 0) + 1)
    if (acknowledged.has(prompt)) askedAgain.push(prompt)
    onArrival()
    // In another order than they were asked in.
    for (let turns = random(6); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
    return answerTo(prompt)
  })

  async function live(act: (owner: Owner) => void): Promise<Owner> {
    using owner = startOwner({
      store: store.file, cell, id, url: server.url,
      onLine: (line) => {
        if (line.type !== 'console.printed') return
        const [index = '', ...text] = line.text.split(' ')
        acknowledged.set(`question ${index}`, text.join(' '))
      },
    })
    act(owner)
    await owner.ended
    return owner
  }

  let id: string | undefined
  const shown: string[] = []
  for (let kill = 0; kill < kills; kill++) {
    const before = new Set(asked.keys())
    const left = questions - asked.size
    // At a question of the rest, or, one time in four, as it starts and is rebuilt.
    const after = arrived + 1 + random(Math.max(1, Math.ceil((1.5 * left) / (kills - kill + 1))))
    const isEarly = kill > 0 && random(4) === 0
    const first = arrived
    const owner = await live((started) => {
      if (isEarly) void started.said('opened').then(() => setTimeout(() => started.signal('SIGKILL'), random(40)))
      onArrival = () => {
        if (arrived >= after) started.signal('SIGKILL')
      }
    })
    expect(owner.lines.filter(({ type }) => type === 'failed' || type === 'session.diverged')).toEqual([])
    expect(owner.lines.filter(({ type }) => type === 'ended')).toEqual([])
    const opened = owner.lines.find((line) => line.type === 'opened')
    id = opened?.id ?? id
    for (const line of owner.lines) if (line.type === 'console.printed') shown.push(line.text)
    // What this life asked that a life before it had asked.
    const repeated = server.requests.slice(first).filter(({ prompt }) => before.has(prompt)).length
    expect(repeated, `kill ${kill}`).toBeLessThanOrEqual(maxRepeated)
  }

  onArrival = () => undefined
  const last = await live(() => undefined)
  const ended = last.lines.find((line) => line.type === 'ended')
  const expected = Array.from({ length: questions }, (_, index) => answerTo(`question ${index}`))
  expect(ended?.value).toEqual(expected)
  expect(ended?.usage).toMatchObject({ queries: questions, bought: expect.any(Number) as number })
  expect((ended?.usage.bought ?? 0) + (ended?.usage.replayed ?? 0)).toBe(questions)
  for (const line of last.lines) if (line.type === 'console.printed') shown.push(line.text)

  // Nothing that anybody was shown was asked again, and all of it is as it was shown.
  expect(askedAgain).toEqual([])
  for (const [prompt, text] of acknowledged) expect(text).toBe(answerTo(prompt))
  // Everything is in the output of the last life, and was shown in one of them; what was shown in a life's last moment, maybe in the next one as well.
  expect(ended?.printed).toHaveLength(questions)
  expect(new Set(shown)).toEqual(new Set(ended?.printed))
  expect(server.requests.length).toBeLessThanOrEqual(questions + kills * maxRepeated)

  using database = new DatabaseSync(store.file, { readOnly: true })
  expect(database.prepare('SELECT count(*) AS all_of_them, count(DISTINCT hash) AS questions, max(occurrence) AS occurrence FROM answers').get()).toEqual({ all_of_them: questions, questions, occurrence: 0 })
}
