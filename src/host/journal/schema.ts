/** The tables of a store, as steps from each version to the next. */

/** One step: what makes a store of the version before one of this version. A step that has been released is never changed. */
export interface Migration {
  readonly version: number
  readonly sql: string
}

/** `rplm`, as `PRAGMA application_id`: tells a store from other programs' databases. */
export const applicationId = 0x72706c6d

/*
 * Columns of type ANY take texts from outside, whatever their code units (see column.ts). Sums are REAL: they may pass 2^53.
 * `sessions` is written by every commit, so it is narrow; what is big stands in tables of its own.
 */
const first = `
CREATE TABLE sessions (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name ANY UNIQUE,
  parent TEXT,
  root TEXT NOT NULL,
  depth INTEGER NOT NULL,
  generation INTEGER NOT NULL DEFAULT 1,
  epoch INTEGER NOT NULL DEFAULT 1,
  removed INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1)),
  owner_pid INTEGER,
  owner_started TEXT,
  owner_place TEXT,
  owner_host ANY,
  owner_instance TEXT,
  owner_since_ms INTEGER,
  lease_ms INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL,
  used_ms INTEGER NOT NULL,
  config_ms INTEGER NOT NULL,
  queries REAL NOT NULL DEFAULT 0,
  input_tokens REAL NOT NULL DEFAULT 0,
  output_tokens REAL NOT NULL DEFAULT 0,
  usd REAL NOT NULL DEFAULT 0,
  unpriced REAL NOT NULL DEFAULT 0,
  unknown_queries REAL NOT NULL DEFAULT 0,
  unknown_tokens REAL NOT NULL DEFAULT 0,
  unknown_usd REAL NOT NULL DEFAULT 0,
  executions INTEGER NOT NULL DEFAULT 0,
  answers INTEGER NOT NULL DEFAULT 0,
  answer_bytes REAL NOT NULL DEFAULT 0,
  entry_bytes REAL NOT NULL DEFAULT 0,
  last_entry INTEGER NOT NULL DEFAULT 0,
  last_execution INTEGER NOT NULL DEFAULT 0,
  last_answer INTEGER NOT NULL DEFAULT 0,
  last_intent INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX sessions_by_parent ON sessions (parent) WHERE parent IS NOT NULL;

CREATE TABLE configs (session INTEGER PRIMARY KEY, config TEXT NOT NULL) STRICT;

CREATE TABLE executions (
  session INTEGER NOT NULL,
  execution INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'ended', 'cut', 'left')),
  typescript INTEGER NOT NULL,
  started_ms REAL NOT NULL,
  ended_ms REAL,
  cpu_ms REAL,
  prints INTEGER NOT NULL DEFAULT 0,
  cell ANY NOT NULL,
  name ANY NOT NULL,
  outcome ANY,
  text ANY NOT NULL,
  PRIMARY KEY (session, execution)
) STRICT, WITHOUT ROWID;

CREATE TABLE tape (
  session INTEGER NOT NULL,
  n INTEGER NOT NULL,
  execution INTEGER NOT NULL,
  entry ANY NOT NULL,
  PRIMARY KEY (session, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE answers (
  key INTEGER PRIMARY KEY,
  session INTEGER NOT NULL,
  answer INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  occurrence INTEGER NOT NULL,
  finish_reason TEXT NOT NULL,
  input_tokens REAL NOT NULL,
  output_tokens REAL NOT NULL,
  usd REAL,
  queue_ms REAL NOT NULL,
  llm_ms REAL NOT NULL,
  attempts INTEGER NOT NULL,
  cell ANY NOT NULL,
  hash ANY NOT NULL,
  model ANY NOT NULL,
  text ANY NOT NULL
) STRICT;
CREATE UNIQUE INDEX answers_by_number ON answers (session, answer);
CREATE INDEX answers_by_cell ON answers (session, generation, cell);

CREATE TABLE intents (
  session INTEGER NOT NULL,
  intent INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  execution INTEGER NOT NULL,
  occurrence INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  tokens REAL NOT NULL,
  usd REAL,
  hash ANY NOT NULL,
  model ANY NOT NULL,
  PRIMARY KEY (session, intent)
) STRICT, WITHOUT ROWID;

CREATE TABLE contents (hash TEXT PRIMARY KEY, bytes INTEGER NOT NULL, file TEXT NOT NULL, kept_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE session_contents (session INTEGER NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (session, hash)) STRICT, WITHOUT ROWID;
CREATE INDEX session_contents_by_hash ON session_contents (hash);

CREATE TABLE jobs (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  session INTEGER,
  status TEXT NOT NULL CHECK (status IN ('pending', 'queued', 'running', 'awaiting_input', 'completed', 'failed', 'canceled')),
  idempotency_key ANY UNIQUE,
  input ANY NOT NULL,
  priority INTEGER NOT NULL DEFAULT 0,
  not_before_ms INTEGER NOT NULL DEFAULT 0,
  deadline_ms INTEGER,
  ttl_ms INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER NOT NULL DEFAULT 1,
  epoch INTEGER NOT NULL DEFAULT 0,
  owner_pid INTEGER,
  owner_started TEXT,
  owner_place TEXT,
  owner_host ANY,
  owner_instance TEXT,
  owner_since_ms INTEGER,
  lease_ms INTEGER NOT NULL DEFAULT 0,
  progress_fraction REAL,
  progress_step ANY,
  progress_done INTEGER,
  progress_total INTEGER,
  count_processing INTEGER NOT NULL DEFAULT 0,
  count_succeeded INTEGER NOT NULL DEFAULT 0,
  count_errored INTEGER NOT NULL DEFAULT 0,
  count_canceled INTEGER NOT NULL DEFAULT 0,
  cancel_requested_ms INTEGER,
  input_key ANY,
  input_request ANY,
  input_response ANY,
  result ANY,
  error ANY,
  last_event INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL,
  changed_ms INTEGER NOT NULL,
  started_ms INTEGER,
  ended_ms INTEGER
) STRICT;
CREATE INDEX jobs_to_claim ON jobs (priority DESC, not_before_ms, key) WHERE status = 'queued';
CREATE INDEX jobs_by_status ON jobs (status, key);
CREATE INDEX jobs_by_session ON jobs (session) WHERE session IS NOT NULL;

CREATE TABLE job_events (
  job INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  type TEXT NOT NULL,
  event ANY NOT NULL,
  PRIMARY KEY (job, seq)
) STRICT, WITHOUT ROWID;
`

export const migrations: readonly Migration[] = Object.freeze([{ version: 1, sql: first }])
