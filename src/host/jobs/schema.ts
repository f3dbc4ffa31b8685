/** The tables of jobs, as steps from each version to the next. */
import type { Schema } from '../journal/migrate.ts'

/*
 * Columns of type ANY take texts from outside, whatever their code units (see column.ts of the journal).
 * What may be big stands in tables of its own: `jobs` is what is looked at and changed.
 * `workers` are engines that have jobs at work or hold groups; `holds` says which.
 */
const first = `
CREATE TABLE jobs (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  kind ANY NOT NULL,
  pool ANY NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'queued', 'running', 'awaiting_input', 'completed', 'failed', 'canceled')),
  epoch INTEGER NOT NULL DEFAULT 0,
  worker TEXT,
  idempotency_key ANY UNIQUE,
  input_hash TEXT,
  priority INTEGER NOT NULL,
  not_before_ms INTEGER,
  deadline_ms INTEGER,
  ttl_ms INTEGER NOT NULL,
  max_attempts INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  deaths INTEGER NOT NULL DEFAULT 0,
  session ANY,
  input_key ANY,
  fraction REAL,
  step ANY,
  done REAL,
  total REAL,
  processing REAL NOT NULL DEFAULT 0,
  succeeded REAL NOT NULL DEFAULT 0,
  errored REAL NOT NULL DEFAULT 0,
  canceled REAL NOT NULL DEFAULT 0,
  error TEXT,
  created_ms INTEGER NOT NULL,
  started_ms INTEGER,
  ended_ms INTEGER,
  cancel_requested_ms INTEGER,
  remove_ms INTEGER,
  last_event INTEGER NOT NULL DEFAULT 0,
  progress_events INTEGER NOT NULL DEFAULT 0,
  progress_event_ms INTEGER NOT NULL DEFAULT 0,
  progress_untold INTEGER NOT NULL DEFAULT 0 CHECK (progress_untold IN (0, 1)),
  told_events INTEGER NOT NULL DEFAULT 0,
  told_bytes REAL NOT NULL DEFAULT 0,
  told_dropped INTEGER NOT NULL DEFAULT 0 CHECK (told_dropped IN (0, 1))
) STRICT;
CREATE INDEX jobs_to_claim ON jobs (pool, kind, priority DESC, key) WHERE status = 'queued';
CREATE INDEX jobs_to_queue ON jobs (not_before_ms) WHERE status = 'pending';
CREATE INDEX jobs_to_expire ON jobs (deadline_ms) WHERE deadline_ms IS NOT NULL AND status IN ('pending', 'queued', 'awaiting_input');
CREATE INDEX jobs_to_remove ON jobs (remove_ms) WHERE remove_ms IS NOT NULL;
CREATE INDEX jobs_alive ON jobs (pool) WHERE ended_ms IS NULL;
CREATE INDEX jobs_at_work ON jobs (worker) WHERE status = 'running';
CREATE INDEX jobs_by_status ON jobs (status, key);
CREATE INDEX jobs_by_kind ON jobs (kind, status, key);

CREATE TABLE inputs (job INTEGER PRIMARY KEY, input TEXT) STRICT;
CREATE TABLE results (job INTEGER PRIMARY KEY, result TEXT) STRICT;

CREATE TABLE requests (
  job INTEGER NOT NULL,
  key ANY NOT NULL,
  asked INTEGER NOT NULL,
  head TEXT NOT NULL,
  data TEXT NOT NULL,
  action ANY,
  answer TEXT,
  PRIMARY KEY (job, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  job INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  type ANY NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (job, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE workers (
  instance TEXT PRIMARY KEY,
  pid INTEGER NOT NULL,
  started TEXT,
  place TEXT NOT NULL,
  host ANY NOT NULL,
  lease_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE holds (pool ANY NOT NULL, instance TEXT NOT NULL, PRIMARY KEY (pool, instance)) STRICT, WITHOUT ROWID;
CREATE INDEX holds_by_instance ON holds (instance);
`

/*
 * Jobs of one session come one after another: `waits` is 1 for all of them but the first, and only that one can be claimed. `jobs_to_begin` has the sessions of those that nobody has begun yet.
 * Cells that were submitted before had their session in their input alone; of those of one session the oldest comes first.
 */
const second = `
ALTER TABLE jobs ADD COLUMN waits INTEGER NOT NULL DEFAULT 0 CHECK (waits IN (0, 1));
DROP INDEX jobs_to_claim;
CREATE INDEX jobs_to_claim ON jobs (pool, kind, priority DESC, key) WHERE status = 'queued' AND waits = 0;
CREATE INDEX jobs_in_session ON jobs (session, waits, key) WHERE session IS NOT NULL AND status IN ('queued', 'running', 'awaiting_input');
CREATE INDEX jobs_to_begin ON jobs (pool, kind, session) WHERE status = 'queued' AND waits = 0 AND epoch = 0 AND session IS NOT NULL;
UPDATE jobs SET session = (SELECT json_extract(input, '$.session') FROM inputs WHERE job = key)
 WHERE kind = 'cell' AND session IS NULL AND ended_ms IS NULL AND (SELECT json_type(input, '$.session') FROM inputs WHERE job = key) = 'text';
UPDATE jobs SET fraction = 1 WHERE status = 'completed';
UPDATE jobs SET waits = 1
 WHERE session IS NOT NULL AND status IN ('queued', 'running', 'awaiting_input')
   AND EXISTS (SELECT 1 FROM jobs other WHERE other.session = jobs.session AND other.status IN ('queued', 'running', 'awaiting_input') AND other.key < jobs.key);
`

/** `rplj`, as `PRAGMA application_id`. */
export const jobsSchema: Schema = Object.freeze({ applicationId: 0x72706c6a, migrations: Object.freeze([{ version: 1, sql: first }, { version: 2, sql: second }]) })
