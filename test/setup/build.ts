/** Nothing in; `dist`, built from the sources as they are, out. Vitest calls it before any test runs. */
import { build } from '../../benchmarks/built.ts'

export function setup(): void {
  build()
}
