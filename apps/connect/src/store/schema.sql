-- AUTOINCREMENT: a link, a folder or a task that is under way may outlive the row that it names, and
-- must not find another person's in its place.
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS session (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    choice TEXT NOT NULL DEFAULT '',
    notice TEXT NOT NULL DEFAULT '',
    address TEXT NOT NULL,
    used_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS session_address ON session (address);
CREATE TABLE IF NOT EXISTS session_name (
    hash BLOB PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
    replaced_at INTEGER,
    replaced_by BLOB
) STRICT;
CREATE INDEX IF NOT EXISTS session_name_session ON session_name (session);
CREATE TABLE IF NOT EXISTS link (
    hash BLOB PRIMARY KEY,
    session INTEGER NOT NULL UNIQUE REFERENCES session ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS request (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
    account TEXT NOT NULL,
    range TEXT NOT NULL,
    pending BLOB NOT NULL,
    begun_at INTEGER NOT NULL,
    query BLOB,
    received_at INTEGER,
    settled INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS request_session ON request (session);
CREATE TABLE IF NOT EXISTS consent (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
    account TEXT NOT NULL,
    tokens BLOB NOT NULL,
    comparison TEXT NOT NULL,
    exports TEXT NOT NULL,
    repeat_days INTEGER NOT NULL DEFAULT 0,
    given_at INTEGER NOT NULL,
    ended INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS consent_session ON consent (session);
CREATE INDEX IF NOT EXISTS consent_due ON consent (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS archive (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
    job TEXT NOT NULL,
    resources TEXT NOT NULL,
    account TEXT NOT NULL,
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    arrived_at INTEGER NOT NULL,
    delete_at INTEGER NOT NULL,
    UNIQUE (session, job)
) STRICT;
CREATE TABLE IF NOT EXISTS exchange (
    id INTEGER PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
    exchange TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS exchange_session ON exchange (session);
-- A database from before ids were used once only has no such table, and is refused.
SELECT * FROM sqlite_sequence LIMIT 0;
