/** replm: a sandbox in a process of its own. Its host call is a question to a provider in this process. */
import type { Replm, Session } from '../../../src/index.ts'
import { loadBuilt } from '../../built.ts'
import type { Interpreter } from '../../interpreter.ts'

export async function prepareReplm(): Promise<() => Interpreter> {
  const { openReplm, defineProvider } = await loadBuilt()
  const add = defineProvider({
    name: 'add',
    query: async ({ prompt }) => ({ text: String(prompt.split(' ').reduce((sum, part) => sum + Number(part), 0)), usage: { inputTokens: 1, outputTokens: 1 } }),
  })
  return () => {
    const opening = openReplm({ providers: [add], model: 'add/x', store: ':memory:' })
    let replm: Replm | undefined
    let session: Session | undefined
    const run = async (cell: string): Promise<unknown> => (await session?.run(cell))?.value
    return {
      start: async () => {
        replm = await opening
        session = await replm.openSession()
      },
      execute: run,
      callHost: () => run("Number(await llmQuery('19 23'))"),
      lengthOf: (text) => run(`${JSON.stringify(text)}.length`),
      shutdown: async () => {
        await session?.[Symbol.asyncDispose]()
        await replm?.[Symbol.asyncDispose]()
      },
    }
  }
}
