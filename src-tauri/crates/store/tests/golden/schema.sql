CREATE TRIGGER tr_spawners_access_requests AFTER DELETE ON spawners BEGIN
    DELETE FROM access_requests WHERE owner_id = old.user_id AND server = old.name;
END;

CREATE TABLE access_requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    owner_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    server TEXT NOT NULL,
    why TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    declined INTEGER NOT NULL DEFAULT 0 CHECK (declined IN (0, 1)),
    UNIQUE (user_id, owner_id, server)
) STRICT;

CREATE TABLE api_tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER REFERENCES users (id) ON DELETE CASCADE,
    service_id INTEGER REFERENCES services (id) ON DELETE CASCADE,
    spawner_id INTEGER REFERENCES spawners (id) ON DELETE CASCADE,
    hashed TEXT NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    client_id TEXT REFERENCES oauth_clients (identifier) ON DELETE CASCADE,
    session_id TEXT,
    created TEXT NOT NULL,
    expires_at TEXT,
    last_activity TEXT,
    note TEXT NOT NULL DEFAULT '',
    scopes TEXT NOT NULL DEFAULT '[]',
    CHECK ((user_id IS NULL) <> (service_id IS NULL))
) STRICT;

CREATE TABLE credentials (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    changed_at TEXT NOT NULL
) STRICT;

CREATE TABLE folders (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    host_path TEXT,
    target TEXT NOT NULL UNIQUE,
    writable INTEGER NOT NULL DEFAULT 0 CHECK (writable IN (0, 1)),
    audience TEXT NOT NULL
) STRICT;

CREATE TABLE group_role_map (
    group_id INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    role_id INTEGER NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    managed_by_auth INTEGER NOT NULL DEFAULT 0 CHECK (managed_by_auth IN (0, 1)),
    PRIMARY KEY (group_id, role_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE groups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    properties TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE TABLE invitations (
    id INTEGER PRIMARY KEY,
    hashed TEXT NOT NULL UNIQUE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('invitation', 'sign_in')),
    created TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT
) STRICT;

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

CREATE TABLE oauth_clients (
    id INTEGER PRIMARY KEY,
    identifier TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL DEFAULT '',
    secret TEXT NOT NULL DEFAULT '',
    redirect_uri TEXT NOT NULL DEFAULT '',
    allowed_scopes TEXT NOT NULL DEFAULT '[]'
) STRICT;

CREATE TABLE oauth_codes (
    id INTEGER PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES oauth_clients (identifier) ON DELETE CASCADE,
    code TEXT NOT NULL UNIQUE,
    expires_at TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    session_id TEXT NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    scopes TEXT NOT NULL DEFAULT '[]',
    code_challenge TEXT,
    code_challenge_method TEXT
) STRICT;

CREATE TABLE roles (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL DEFAULT '',
    scopes TEXT NOT NULL DEFAULT '[]',
    managed_by_auth INTEGER NOT NULL DEFAULT 0 CHECK (managed_by_auth IN (0, 1))
) STRICT;

CREATE TABLE server_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    spawner_id INTEGER NOT NULL REFERENCES spawners (id) ON DELETE CASCADE,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    message TEXT NOT NULL
) STRICT;

CREATE TABLE service_role_map (
    service_id INTEGER NOT NULL REFERENCES services (id) ON DELETE CASCADE,
    role_id INTEGER NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    managed_by_auth INTEGER NOT NULL DEFAULT 0 CHECK (managed_by_auth IN (0, 1)),
    PRIMARY KEY (service_id, role_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE services (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    admin INTEGER NOT NULL DEFAULT 0 CHECK (admin IN (0, 1)),
    url TEXT,
    oauth_client_allowed_scopes TEXT NOT NULL DEFAULT '[]',
    info TEXT NOT NULL DEFAULT '{}',
    display INTEGER NOT NULL DEFAULT 1 CHECK (display IN (0, 1)),
    oauth_no_confirm INTEGER NOT NULL DEFAULT 0 CHECK (oauth_no_confirm IN (0, 1)),
    command TEXT NOT NULL DEFAULT '[]',
    cwd TEXT,
    environment TEXT NOT NULL DEFAULT '{}',
    user TEXT,
    timeout INTEGER NOT NULL DEFAULT 30,
    from_config INTEGER NOT NULL DEFAULT 1 CHECK (from_config IN (0, 1)),
    oauth_client_id TEXT REFERENCES oauth_clients (identifier) ON DELETE SET NULL
) STRICT;

CREATE TABLE session_names (
    spawner_id INTEGER PRIMARY KEY REFERENCES spawners (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    mark TEXT NOT NULL,
    known TEXT NOT NULL
) STRICT;

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hashed TEXT NOT NULL UNIQUE,
    oauth_session_id TEXT NOT NULL UNIQUE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    absolute_expires_at TEXT NOT NULL,
    rights TEXT NOT NULL,
    peer TEXT NOT NULL DEFAULT '',
    user_agent TEXT NOT NULL DEFAULT '',
    made_by_ticket INTEGER NOT NULL DEFAULT 0 CHECK (made_by_ticket IN (0, 1))
) STRICT;

CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE share_codes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hashed TEXT NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    exchange_count INTEGER NOT NULL DEFAULT 0,
    last_exchanged_at TEXT,
    created_at TEXT NOT NULL,
    scopes TEXT NOT NULL DEFAULT '[]',
    expires_at TEXT,
    owner_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    spawner_id INTEGER NOT NULL REFERENCES spawners (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE shares (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER REFERENCES users (id) ON DELETE CASCADE,
    group_id INTEGER REFERENCES groups (id) ON DELETE CASCADE,
    created_at TEXT NOT NULL,
    scopes TEXT NOT NULL DEFAULT '[]',
    expires_at TEXT,
    owner_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    spawner_id INTEGER NOT NULL REFERENCES spawners (id) ON DELETE CASCADE,
    CHECK ((user_id IS NULL) <> (group_id IS NULL)),
    UNIQUE (spawner_id, user_id),
    UNIQUE (spawner_id, group_id)
) STRICT;

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

CREATE TABLE spawners (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL DEFAULT '',
    display_name TEXT NOT NULL DEFAULT '',
    state TEXT,
    started TEXT,
    last_activity TEXT,
    user_options TEXT NOT NULL DEFAULT '{}',
    oauth_client_id TEXT REFERENCES oauth_clients (identifier) ON DELETE SET NULL,
    created TEXT NOT NULL,
    spawner_kind TEXT,
    stack TEXT,
    home TEXT,
    url TEXT,
    phase TEXT NOT NULL DEFAULT 'stopped',
    last_exit TEXT,
    failure TEXT, granted TEXT, awake_until TEXT,
    UNIQUE (user_id, name)
) STRICT;

CREATE TABLE stacks (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    image TEXT NOT NULL,
    offered INTEGER NOT NULL DEFAULT 1 CHECK (offered IN (0, 1)),
    is_default INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
    limits TEXT NOT NULL,
    CHECK (is_default = 0 OR offered = 1)
) STRICT;

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

CREATE TABLE tickets (
    id INTEGER PRIMARY KEY,
    hashed TEXT NOT NULL UNIQUE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    rights TEXT NOT NULL,
    created TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT,
    session_id INTEGER REFERENCES sessions (id) ON DELETE SET NULL
) STRICT;

CREATE TABLE user_group_map (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    group_id INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, group_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE user_role_map (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role_id INTEGER NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    managed_by_auth INTEGER NOT NULL DEFAULT 0 CHECK (managed_by_auth IN (0, 1)),
    PRIMARY KEY (user_id, role_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    user_info TEXT,
    admin INTEGER NOT NULL DEFAULT 0 CHECK (admin IN (0, 1)),
    created TEXT NOT NULL,
    last_activity TEXT,
    cookie_id TEXT NOT NULL UNIQUE,
    state TEXT,
    encrypted_auth_state BLOB
, idle_rule TEXT) STRICT;

CREATE TABLE visits (
    id INTEGER PRIMARY KEY,
    visitor TEXT NOT NULL,
    owner_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    server TEXT NOT NULL DEFAULT '',
    at TEXT NOT NULL
) STRICT;

CREATE INDEX ix_access_requests_expires_at ON access_requests (expires_at);

CREATE INDEX ix_access_requests_owner_id ON access_requests (owner_id, server);

CREATE INDEX ix_api_tokens_client_id ON api_tokens (client_id);

CREATE INDEX ix_api_tokens_expires_at ON api_tokens (expires_at);

CREATE INDEX ix_api_tokens_prefix ON api_tokens (prefix);

CREATE INDEX ix_api_tokens_service_id ON api_tokens (service_id);

CREATE INDEX ix_api_tokens_session_id ON api_tokens (session_id);

CREATE INDEX ix_api_tokens_spawner_id ON api_tokens (spawner_id);

CREATE INDEX ix_api_tokens_user_id ON api_tokens (user_id);

CREATE INDEX ix_group_role_map_role_id ON group_role_map (role_id);

CREATE INDEX ix_invitations_user_id ON invitations (user_id);

CREATE INDEX ix_oauth_codes_client_id ON oauth_codes (client_id);

CREATE INDEX ix_oauth_codes_expires_at ON oauth_codes (expires_at);

CREATE INDEX ix_oauth_codes_user_id ON oauth_codes (user_id);

CREATE INDEX ix_server_events_spawner_id ON server_events (spawner_id, id);

CREATE INDEX ix_service_role_map_role_id ON service_role_map (role_id);

CREATE INDEX ix_services_oauth_client_id ON services (oauth_client_id);

CREATE INDEX ix_sessions_expires_at ON sessions (expires_at);

CREATE INDEX ix_sessions_user_id ON sessions (user_id);

CREATE INDEX ix_share_codes_owner_id ON share_codes (owner_id);

CREATE INDEX ix_share_codes_prefix ON share_codes (prefix);

CREATE INDEX ix_share_codes_spawner_id ON share_codes (spawner_id);

CREATE INDEX ix_shares_group_id ON shares (group_id);

CREATE INDEX ix_shares_owner_id ON shares (owner_id);

CREATE INDEX ix_shares_user_id ON shares (user_id);

CREATE INDEX ix_spawners_oauth_client_id ON spawners (oauth_client_id);

CREATE INDEX ix_spawners_phase ON spawners (phase);

CREATE INDEX ix_starts_spawner_id ON starts (spawner_id);

CREATE INDEX ix_starts_stack ON starts (spawner_kind, stack, id);

CREATE INDEX ix_tickets_session_id ON tickets (session_id);

CREATE INDEX ix_tickets_user_id ON tickets (user_id);

CREATE INDEX ix_user_group_map_group_id ON user_group_map (group_id);

CREATE INDEX ix_user_role_map_role_id ON user_role_map (role_id);

CREATE INDEX ix_users_last_activity ON users (last_activity);

CREATE INDEX ix_visits_owner_id_at ON visits (owner_id, at);

CREATE UNIQUE INDEX uq_sizes_default ON sizes (is_default) WHERE is_default = 1;

CREATE UNIQUE INDEX uq_stacks_default ON stacks (is_default) WHERE is_default = 1;
