-- A store of version 1, as the first release made it, with a session in it. Never changed.
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

PRAGMA application_id = 1919970413;
PRAGMA user_version = 1;

INSERT INTO sessions (key, id, name, parent, root, depth, created_ms, used_ms, config_ms, executions, answers, queries, last_entry, last_execution, last_answer, last_intent)
VALUES (1, '019aa000-0000-7000-8000-000000000001', 'stored', NULL, '019aa000-0000-7000-8000-000000000001', 0, 1763700000000, 1763700001000, 1763700000000, 1, 1, 1, 1, 1, 1, 2);
INSERT INTO configs (session, config)
VALUES (1, '{"model":"sim/echo","models":[],"args":{},"timeZone":"UTC","locale":"en","seed":"a seed","limits":{},"documents":[],"isFirstPlain":false,"initialDocuments":0}');
INSERT INTO executions (session, execution, generation, state, typescript, started_ms, cell, name, text) VALUES (1, 1, 1, 'running', 0, 1763700000500, 'main', 'script.js', 'await llmQuery("?")');
INSERT INTO tape (session, n, execution, entry) VALUES (1, 1, 1, '{"type":"answer"}');
INSERT INTO answers (session, answer, generation, occurrence, finish_reason, input_tokens, output_tokens, usd, queue_ms, llm_ms, attempts, cell, hash, model, text)
VALUES (1, 1, 1, 0, 'stop', 3, 4, 0.5, 0, 12.5, 1, 'main', 'a hash', 'sim/echo', 'an answer');
INSERT INTO intents (session, intent, epoch, execution, occurrence, attempt, tokens, usd, hash, model) VALUES (1, 2, 1, 1, 0, 1, 100, 0.25, 'another hash', 'sim/echo');
