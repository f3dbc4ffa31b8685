import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const source = (path: string): string => new URL(`../../src/${path}`, import.meta.url).href

/** Runs a program where @opentelemetry/api cannot be found, as in most installations; `wanted` says whether anybody looked for it. */
async function withoutThePackage(program: string): Promise<{ readonly result: string; readonly wanted: boolean }> {
  const hooks = `
    import { registerHooks } from 'node:module'
    let wanted = false
    registerHooks({ resolve: (specifier, context, next) => {
      if (!specifier.startsWith('@opentelemetry/')) return next(specifier, context)
      wanted = true
      throw Object.assign(new Error('Cannot find package ' + specifier), { code: 'ERR_MODULE_NOT_FOUND' })
    } })
    const { openReplm } = await import(${JSON.stringify(source('index.ts'))})
    const provider = { name: 'shout', pricing: 'free', query: async ({ prompt }) => ({ text: prompt.toUpperCase(), usage: { inputTokens: 1, outputTokens: 1 } }) }
    const options = { providers: [provider], model: 'shout/x', store: ':memory:' }
    const noop = () => undefined
    const span = { setAttributes: noop, setStatus: noop, isRecording: () => true, end: () => { spans += 1 } }
    let spans = 0
    const tracer = { startActiveSpan: (name, options, work) => work(span) }
    const result = await (async () => { ${program} })()
    console.log(JSON.stringify({ result, wanted }))
  `
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', hooks], { cwd: fileURLToPath(new URL('../..', import.meta.url)) })
  // Written by the program above.
  return JSON.parse(stdout) as { result: string; wanted: boolean }
}

describe('where @opentelemetry/api is not installed', () => {
  it('a replm without telemetry works, and does not look for it', async () => {
    expect(await withoutThePackage(`await using replm = await openReplm(options); return (await replm.query('hello')).text`)).toEqual({ result: 'HELLO', wanted: false })
  })

  it('one with telemetry is CONFIG, and says what to install', async () => {
    const { result } = await withoutThePackage(`return openReplm({ ...options, telemetry: true }).then(() => 'opened', ({ code, message }) => code + ': ' + message)`)
    expect(result).toMatch(/^CONFIG: .*npm install @opentelemetry\/api/)
  })

  it('one that is given a tracer does without measurements', async () => {
    const { result } = await withoutThePackage(`await using replm = await openReplm({ ...options, telemetry: { tracer } }); return (await replm.query('hello')).text + spans`)
    expect(result).toBe('HELLO1')
  })
})
