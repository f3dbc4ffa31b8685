-- A store of jobs of version 2, as its first release made it, with the jobs of version 1. Never changed.
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
, waits INTEGER NOT NULL DEFAULT 0 CHECK (waits IN (0, 1))) STRICT;
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
CREATE INDEX jobs_to_queue ON jobs (not_before_ms) WHERE status = 'pending';
CREATE INDEX jobs_to_expire ON jobs (deadline_ms) WHERE deadline_ms IS NOT NULL AND status IN ('pending', 'queued', 'awaiting_input');
CREATE INDEX jobs_to_remove ON jobs (remove_ms) WHERE remove_ms IS NOT NULL;
CREATE INDEX jobs_alive ON jobs (pool) WHERE ended_ms IS NULL;
CREATE INDEX jobs_at_work ON jobs (worker) WHERE status = 'running';
CREATE INDEX jobs_by_status ON jobs (status, key);
CREATE INDEX jobs_by_kind ON jobs (kind, status, key);
CREATE INDEX holds_by_instance ON holds (instance);
CREATE INDEX jobs_to_claim ON jobs (pool, kind, priority DESC, key) WHERE status = 'queued' AND waits = 0;
CREATE INDEX jobs_in_session ON jobs (session, waits, key) WHERE session IS NOT NULL AND status IN ('queued', 'running', 'awaiting_input');
CREATE INDEX jobs_to_begin ON jobs (pool, kind, session) WHERE status = 'queued' AND waits = 0 AND epoch = 0 AND session IS NOT NULL;

INSERT INTO jobs (key, id, kind, pool, status, epoch, idempotency_key, input_hash, priority, ttl_ms, max_attempts, created_ms, last_event)
  VALUES (1, '0190a0a0-0000-7000-8000-000000000001', 'kind', '', 'queued', 0, 'once', '0c86846c73365ba5b1dc9096f3bfd8cc7738cf780881938764adc10f26ea774c', 3, 1000000000000, 5, 1700000000000, 1);
INSERT INTO inputs VALUES (1, '"TEST"');
INSERT INTO events VALUES (1, 1, 1700000000000, 'job.queued', '{"status":"queued"}');

INSERT INTO jobs (key, id, kind, pool, status, epoch, priority, ttl_ms, max_attempts, attempts, session, input_key, fraction, step, succeeded, created_ms, started_ms, last_event)
  VALUES (2, '0190a0a0-0000-7000-8000-000000000002', 'ask', '', 'awaiting_input', 1, 0, 1000000000000, 5, 1, 'session 1', 'first', 0.5, 'half', 7, 1700000000000, 1700000000001, 3);
INSERT INTO requests (job, key, asked, head, data) VALUES (2, 'first', 2, '{"title":"Go on?","description":null,"actions":["approve"]}', '{"amount":1}');
INSERT INTO events VALUES (2, 1, 1700000000000, 'job.queued', '{"status":"queued"}'), (2, 2, 1700000000001, 'job.started', '{"status":"running","attempt":1}'),
  (2, 3, 1700000000002, 'job.inputRequested', '{"status":"awaiting_input","key":"first","title":"Go on?","description":null,"actions":["approve"]}');

INSERT INTO jobs (key, id, kind, pool, status, epoch, priority, ttl_ms, max_attempts, attempts, fraction, created_ms, started_ms, ended_ms, last_event)
  VALUES (3, '0190a0a0-0000-7000-8000-000000000003', 'kind', '', 'completed', 1, 0, 1000000000000, 5, 1, 1, 1700000000000, 1700000000001, 1700000000002, 1);
INSERT INTO results VALUES (3, '{"a":1}');
INSERT INTO events VALUES (3, 1, 1700000000000, 'job.queued', '{"status":"queued"}');

PRAGMA application_id = 1919970410;
PRAGMA user_version = 2;
