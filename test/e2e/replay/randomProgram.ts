/** A seed in; cells of random steps whose order nobody knows beforehand, out. */
import { createRandom } from './model.ts'
import type { Program } from './programs.ts'

const steps: readonly string[] = [
  `note(await llmQuery('q' + next()))`,
  `note(await llmQuery('q' + next() + ' ' + seen.length))`,
  `note(await llmBatchQuery(['b' + next(), 'c' + next(), 'd' + next()]))`,
  `note(await llmBatchQuery(Array.from({ length: 7 }, () => 'e' + next()), { concurrency: 2 }))`,
  `note((await llmBatchQuery(['fail ' + next(), 'f' + next()], { settle: true })).map((slot) => slot.ok ? slot.text : slot.error.message))`,
  `note(await llmBatchQuery(await llmBatchQuery(['g' + next(), 'h' + next()])))`,
  `note(await Promise.race([llmQuery('i' + next()), sleep(3).then(() => 'slept'), llmQuery('j' + next())]))`,
  `note(await Promise.any([llmQuery('fail ' + next()), llmQuery('k' + next()), llmQuery('l' + next())]))`,
  `try { await llmQuery('fail ' + next()) } catch (error) { note(error.code, error.message, await llmQuery('instead ' + next())) }`,
  `try { await llmQuery('never ' + next(), { signal: AbortSignal.timeout(3) }) } catch (error) { note(error.name) }`,
  `{ const controller = new AbortController(); const asked = llmQuery('never ' + next(), { signal: controller.signal }).catch((error) => note(error.name)); await llmQuery('m' + next()); controller.abort(); await asked }`,
  `note(Date.now(), performance.now(), new Date().toISOString(), Temporal.Now.instant().toString())`,
  `{ const until = performance.now() + 2; let spins = 0; while (performance.now() < until) spins++; note(spins) }`,
  `note(Math.random(), crypto.randomUUID(), crypto.getRandomValues(new Uint8Array(3)).join())`,
  `await sleep(2); note('slept', Date.now())`,
  `for await (const piece of llmStream('n' + next())) note(piece)`,
  `for await (const piece of llmStream('o' + next())) { note(piece); if (seen.length % 3 === 0) break }`,
  `for await (const slot of llmBatchStream(['p' + next(), 'fail ' + next(), 'r' + next()])) note(slot.index, slot.ok, slot.text)`,
  `for await (const slot of llmBatchStream(Array.from({ length: 6 }, () => 's' + next()), { concurrency: 3 })) { note(slot.index); if (seen.length % 4 === 0) break }`,
  `note(await budget())`,
  `note(await docs[0].slice(next(), next() + 20), await docs[0].lines())`,
  `for await (const chunk of docs[0].chunks({ chars: 500 })) note(chunk, await llmQuery('about ' + next()))`,
  `await new Promise((resolve) => { let ticks = 0; const timer = setInterval(() => { note('tick', ++ticks); if (ticks === 3) { clearInterval(timer); resolve() } }, 1) })`,
  `setTimeout(() => note('later', Math.random(), Date.now()), 2)`,
  `setTimeout(async () => note('later', await llmQuery('later ' + next())), 1)`,
  `void llmQuery('left ' + next()).then((text) => note('left', text), (error) => note('left', error.code))`,
  `note(await llmQuery('json ' + next(), { schema: { type: 'object', required: ['n'] } }).catch((error) => error.code))`,
  `if (seen.length % 2 === 0) note(await llmQuery('even ' + next())); else { await sleep(1); note('odd') }`,
  `console.error('beside', seen.length)`,
  `const made = (globalThis.made ?? 0) + 1; globalThis.made = made; note(made)`,
]

/** How a cell may end. */
const ends: readonly string[] = ['', '', '', 'seen.length', `throw new Error('end ' + seen.length)`, 'await final(seen.length)', `FINAL(seen.length)`]

export function randomProgram(seed: number): Program {
  const random = createRandom(seed)
  const step = (): string => `{ ${steps[random(steps.length)]} }`
  const some = (count: number): string => Array.from({ length: 1 + random(count) }, step).join('\n')
  const statement = (): string => {
    switch (random(4)) {
      case 0:
        return `await Promise.all([${Array.from({ length: 2 + random(3) }, () => `(async () => { ${some(3)} })()`).join(', ')}])`
      case 1:
        return `for (let i = 0; i < 3; i++) { ${some(2)} }`
      default:
        return step()
    }
  }
  const cell = (): string => [...Array.from({ length: 2 + random(4) }, statement), ends[random(ends.length)]].join('\n')
  return {
    name: `random steps ${seed}`,
    cells: [`var seen = []; var count = 0; const next = () => count++; const note = (...what) => { seen.push(what); console.log(JSON.stringify(what)) }`, ...Array.from({ length: 2 + random(4) }, cell)],
  }
}
