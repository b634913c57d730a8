-- Under which names the server behind a route knows its visitors' sessions, since somebody was shut out of it.
CREATE TABLE session_names (
    spawner_id INTEGER PRIMARY KEY REFERENCES spawners (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    mark TEXT NOT NULL,
    known TEXT NOT NULL
) STRICT;

-- Who asks to be let into whose server. The server is named, for a default one may never have been started.
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
CREATE INDEX ix_access_requests_owner_id ON access_requests (owner_id, server);
CREATE INDEX ix_access_requests_expires_at ON access_requests (expires_at);
-- A new server of a name begins with nobody who asked for the one before.
CREATE TRIGGER tr_spawners_access_requests AFTER DELETE ON spawners BEGIN
    DELETE FROM access_requests WHERE owner_id = old.user_id AND server = old.name;
END;
