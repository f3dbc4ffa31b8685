/** This machine in; what works on it, what does not and the command that mends it, in one screen, out. */
import { mkdtemp, open, rmdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { ContainmentReport, DispatchPath, FoundProvider, Replm, Sessions } from '../index.ts'
import { ReplmError } from '../errors.ts'
import { resolveReplmOptions } from '../options/replmOptions.ts'
import { stateOf } from './models.ts'
import { toReplmError } from './outcome.ts'
import { whyUnreachable } from './reach.ts'
import type { CommonOptions, Stage } from './stage.ts'
import { counted, sizeText } from './sessions/words.ts'
import { table } from './table.ts'
import { showControls, type Terminal } from './terminal.ts'

interface Check {
  readonly name: string
  /** 'bad' makes replm unusable; 'weak' leaves something out. */
  readonly state: 'ok' | 'weak' | 'bad'
  readonly detail: string
  /** What mends it; null where nothing needs to be. */
  readonly mend: string | null
}

/** How long a server that somebody named may take to answer anything, in milliseconds. */
const reachMs = 1_000

/** `replm doctor`. Exit code 0 when programs can run here, be it with the offline model only. */
export async function examine({ json, store }: CommonOptions, { terminal, env }: Stage): Promise<number> {
  const { openReplm, probeContainment } = await import('../index.ts')
  const options = store === undefined ? {} : { store }
  await using replm = await openReplm(options)
  const providers = await replm.providers()
  const [containment, answering, standard, paths, journal] = await Promise.all([
    probeContainment(),
    Promise.all(providers.map((provider) => checkProvider(provider, { env, offered: replm.offered.bind(replm) }))),
    replm.defaultModel().catch(() => null),
    Promise.all((['async', 'pool'] as const).map((path) => checkPath(path, replm.dispatch))),
    checkStore(resolveReplmOptions(options, env).store, replm.sessions),
  ])
  const checks: readonly Check[] = [
    checkNode(),
    ...checkContainment(containment),
    checkDispatch(replm.dispatch, env),
    ...paths,
    ...answering,
    checkModel(standard, answering),
    journal,
  ]
  const ok = checks.every(({ state }) => state !== 'bad')
  if (json === true) terminal.write(`${JSON.stringify({ ok, containment: containment.level, dispatch: replm.dispatch, model: standard, checks, providers })}\n`)
  else terminal.write(screen(checks, ok, terminal))
  return ok ? 0 : 2
}

function checkNode(): Check {
  return { name: 'node', state: 'ok', detail: `${process.version} at ${process.execPath}`, mend: null }
}

/** The level, and below it what a sandbox tried on this machine. Missing namespaces are a level less; a wall that does not hold is a fault. */
function checkContainment({ level, checks }: ContainmentReport): Check[] {
  const walls = checks.map(({ name, ok, detail, mend }): Check => ({ name: `  ${name}`, state: ok ? 'ok' : name === 'namespaces' ? 'weak' : 'bad', detail, mend: ok ? null : (mend ?? null) }))
  return [{ name: 'sandbox', state: level === 'contained' ? 'ok' : 'weak', detail: `${level}: one was started and tried each of these`, mend: null }, ...walls]
}

const howPaths = {
  async: 'questions are asked on the host’s loop',
  pool: 'questions are asked in worker threads',
  auto: 'questions start on the host’s loop; while that is busy for a third of its time, threads are tried, and asked where they answer sooner',
}

/** Which way questions leave the host, who said so, and what it does. */
function checkDispatch(path: DispatchPath, env: Stage['env']): Check {
  const from = (env['REPLM_DISPATCH'] ?? '') === '' ? 'the default' : 'of REPLM_DISPATCH'
  return { name: 'dispatch', state: 'ok', detail: `${path} (${from}): ${howPaths[path]}`, mend: null }
}

/** Asks the offline model one question, and looks whether it was answered where it was to be: in a thread that really started, or on the loop. */
async function checkPath(path: 'async' | 'pool', configured: DispatchPath): Promise<Check> {
  const name = `  ${path}`
  const started = performance.now()
  try {
    const { openReplm } = await import('../index.ts')
    await using replm = await openReplm({ dispatch: path, model: 'sim/echo', store: ':memory:' })
    const answer = await replm.query('Does this path work?')
    if (answer.text === '' || answer.path !== path) throw new Error(`a question was answered on ${answer.path ?? 'no path'}, with ${answer.text === '' ? 'nothing' : 'a text'}`)
    return { name, state: 'ok', detail: `sim/echo answered ${path === 'pool' ? 'in a worker thread' : 'on the loop'} after ${Math.round(performance.now() - started)} ms, start included`, mend: null }
  } catch (thrown) {
    // Without threads, auto stays on the loop.
    const isNeeded = path === 'async' || configured === 'pool'
    return { name, state: isNeeded ? 'bad' : 'weak', detail: toReplmError(thrown).message, mend: `npm ci   (in a clone), or install replm again${path === 'pool' ? '; until then: --dispatch async' : ''}` }
  }
}

interface Around {
  readonly env: Stage['env']
  readonly offered: Replm['offered']
}

async function checkProvider(provider: FoundProvider, { env, offered }: Around): Promise<Check> {
  const { name, ready, key, baseUrl, baseVariable, problem } = provider
  if (!ready) return { name, state: 'weak', detail: problem ?? stateOf(provider), mend: null }
  if (name === 'sim') return { name, state: 'ok', detail: `offline: ${(await offered(name)).map(({ id }) => `${name}/${id}`).join(', ')}`, mend: null }
  if (baseUrl === null || baseVariable === null) return { name, state: 'ok', detail: 'ready', mend: null }
  // One that takes no key is a local one, and is ready because it has answered.
  if (key === 'none') return { name, state: 'ok', detail: baseUrl, mend: null }
  if ((env[baseVariable] ?? '').trim() === '') return { name, state: 'ok', detail: `${baseUrl} (the key is set; not tried: only a question would tell)`, mend: null }
  const why = await whyUnreachable(baseUrl, { timeoutMs: reachMs })
  if (why === null) return { name, state: 'ok', detail: `${baseUrl} answers`, mend: null }
  return { name, state: 'weak', detail: `${baseUrl} does not answer: ${why}`, mend: `start the server there, or set ${baseVariable} to where it is` }
}

function checkModel(standard: string | null, providers: readonly Check[]): Check {
  const own = providers.find(({ name }) => standard?.startsWith(`${name}/`) === true)
  if (standard !== null && own?.state === 'weak') return { name: 'model', state: 'weak', detail: `${standard} is asked where none is named, and ${own.name} does not answer`, mend: null }
  if (standard !== null) return { name: 'model', state: 'ok', detail: `${standard} answers where none is named`, mend: null }
  return { name: 'model', state: 'weak', detail: 'none is found where none is named', mend: 'export OPENAI_API_KEY=…   or: ollama serve   or: -m sim/extract' }
}

async function checkStore(store: string, kept: Sessions): Promise<Check> {
  if (store === ':memory:') return { name: 'store', state: 'ok', detail: 'in memory: kept until the process ends', mend: null }
  try {
    const known = await stat(store).catch(() => null)
    // By trying: permissions do not tell all, and root has every one.
    if (known === null) {
      await rmdir(await mkdtemp(join(await nearestFolder(dirname(resolve(store))), '.replm-')))
      return { name: 'store', state: 'ok', detail: `${store} (will be made)`, mend: null }
    }
    await (await open(store, 'r+')).close()
    const [version, sessions, bytes] = await Promise.all([kept.version(), kept.list(), kept.size()])
    return { name: 'store', state: 'ok', detail: `${store}: version ${version}, ${counted(sessions.length, 'session')}, ${sizeText(bytes)}`, mend: null }
  } catch (error) {
    return { name: 'store', state: 'bad', detail: error instanceof ReplmError ? error.message : `${store}: ${error instanceof Error ? error.message : String(error)}`, mend: '--store FILE, in a folder that you may write to' }
  }
}

/** What is not there yet will be made in the nearest folder that is. */
async function nearestFolder(path: string): Promise<string> {
  const known = await stat(path).catch(() => null)
  return known !== null || dirname(path) === path ? path : nearestFolder(dirname(path))
}

function screen(checks: readonly Check[], ok: boolean, terminal: Terminal): string {
  const marks = { ok: terminal.paint('green', 'ok  ', 'stdout'), weak: terminal.paint('yellow', '-   ', 'stdout'), bad: terminal.paint('red', 'BAD ', 'stdout') }
  const lines = table(checks.map(({ name, detail }) => [showControls(name), showControls(detail)])).split('\n')
  const rows = checks.flatMap(({ state, mend }, index) => [`${marks[state]}${lines[index]}`, ...(mend === null ? [] : [`      ${showControls(mend)}`])])
  return `${rows.join('\n')}\n\n${ok ? 'Programs can run here.' : 'Programs cannot run here yet: mend what is BAD.'}\n`
}
