/** The import directions of the design, as the linter enforces them, and one owner per package. */
import { execFile } from 'node:child_process'
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** File, what it imports, and whether it may. */
const imports: readonly (readonly [string, string, 'may' | 'must not'])[] = [
  ['src/types.ts', './errors.ts', 'must not'],
  ['src/types.ts', 'node:fs', 'must not'],
  ['src/errors.ts', './options/replmOptions.ts', 'must not'],
  ['src/protocol.ts', './host/sandbox.ts', 'must not'],
  ['src/options/replmOptions.ts', '../types.ts', 'may'],
  ['src/options/replmOptions.ts', './check.ts', 'may'],
  ['src/options/replmOptions.ts', '../host/replm.ts', 'must not'],
  ['src/options/replmOptions.ts', '../protocol.ts', 'must not'],
  ['src/index.ts', './host/replm.ts', 'may'],
  ['src/index.ts', './repl/cell.ts', 'must not'],
  ['src/index.ts', './cli/main.ts', 'must not'],
  ['src/repl/bridge.ts', '../host/calls.ts', 'must not'],
  ['src/repl/bridge.ts', '../protocol.ts', 'may'],
  ['src/repl/bridge.ts', '../options/replmOptions.ts', 'must not'],
  ['src/repl/bridge.ts', '../index.ts', 'must not'],
  ['src/repl/bridge.ts', 'isolated-vm', 'must not'],
  ['src/repl/bridge.ts', 'openai', 'must not'],
  ['src/repl/isolate.ts', 'isolated-vm', 'may'],
  ['src/repl/guest/api.ts', 'node:fs', 'must not'],
  ['src/repl/guest/api.ts', '../../host/calls.ts', 'must not'],
  ['src/repl/guest/api.ts', '../../protocol.ts', 'may'],
  ['src/repl/guest/api.ts', '../../errors.ts', 'must not'],
  ['src/repl/guest/api.ts', '../isolate.ts', 'must not'],
  ['src/repl/guest/api.ts', './host.ts', 'may'],
  ['src/host/session.ts', '../repl/isolate.ts', 'must not'],
  ['src/host/session.ts', '../cli/main.ts', 'must not'],
  ['src/host/session.ts', '../options/sessionOptions.ts', 'must not'],
  ['src/host/session.ts', './sandbox.ts', 'may'],
  ['src/host/session.ts', './dispatch/dispatcher.ts', 'must not'],
  ['src/host/calls.ts', './providers/openai.ts', 'must not'],
  ['src/host/calls.ts', './context/documents.ts', 'must not'],
  ['src/host/sandbox.ts', 'isolated-vm', 'must not'],
  ['src/host/replm.ts', './dispatch/dispatcher.ts', 'may'],
  ['src/host/replm.ts', '../options/replmOptions.ts', 'may'],
  ['src/host/replm.ts', '../repl/main.ts', 'must not'],
  ['src/host/providers/openai.ts', 'openai', 'may'],
  ['src/host/providers/openai.ts', '../dispatch/pump.ts', 'must not'],
  ['src/host/providers/ollama.ts', 'openai', 'must not'],
  ['src/host/providers/ollama.ts', 'undici', 'must not'],
  ['src/host/providers/ollama.ts', '../../options/replmOptions.ts', 'must not'],
  ['src/host/providers/sim/sim.ts', '../../../errors.ts', 'may'],
  ['src/host/providers/sim/sim.ts', '../../session.ts', 'must not'],
  ['src/host/context/documents.ts', '../dispatch/pump.ts', 'must not'],
  ['src/host/context/documents.ts', '../../types.ts', 'may'],
  ['src/host/jobs/sqliteEngine.ts', '../../types.ts', 'may'],
  ['src/host/jobs/sqliteEngine.ts', '../session.ts', 'must not'],
  ['src/host/jobs/sqliteEngine.ts', '../dispatch/pump.ts', 'must not'],
  ['src/host/jobs/sqliteEngine.ts', '../../options/replmOptions.ts', 'must not'],
  ['src/host/jobs/jobStore.ts', '../journal/database.ts', 'may'],
  ['src/host/jobs/jobStore.ts', '../journal/sqliteJournal.ts', 'must not'],
  ['src/host/jobs/jobStore.ts', 'node:sqlite', 'must not'],
  ['src/host/dispatch/pump.ts', '../providers/registry.ts', 'may'],
  ['src/host/dispatch/pump.ts', '../session.ts', 'must not'],
  ['src/host/dispatch/pump.ts', '../context/documents.ts', 'must not'],
  ['src/host/dispatch/layers/budget.ts', '../../../options/budget.ts', 'must not'],
  ['src/host/dispatch/layers/budget.ts', 'p-limit', 'must not'],
  ['src/host/dispatch/layers/telemetry.ts', '@opentelemetry/api', 'must not'],
  ['src/host/openTelemetry.ts', '@opentelemetry/api', 'may'],
  ['src/host/openTelemetry.ts', './dispatch/dispatcher.ts', 'must not'],
  ['src/host/dispatch/paths/pool.ts', '../../session.ts', 'must not'],
  ['src/workers/query.ts', '../host/providers/registry.ts', 'may'],
  ['src/workers/jobs.ts', '../host/jobs/jobStore.ts', 'may'],
  ['src/workers/query.ts', '../host/dispatch/pump.ts', 'must not'],
  ['src/workers/query.ts', '../host/dispatch/paths/lane.ts', 'must not'],
  ['src/workers/query.ts', '../options/replmOptions.ts', 'must not'],
  ['src/cli/run.ts', '../index.ts', 'may'],
  ['src/cli/doctor.ts', '../options/replmOptions.ts', 'may'],
  ['src/cli/run.ts', '../host/replm.ts', 'must not'],
  ['src/cli/run.ts', 'commander', 'must not'],
  ['src/cli/repl/talk.ts', '../report.ts', 'may'],
  ['src/cli/repl/talk.ts', '../../index.ts', 'may'],
  ['src/cli/jobs/store.ts', '../../options/replmOptions.ts', 'may'],
  ['src/cli/repl/talk.ts', '../../host/session.ts', 'must not'],
  ['src/cli/repl/talk.ts', '../../repl/cell.ts', 'must not'],
  ['src/cli/review/reviewer.ts', '../terminal.ts', 'may'],
  ['src/cli/review/reviewer.ts', '../../host/inputs.ts', 'must not'],
  ['src/cli/jobs/wait.ts', '../../index.ts', 'may'],
  ['src/cli/jobs/wait.ts', '../../host/jobs/openJobs.ts', 'must not'],
  ['src/cli/jobs/program.ts', 'commander', 'must not'],
  ['src/host/jobs/openJobs.ts', '../session.ts', 'must not'],
  ['src/host/jobs/jobInput.ts', '../../script.ts', 'may'],
  ['src/cli/program.ts', 'commander', 'may'],
  ['src/cli/serve.ts', '../server/server.ts', 'must not'],
  ['src/server/app.ts', 'hono', 'may'],
  ['src/server/guard.ts', 'hono', 'must not'],
  ['src/server/server.ts', '@hono/node-server', 'may'],
  ['src/server/server.ts', '../index.ts', 'must not'],
  ['src/server/server.ts', '../host/replm.ts', 'must not'],
  ['src/server/openapi.ts', '@hono/zod-openapi', 'may'],
  ['src/server/zod.ts', 'zod', 'may'],
  ['src/server/schemas.ts', 'zod', 'must not'],
  ['src/server/operations/jobs.ts', '../roots.ts', 'may'],
  ['src/server/operations/jobs.ts', '../../host/jobs/engine.ts', 'must not'],
  ['src/server/operations/jobs.ts', 'hono', 'must not'],
]

describe('import directions', () => {
  let folder: string
  const refused = new Set<string>()

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'replm-lint-'))
    cpSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
    const files = Map.groupBy(imports, ([file]) => file)
    for (const [file, rows] of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      // A dynamic import is an import as well.
      writeFileSync(join(folder, file), rows.map(([, specifier], index) => (index % 2 === 0 ? `export * as x${index} from '${specifier}'\n` : `export const x${index} = import('${specifier}')\n`)).join(''))
    }
    const lint = await promisify(execFile)(join(root, 'node_modules/.bin/oxlint'), ['--format=json'], { cwd: folder }).catch((error: { stdout: string }) => error)
    // The linter's own format; only what is read here is named.
    const { diagnostics } = JSON.parse(lint.stdout) as { diagnostics: { code: string; message: string; filename: string }[] }
    for (const { code, message, filename } of diagnostics) if (code.includes('no-restricted-imports')) refused.add(`${filename} ${/'(.*?)' import/.exec(message)?.[1]}`)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.each(imports)('%s, %s: %s', (file, specifier, verdict) => {
    expect(refused.has(`${file} ${specifier}`)).toBe(verdict === 'must not')
  })
})

describe('packages', () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: Record<string, string>; peerDependencies: Record<string, string> }
  // Types cost nothing and bind nothing; packages.ts says where the guest's packages lie.
  const sources = globSync('src/**/*.ts', { cwd: root, exclude: ['src/repl/packages.ts'] }).map((file) => ({
    file,
    text: readFileSync(join(root, file), 'utf8').replaceAll(/^import type [^']*'[^']*'$/gm, ''),
  }))

  /** Static and dynamic imports, `require` and its `resolve`. */
  function importsPackage(text: string, name: string): boolean {
    return new RegExp(String.raw`(?:\bfrom|\bimport|\bimport\(|\brequire\(|\bresolve\()\s*['"]${name.replaceAll('/', String.raw`\/`)}(?:\/[^'"]*)?['"]`).test(text)
  }

  test.each(Object.keys({ ...dependencies, ...peerDependencies }))('%s is imported in one file', (name) => {
    expect(sources.filter(({ text }) => importsPackage(text, name)).map(({ file }) => file)).toHaveLength(1)
  })
})
