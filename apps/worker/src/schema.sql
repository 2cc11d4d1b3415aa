-- The tokens of a consent. A user may have several.
CREATE TABLE IF NOT EXISTS tokens (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id TEXT NOT NULL,
    -- `Tokens` as JSON, encrypted.
    sealed BYTEA NOT NULL
);

-- One archive job of one resource group a row.
CREATE TABLE IF NOT EXISTS exports (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_id BIGINT NOT NULL REFERENCES tokens,
    -- `Export` as JSON.
    export JSONB NOT NULL,
    -- When there is something to do, in microseconds since 1970. All the scheduling there is.
    next_at BIGINT,
    -- Counts who took the row. What an earlier holder writes is dropped.
    holder BIGINT NOT NULL DEFAULT 0,
    -- How it ended, or what it waits for. Empty while it goes on.
    ended TEXT
);

CREATE INDEX IF NOT EXISTS exports_by_next_at ON exports (next_at) WHERE next_at IS NOT NULL;

-- The one row says when the clock showed real time, so that all workers share a clock that runs faster.
CREATE TABLE IF NOT EXISTS clock (
    id INT PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    epoch BIGINT NOT NULL
);
