/** A package's name in; the file of it that the guest's runtime loads out. The sandbox process may read the package's folder. */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'

const require = createRequire(import.meta.url)

/** Files of the packages that run inside the isolate, by specifier. */
export const guestPackages: Readonly<Record<string, string>> = Object.freeze({
  '@cfworker/json-schema': `${dirname(require.resolve('@cfworker/json-schema/package.json'))}/dist/esm/index.js`,
})
