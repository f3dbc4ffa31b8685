/**
 * How the tests run: `vitest run` for every test but the long suites, `vitest run --mode long` for those alone.
 * They run over `dist`, which is built first: what ships is tested, and hundreds of processes start in half the time.
 */
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))

/** Gives whoever imports a source from outside of `src` what was built of it. */
const built: Plugin = {
  name: 'built',
  enforce: 'pre',
  resolveId(source, importer) {
    const path = /(?:^|\/)src\/(.+)\.ts$/.exec(source)?.[1]
    if (path === undefined || importer === undefined || importer.startsWith(`${root}src/`)) return null
    return `${root}dist/${path}.js`
  },
}

export default defineConfig(({ mode }) => ({
  plugins: [built],
  test: {
    include: mode === 'long' ? ['test/long/**/*.test.ts'] : ['test/**/*.test.ts'],
    exclude: mode === 'long' ? [] : ['test/long/**'],
    globalSetup: 'test/setup/build.ts',
    server: { deps: { external: [/\/dist\//] } },
    // Real sandbox processes and signals want a process of their own, and the machine of CI has two cores.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: mode === 'long' ? 600_000 : 30_000,
    hookTimeout: mode === 'long' ? 600_000 : 30_000,
    coverage: { include: ['src/**'], exclude: ['src/repl/guest/**'] },
  },
}))
