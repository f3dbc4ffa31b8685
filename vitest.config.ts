/** How the tests run: `vitest run` for every test but the long suites, `vitest run --mode long` for those alone. */
import { defineConfig } from 'vitest/config'

export default defineConfig(({ mode }) => ({
  test: {
    include: mode === 'long' ? ['test/long/**/*.test.ts'] : ['test/**/*.test.ts'],
    exclude: mode === 'long' ? [] : ['test/long/**'],
    // Real sandbox processes and signals want a process of their own, and the machine of CI has two cores.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: mode === 'long' ? 600_000 : 30_000,
    hookTimeout: mode === 'long' ? 600_000 : 30_000,
    coverage: { include: ['src/**'], exclude: ['src/repl/guest/**'] },
  },
}))
