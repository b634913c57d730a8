-- What servers are given, what happened to them, what they mount, and what is kept of them.

ALTER TABLE spawners ADD COLUMN granted TEXT;
ALTER TABLE spawners ADD COLUMN awake_until TEXT;
ALTER TABLE users ADD COLUMN idle_rule TEXT;

CREATE TABLE sizes (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    limits TEXT NOT NULL,
    offered INTEGER NOT NULL DEFAULT 1 CHECK (offered IN (0, 1)),
    is_default INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
    group_names TEXT NOT NULL DEFAULT '[]',
    CHECK (is_default = 0 OR offered = 1)
) STRICT;
CREATE UNIQUE INDEX uq_sizes_default ON sizes (is_default) WHERE is_default = 1;

CREATE TABLE folders (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    host_path TEXT,
    target TEXT NOT NULL UNIQUE,
    writable INTEGER NOT NULL DEFAULT 0 CHECK (writable IN (0, 1)),
    audience TEXT NOT NULL
) STRICT;

-- The server may be gone: how long starts take stays known.
CREATE TABLE starts (
    id INTEGER PRIMARY KEY,
    spawner_id INTEGER REFERENCES spawners (id) ON DELETE SET NULL,
    spawner_kind TEXT NOT NULL,
    stack TEXT,
    begun TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('ready', 'failed', 'cancelled')),
    failure_kind TEXT,
    queued_ms INTEGER NOT NULL,
    fetched_ms INTEGER NOT NULL,
    started_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX ix_starts_spawner_id ON starts (spawner_id);
CREATE INDEX ix_starts_stack ON starts (spawner_kind, stack, id);

CREATE TABLE server_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    spawner_id INTEGER NOT NULL REFERENCES spawners (id) ON DELETE CASCADE,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    message TEXT NOT NULL
) STRICT;
CREATE INDEX ix_server_events_spawner_id ON server_events (spawner_id, id);

-- Homes whose server was deleted: kept as they were, or as a file.
CREATE TABLE kept_homes (
    id INTEGER PRIMARY KEY,
    spawner_kind TEXT NOT NULL,
    home TEXT NOT NULL,
    user_name TEXT NOT NULL,
    server_name TEXT NOT NULL,
    kept_at TEXT NOT NULL,
    archive TEXT,
    bytes INTEGER,
    UNIQUE (spawner_kind, home)
) STRICT;
