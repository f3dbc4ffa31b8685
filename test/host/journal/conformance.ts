/** A way to open a journal in; the tests that every journal passes, out. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Claim, Journal, Write } from '../../../src/host/journal/journal.ts'
import { answered, config, ended, entry, newSession, sent, started } from './records.ts'

/** Texts that a store may stumble over. */
const hostile: Readonly<Record<string, string>> = {
  'an empty text': '',
  'a NUL in the middle': 'before\0after',
  'NULs only': '\0\0\0',
  'a lone high surrogate': 'x\ud83d',
  'a lone low surrogate': '\ude00x',
  'surrogates the wrong way round': '\ude00\ud83d',
  'an emoji': '😀',
  'quotes and SQL': `'; DROP TABLE answers; -- " \` \\`,
  'line ends and separators': 'a\r\nb\u2028c\u2029d',
  'a byte order mark': '\ufeffx',
  'what looks like bytes': "x'00ff'",
  'what looks like a number': '9007199254740993',
  'characters of no one-byte script': '漢字'.repeat(1_000),
}

export function describeJournal(name: string, open: () => Promise<Journal>): void {
  async function collect<T>(pages: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
    return (await Array.fromAsync(pages)).flat()
  }

  describe(name, () => {
    test('a session that was made is found by id and by name, as it was made', async () => {
      await using journal = await open()
      const made = newSession({ name: 'first', config: config({ args: { deep: [1, { a: null }] }, model: null }) })
      const before = Date.now()
      const claim = await journal.create(made)
      const after = Date.now()

      expect(claim.session).toMatchObject({ ...made, generation: 1, executions: 0, answers: 0, bytes: 0 })
      expect(claim.last).toEqual({ entry: 0, execution: 0, answer: 0, intent: 0 })
      expect(claim.session.createdMs).toBeGreaterThanOrEqual(before)
      expect(claim.session.createdMs).toBeLessThanOrEqual(after)
      expect(claim.session.owner).toEqual({ pid: process.pid, host: hostname() })
      expect(await journal.find(made.id)).toEqual(claim.session)
      expect(await journal.find('first')).toEqual(claim.session)
      expect(await journal.find('second')).toBeUndefined()
    })

    test('a second session of the same name, and of the same id, is refused', async () => {
      await using journal = await open()
      const made = newSession({ name: 'taken' })
      await journal.create(made)
      await expect(journal.create(newSession({ name: 'taken' }))).rejects.toMatchObject({ code: 'IN_USE', message: expect.stringContaining('"taken"') })
      await expect(journal.create({ ...newSession(), id: made.id })).rejects.toMatchObject({ code: 'IN_USE' })
      expect(await journal.list()).toHaveLength(1)
    })

    test('sessions without a name do not stand in each other\'s way', async () => {
      await using journal = await open()
      await journal.create(newSession())
      await journal.create(newSession())
      expect(await journal.list()).toHaveLength(2)
    })

    test('every text comes back as it was, wherever it stands', async () => {
      await using journal = await open()
      for (const [what, text] of Object.entries(hostile)) {
        const made = newSession({ name: text, config: config({ args: { text }, seed: text }) })
        const claim = await journal.create(made)
        const answer = answered(1, { text, cell: text, hash: text, model: text })
        await journal.write(claim, [
          started(1, { cell: text, text }),
          entry(1, 1, text),
          answer,
          { type: 'execution.ended', execution: 1, state: 'ended', outcome: text, cpuMs: 0, endedMs: 1 },
        ])

        expect((await journal.find(text))?.id, what).toBe(made.id)
        expect((await journal.find(made.id))?.config, what).toEqual(made.config)
        expect(await journal.executions(made.id), what).toMatchObject([{ cell: text, text, outcome: text }])
        expect(await collect(journal.tape(made.id)), what).toEqual([{ n: 1, execution: 1, entry: text }])
        expect(await journal.bought(made.id, { cell: text, generation: 1 }), what).toEqual([{ answer: 1, hash: text, occurrence: 0 }])
        const { type: _type, intent: _intent, ...record } = answer
        expect(await journal.answers(made.id, [1]), what).toEqual([record])
      }
    })

    test('a text of 50 MB comes back whole', async () => {
      await using journal = await open()
      const claim = await journal.create(newSession())
      const text = 'é漢😀a'.repeat(10_000_000)
      await journal.write(claim, [answered(1, { text })])
      const [answer] = await journal.answers(claim.session.id, [1])
      expect(answer?.text === text).toBe(true)
    })

    test('the greatest and the least numbers come back exactly', async () => {
      await using journal = await open()
      const claim = await journal.create(newSession())
      const answer = answered(1, { inputTokens: Number.MAX_SAFE_INTEGER, outputTokens: 0, usd: 0.1 + 0.2, occurrence: 4_294_967_296, queueMs: 1e-9, llmMs: 1e15 + 0.5 })
      await journal.write(claim, [answer, answered(2, { inputTokens: Number.MAX_SAFE_INTEGER, usd: 5e-324 })])
      const { type: _type, intent: _intent, ...record } = answer
      const answers = await journal.answers(claim.session.id, [1, 2])
      expect(answers[0]).toEqual(record)
      expect(answers[1]?.usd).toBe(5e-324)
      expect((await journal.find(claim.session.id))?.spent.inputTokens).toBe(2 * Number.MAX_SAFE_INTEGER)
    })

    test('executions are told from first to last, each in its state', async () => {
      await using journal = await open()
      const claim = await journal.create(newSession())
      await journal.write(claim, [started(1), ended(1), started(2, { typescript: true }), ended(2, 'cut'), started(3), { type: 'execution.printed', execution: 3, prints: 7 }])
      expect(await journal.executions(claim.session.id)).toEqual([
        { execution: 1, cell: 'main', name: 'script.js', generation: 1, text: 'cell 1', typescript: false, state: 'ended', startedMs: 1_001, endedMs: 2_001, outcome: '{"value":1}', cpuMs: 1.5, prints: 0 },
        { execution: 2, cell: 'main', name: 'script.js', generation: 1, text: 'cell 2', typescript: true, state: 'cut', startedMs: 1_002, endedMs: 2_002, outcome: '{"value":2}', cpuMs: 1.5, prints: 0 },
        { execution: 3, cell: 'main', name: 'script.js', generation: 1, text: 'cell 3', typescript: false, state: 'running', startedMs: 1_003, endedMs: null, outcome: null, cpuMs: null, prints: 7 },
      ])
      expect(await journal.executions('none')).toEqual([])
    })

    test('the tape holds no entry of an execution that was cut or left', async () => {
      await using journal = await open()
      const claim = await journal.create(newSession())
      await journal.write(claim, [
        started(1), entry(1, 1), entry(2, 1), ended(1),
        started(2), entry(3, 2), ended(2, 'cut'),
        started(3), entry(4, 3), ended(3, 'left'),
        started(4), entry(5, 4),
      ])
      expect((await collect(journal.tape(claim.session.id))).map(({ n }) => n)).toEqual([1, 2, 5])
    })

    test('a tape of many pages comes in its order, and can be left in the middle', async () => {
      await using journal = await open()
      const claim = await journal.create(newSession())
      const count = 2_500
      await journal.write(claim, [started(1), ...Array.from({ length: count }, (_, index) => entry(index + 1, 1))])
      expect((await collect(journal.tape(claim.session.id))).map(({ n }) => n)).toEqual(Array.from({ length: count }, (_, index) => index + 1))
      for await (const page of journal.tape(claim.session.id)) {
        expect(page.length).toBeLessThan(count)
        break
      }
      expect(await collect(journal.tape('none'))).toEqual([])
    })

    test('a tape that was cut off goes on after the entry that stayed', async () => {
      await using journal = await open()
      const claim = await journal.create(newSession())
      await journal.write(claim, [started(1), entry(1, 1), entry(2, 1), entry(3, 1)])
      const { bytes } = (await journal.find(claim.session.id)) ?? { bytes: 0 }
      await journal.write(claim, [{ type: 'tape.cut', after: 1 }])
      expect((await collect(journal.tape(claim.session.id))).map(({ n }) => n)).toEqual([1])
      expect((await journal.find(claim.session.id))?.bytes).toBe(bytes / 3)
      await journal.write(claim, [entry(2, 1, 'again')])
      expect(await collect(journal.tape(claim.session.id))).toMatchObject([{ n: 1 }, { n: 2, entry: 'again' }])
      await journal.release(claim)
      expect((await journal.claim(claim.session.id)).last.entry).toBe(2)
    })

    test('a rerun leaves every execution so far, and keeps what was bought', async () => {
      await using journal = await open()
      const claim = await journal.create(newSession())
      await journal.write(claim, [started(1), entry(1, 1), answered(1), started(2)])
      await journal.write(claim, [{ type: 'executions.left' }, started(3), entry(2, 3), ended(2)])
      expect((await journal.executions(claim.session.id)).map(({ state }) => state)).toEqual(['left', 'left', 'running'])
      expect((await collect(journal.tape(claim.session.id))).map(({ n }) => n)).toEqual([2])
      expect(await journal.bought(claim.session.id, { cell: 'main', generation: 1 })).toHaveLength(1)
    })

    test('what was bought is told by cell and generation, in the order of buying', async () => {
      await using journal = await open()
      const claim = await journal.create(newSession())
      await journal.write(claim, [
        answered(1, { hash: 'a' }),
        answered(2, { hash: 'a', occurrence: 1 }),
        answered(3, { cell: 'other' }),
        answered(4, { generation: 2 }),
        answered(5, { hash: 'b' }),
      ])
      const { id } = claim.session
      expect(await journal.bought(id, { cell: 'main', generation: 1 })).toEqual([
        { answer: 1, hash: 'a', occurrence: 0 },
        { answer: 2, hash: 'a', occurrence: 1 },
        { answer: 5, hash: 'b', occurrence: 0 },
      ])
      expect(await journal.bought(id, { cell: 'main', generation: 3 })).toEqual([])
      expect(await journal.bought('none', { cell: 'main', generation: 1 })).toEqual([])
    })

    test('answers come in the order asked for, however many; numbers without an answer are left out', async () => {
      await using journal = await open()
      const claim = await journal.create(newSession())
      const count = 2_500
      await journal.write(claim, Array.from({ length: count }, (_, index) => answered(index + 1)))
      const { id } = claim.session
      expect((await journal.answers(id, [3, 99_999, 1, 3])).map(({ answer }) => answer)).toEqual([3, 1, 3])
      const backward = Array.from({ length: count }, (_, index) => count - index)
      expect((await journal.answers(id, backward)).map(({ answer }) => answer)).toEqual(backward)
      expect(await journal.bought(id, { cell: 'main', generation: 1 })).toHaveLength(count)
      const forward = backward.toReversed()
      expect((await journal.answers(id, forward)).map(({ answer }) => answer)).toEqual(forward)
      expect((await journal.answers(id, [2_499, 2_500, 2_501, 2_502])).map(({ answer }) => answer)).toEqual([2_499, 2_500])
      expect(await journal.answers(id, [])).toEqual([])
      expect(await journal.answers('none', [1])).toEqual([])
    })

    test('big answers come in the order asked for, forward, backward and with gaps', async () => {
      await using journal = await open()
      const claim = await journal.create(newSession())
      const numbers = Array.from({ length: 24 }, (_, index) => 2 * index + 1)
      await journal.write(claim, numbers.map((number) => answered(number, { text: `${number} ${'x'.repeat(200_000)}` })))
      const { id } = claim.session
      for (const asked of [numbers, numbers.toReversed(), Array.from({ length: 50 }, (_, index) => index + 1)]) {
        const expected = asked.filter((number) => numbers.includes(number))
        expect((await journal.answers(id, asked)).map(({ answer, text }) => [answer, text.split(' ')[0]])).toEqual(expected.map((number) => [number, `${number}`]))
      }
    })

    test('what each cell has bought is summed over its generations; an answer without a price leaves no price', async () => {
      await using journal = await open()
      const claim = await journal.create(newSession())
      await journal.write(claim, [
        answered(1, { cell: 'b' }),
        answered(2, { cell: 'a', usd: null }),
        answered(3, { cell: 'b', generation: 2 }),
        answered(4, { cell: 'b', attempts: 0, usd: null }),
        answered(5, { cell: 'a' }),
      ])
      expect(await journal.boughtByCell(claim.session.id)).toEqual([
        { cell: 'b', answers: 3, inputTokens: 20, outputTokens: 40, usd: 0.5 },
        { cell: 'a', answers: 2, inputTokens: 20, outputTokens: 40, usd: null },
      ])
      expect(await journal.boughtByCell('none')).toEqual([])
    })

    test('what a session has spent is the sum of its answers and of calls that failed', async () => {
      await using journal = await open()
      const claim = await journal.create(newSession())
      await journal.write(claim, [
        sent(1), answered(1, { intent: 1 }),
        sent(2), answered(2, { intent: 2, usd: null }),
        sent(3), { type: 'call.failed', intent: 3, inputTokens: 5, outputTokens: 0, usd: 0.125 },
        sent(4), { type: 'call.failed', intent: 4, inputTokens: 0, outputTokens: 0, usd: null },
        answered(3, { attempts: 0, usd: null }),
      ])
      expect(await journal.find(claim.session.id)).toMatchObject({
        answers: 3,
        executions: 0,
        spent: { queries: 4, inputTokens: 25, outputTokens: 40, usd: 0.375, unpriced: 1, unknownQueries: 0, unknownTokens: 0, unknownUsd: 0 },
      })
    })

    test('attempts that were cut off count as unknown cost, and as no question', async () => {
      await using journal = await open()
      const claim = await journal.create(newSession())
      const lost = (usd: number | null): Write => ({ type: 'call.lost', tokens: 100, usd })
      await journal.write(claim, [sent(1), lost(0.25), sent(1, { attempt: 2 }), lost(null)])
      await journal.write(claim, [lost(0.25), answered(1, { intent: 1 })])
      expect((await journal.find(claim.session.id))?.spent).toMatchObject({ queries: 1, usd: 0.25, unpriced: 0, unknownQueries: 0, unknownTokens: 300, unknownUsd: 0.5 })
    })

    test('calls that were in flight when a session was given up count as unknown cost', async () => {
      await using journal = await open()
      const claim = await journal.create(newSession())
      await journal.write(claim, [sent(1), sent(2, { usd: null }), sent(3)])
      await journal.write(claim, [sent(1, { attempt: 2, tokens: 120 })])
      await journal.write(claim, [sent(3, { attempt: 2 }), answered(1, { intent: 3 })])
      await journal.release(claim)
      const { session, last } = await journal.claim(claim.session.id)
      expect(session.spent).toMatchObject({ queries: 1, unknownQueries: 2, unknownTokens: 220, unknownUsd: 0.5 })
      expect(last).toEqual({ entry: 0, execution: 0, answer: 1, intent: 3 })
    })

    test('a session goes on at another time where its numbers stood', async () => {
      await using journal = await open()
      const claim = await journal.create(newSession())
      await journal.write(claim, [started(1), entry(1, 1), entry(2, 1), sent(1), answered(1, { intent: 1 })])
      await journal.release(claim)
      const again = await journal.claim(claim.session.id)
      expect(again.last).toEqual({ entry: 2, execution: 1, answer: 1, intent: 1 })
      expect(again.epoch).toBeGreaterThan(claim.epoch)
      await journal.write(again, [entry(3, 1), ended(1)])
      expect(await collect(journal.tape(claim.session.id))).toHaveLength(3)
    })

    test('a session that is owned cannot be claimed or removed; the refusal says by whom and since when', async () => {
      await using journal = await open()
      const claim = await journal.create(newSession({ name: 'mine' }))
      for (const refused of [journal.claim(claim.session.id), journal.remove(claim.session.id)]) {
        await expect(refused).rejects.toMatchObject({ code: 'IN_USE', message: expect.stringMatching(new RegExp(`"mine".*process.*${process.pid}.*since \\d{4}-`)) })
      }
      await journal.write(claim, [started(1)])
      expect((await journal.find('mine'))?.executions).toBe(1)
    })

    test('what was given up belongs to nobody, and writes to it are refused', async () => {
      await using journal = await open()
      const claim = await journal.create(newSession())
      await journal.release(claim)
      await journal.release(claim)
      expect((await journal.find(claim.session.id))?.owner).toBeNull()
      await expect(journal.write(claim, [started(1)])).rejects.toMatchObject({ code: 'IN_USE' })
      const again = await journal.claim(claim.session.id)
      await expect(journal.write(claim, [started(1)])).rejects.toMatchObject({ code: 'IN_USE' })
      await journal.release(claim)
      await journal.write(again, [started(1)])
      expect(await journal.executions(claim.session.id)).toHaveLength(1)
    })

    test('a session that is not there is NOT_FOUND', async () => {
      await using journal = await open()
      for (const refused of [journal.claim('none'), journal.remove('none'), Array.fromAsync(journal.export('none'))]) {
        await expect(refused).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('"none"') })
      }
    })

    test('a session changes its config, its generation and its name', async () => {
      await using journal = await open()
      const claim = await journal.create(newSession({ name: 'old' }))
      const changed = config({ model: 'sim/extract', args: { a: 1 } })
      await journal.write(claim, [{ type: 'session.changed', config: changed, generation: 2, name: 'new' }])
      expect(await journal.find('new')).toMatchObject({ config: changed, generation: 2 })
      expect(await journal.find('old')).toBeUndefined()
      await journal.create(newSession({ name: 'old' }))
      await journal.write(claim, [{ type: 'session.changed', name: null }])
      expect((await journal.find(claim.session.id))?.name).toBeNull()
    })

    test('a name that is taken is refused without an end to the session', async () => {
      await using journal = await open()
      await journal.create(newSession({ name: 'taken' }))
      const claim = await journal.create(newSession({ name: 'mine' }))
      await expect(journal.write(claim, [started(1), { type: 'session.changed', name: 'taken' }])).rejects.toMatchObject({ code: 'IN_USE' })
      await journal.write(claim, [{ type: 'session.changed', name: 'mine' }, started(2)])
      expect((await journal.executions(claim.session.id)).map(({ execution }) => execution)).toEqual([2])
      expect((await journal.find(claim.session.id))?.name).toBe('mine')
    })

    test('sessions are listed with the one used last first', async () => {
      await using journal = await open()
      const first = await journal.create(newSession({ name: 'first' }))
      await journal.create(newSession({ name: 'second' }))
      const start = Date.now()
      while (Date.now() === start); // used in another millisecond
      await journal.write(first, [started(1)])
      expect((await journal.list()).map((session) => session.name)).toEqual(['first', 'second'])
    })

    test('what was kept comes back by its hash, until the last session that names it is removed', async () => {
      await using journal = await open()
      const bytes = Buffer.from('stdin\0\xff', 'latin1')
      const hash = await journal.keep(bytes)
      expect(hash).toBe(createHash('sha256').update(bytes).digest('hex'))
      expect(await journal.keep(bytes)).toBe(hash)
      const documents = [{ name: 'stdin', path: null, bytes: bytes.length, mtimeMs: null, hash }]
      const one = await journal.create(newSession({ config: config({ documents }) }))
      const other = await journal.create(newSession())
      await journal.write(other, [{ type: 'session.changed', config: config({ documents }) }])
      await journal.release(one)
      await journal.release(other)

      await journal.remove(one.session.id)
      expect(Buffer.from(await journal.kept(hash)).equals(bytes)).toBe(true)
      await journal.remove(other.session.id)
      await expect(journal.kept(hash)).rejects.toMatchObject({ code: 'STORE', message: expect.stringContaining(hash) })
    })

    test('what comes in blocks is kept as their whole, and a stream of them that breaks leaves nothing', async () => {
      await using journal = await open()
      const bytes = Buffer.from('x'.repeat(300_000))
      const blocks = async function* (isTorn: boolean): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < bytes.length; at += 70_001) {
          // The same memory for every block, as a reader may have it.
          const block = Buffer.from(bytes.subarray(at, at + 70_001))
          yield block
          block.fill(0)
          if (isTorn) throw new Error('torn')
        }
      }
      await expect(journal.keep(blocks(true))).rejects.toThrow('torn')
      const [one, other] = await Promise.all([journal.keep(blocks(false)), journal.keep(blocks(false))])
      expect([one, other]).toEqual([one, await journal.keep(bytes)])
      expect(Buffer.from(await journal.kept(one)).equals(bytes)).toBe(true)
      const file = await journal.keptFile(one)
      if (file !== null) {
        expect(readFileSync(file).equals(bytes)).toBe(true)
        expect(readdirSync(dirname(file))).toEqual([one])
      }
      await expect(journal.keptFile('0'.repeat(64))).rejects.toMatchObject({ code: 'STORE' })
    })

    test('nothing at all can be kept, too', async () => {
      await using journal = await open()
      expect(await journal.kept(await journal.keep(new Uint8Array()))).toHaveLength(0)
    })

    test('a removed session is gone with those made from it, and its name is free', async () => {
      await using journal = await open()
      const root = await journal.create(newSession({ name: 'root' }))
      const child = await journal.create(newSession({ parent: root.session.id, root: root.session.id, depth: 1 }))
      const grandchild = await journal.create(newSession({ parent: child.session.id, root: root.session.id, depth: 2 }))
      const other = await journal.create(newSession())
      for (const claim of [root, child, grandchild, other]) await journal.write(claim, [started(1), entry(1, 1), sent(1), answered(1)])
      await journal.release(root)
      await journal.release(child)
      await expect(journal.remove(root.session.id)).rejects.toMatchObject({ code: 'IN_USE', message: expect.stringContaining(grandchild.session.id) })
      await journal.release(grandchild)
      await journal.remove(root.session.id)

      expect((await journal.list()).map(({ id }) => id)).toEqual([other.session.id])
      expect(await journal.executions(child.session.id)).toEqual([])
      expect(await collect(journal.tape(root.session.id))).toEqual([])
      expect(await journal.answers(root.session.id, [1])).toEqual([])
      expect(await journal.answers(other.session.id, [1])).toHaveLength(1)
      await journal.create(newSession({ name: 'root' }))
    })

    test('sessions unused for long are removed when nobody owns them', async () => {
      await using journal = await open()
      const unused = await journal.create(newSession())
      const parent = await journal.create(newSession())
      const child = await journal.create(newSession({ parent: parent.session.id, root: parent.session.id, depth: 1 }))
      await journal.release(unused)
      await journal.release(parent)
      expect(await journal.prune({ unusedForMs: 3_600_000 })).toEqual([])
      expect(await journal.prune({ unusedForMs: -1 })).toEqual([unused.session.id])
      await journal.release(child)
      expect(await journal.prune({ unusedForMs: -1 })).toEqual([parent.session.id, child.session.id])
      expect(await journal.list()).toEqual([])
    })

    test('an owner that is replaced, though it lives, writes no more, and what it had under way counts as unknown', async () => {
      await using journal = await open()
      const claim = await journal.create(newSession())
      const { id } = claim.session
      await journal.write(claim, [started(1), sent(1, { tokens: 5 })])
      await expect(journal.claim(id)).rejects.toMatchObject({ code: 'IN_USE' })
      const next = await journal.claim(id, { replaces: true })
      expect(next.epoch).toBeGreaterThan(claim.epoch)
      expect(next.session.spent).toMatchObject({ unknownQueries: 1, unknownTokens: 5 })
      await expect(Promise.resolve(journal.write(claim, [ended(1)]))).rejects.toMatchObject({ code: 'IN_USE' })
      await journal.write(next, [ended(1)])
      // Nor does it take anything from its successor as it leaves.
      await journal.release(claim)
      await expect(journal.claim(id)).rejects.toMatchObject({ code: 'IN_USE' })
    })

    test('sessions that are to stay are not pruned', async () => {
      await using journal = await open()
      const [first, second] = [await journal.create(newSession()), await journal.create(newSession())]
      await journal.release(first)
      await journal.release(second)
      expect(await journal.prune({ unusedForMs: -1, except: [first.session.id] })).toEqual([second.session.id])
      expect(await journal.find(first.session.id)).toBeDefined()
    })

    test('what nobody will come back to is pruned a few at a time, the longest unused first', async () => {
      await using journal = await open()
      const laterMs = (): void => {
        const start = Date.now()
        while (Date.now() === start); // used in another millisecond
      }
      const ids: string[] = []
      for (const [name, last] of [['named', ended(1)], [null, ended(1)], [null, started(2)], [null, ended(1, 'cut')], [null, ended(1)]] as const) {
        const claim = await journal.create(newSession({ name }))
        await journal.write(claim, [started(1), last])
        await journal.release(claim)
        ids.push(claim.session.id)
        laterMs()
      }
      expect(await journal.prune({ unusedForMs: 0, onlyUnnamed: true, atMost: 2 })).toEqual([ids[1], ids[3]])
      expect(await journal.prune({ unusedForMs: 0, onlyUnnamed: true })).toEqual([ids[4]])
      expect((await journal.list()).map(({ id }) => id)).toEqual([ids[2], ids[0]])
      expect(await journal.prune({ unusedForMs: 0 })).toEqual([ids[0], ids[2]])
    })

    test('an export has the session, its executions, its tape and its answers, a line of JSON each', async () => {
      await using journal = await open()
      const claim = await journal.create(newSession({ name: 'out' }))
      const count = 1_200
      const answers = Array.from({ length: count }, (_, index) => answered(2 * index + 1, { text: index === 0 ? 'two\nlines \ud800' : 'text' }))
      await journal.write(claim, [started(1), entry(1, 1, '{"a":1}'), entry(2, 1, 'no JSON'), ...answers, ended(1)])
      const lines = await Array.fromAsync(journal.export(claim.session.id))
      expect(lines.every((line) => !line.includes('\n'))).toBe(true)
      const read = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
      expect(read.slice(0, 5)).toMatchObject([
        { type: 'session', name: 'out', answers: count },
        { type: 'execution', execution: 1, outcome: { value: 1 }, state: 'ended' },
        { type: 'entry', n: 1, entry: { a: 1 } },
        { type: 'entry', n: 2, entry: 'no JSON' },
        { type: 'answer', answer: 1, text: 'two\nlines \ud800' },
      ])
      expect(read).toHaveLength(4 + count)
    })

    test('writes take effect in the order of the calls, waited for or not, and reads see them', async () => {
      await using journal = await open()
      const claims: Claim[] = []
      for (let index = 0; index < 3; index++) claims.push(await journal.create(newSession()))
      const writes: (Promise<void> | undefined)[] = []
      for (let n = 1; n <= 50; n++) {
        for (const claim of claims) {
          const these: Write[] = [{ type: 'entry', n, execution: 1, entry: `${n}` }]
          writes.push(journal.write(claim, these))
        }
        if (n % 10 === 0) {
          for (const claim of claims) expect(await collect(journal.tape(claim.session.id))).toHaveLength(n)
        }
      }
      await Promise.all(writes)
      for (const claim of claims) expect((await collect(journal.tape(claim.session.id))).map(({ n }) => n)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1))
    })

    test('a journal that was disposed says so', async () => {
      const journal = await open()
      const claim = await journal.create(newSession())
      await journal[Symbol.asyncDispose]()
      await journal[Symbol.asyncDispose]()
      for (const refused of [journal.find('x'), journal.create(newSession()), journal.claim('x'), journal.write(claim, [started(1)]), Array.fromAsync(journal.tape('x'))]) {
        await expect(refused).rejects.toMatchObject({ code: 'DISPOSED' })
      }
    })
  })
}
