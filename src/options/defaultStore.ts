/** The environment in; where the journal lies when no `store` is named, out. */
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Variables by name, as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Where the journal lies when no `store` is named: the user's data folder, by the custom of the platform. */
export function defaultStore(env: Environment): string {
  const data =
    process.platform === 'win32' ? (env['LOCALAPPDATA'] || join(homedir(), 'AppData', 'Local'))
    : process.platform === 'darwin' ? join(homedir(), 'Library', 'Application Support')
    : (env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'))
  return join(data, 'replm', 'replm.db')
}
