/** An open database in; the same with the newest tables, out. */
import type { DatabaseSync } from 'node:sqlite'
import { applicationId as ours, migrations as known, type Migration } from './schema.ts'
import { foreignDatabase, newerVersion } from './storeError.ts'

/** What tells databases of a kind, and the steps to the newest tables of it. */
export interface Schema {
  readonly applicationId: number
  readonly migrations: readonly Migration[]
}

const journal: Schema = { applicationId: ours, migrations: known }

/** Takes every missing step in one transaction: a crash in the middle leaves the store as it was. Throws STORE for a store of a newer replm, and for a database of another program. */
export function migrate(database: DatabaseSync, file: string, schema = journal): void {
  if (missing(database, file, schema).length === 0) return
  database.exec('BEGIN IMMEDIATE')
  try {
    // Looked at again under the lock: another process may have been quicker.
    for (const { version, sql } of missing(database, file, schema)) database.exec(`${sql}; PRAGMA user_version = ${version}`)
    database.exec(`PRAGMA application_id = ${schema.applicationId}; COMMIT`)
  } catch (thrown) {
    database.exec('ROLLBACK')
    throw thrown
  }
}

/** Throws as {@link migrate} does, and changes nothing. */
export function checkVersion(database: DatabaseSync, file: string, schema = journal): void {
  missing(database, file, schema)
}

function missing(database: DatabaseSync, file: string, { applicationId, migrations }: Schema): readonly Migration[] {
  const version = pragma(database, 'user_version')
  const application = pragma(database, 'application_id')
  const newest = migrations.at(-1)?.version ?? 0
  const isEmpty = version === 0 && application === 0 && database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined
  if (!isEmpty && application !== applicationId) throw foreignDatabase(file)
  if (version > newest) throw newerVersion(file, version, newest)
  return migrations.filter((migration) => migration.version > version)
}

function pragma(database: DatabaseSync, name: 'user_version' | 'application_id'): number {
  const row = database.prepare(`PRAGMA ${name}`).get() as Record<string, number> // as the statement says
  return row[name] ?? 0
}
