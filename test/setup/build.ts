/** Nothing in; `dist`, built from the sources as they are, out. Before any test runs. */
import { build } from '../../benchmarks/built.ts'

export default build
