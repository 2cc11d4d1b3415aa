-- A person's grant: what one consent at Google gave, and the exports that are made with it. A user
-- with two Google accounts has two rows.
CREATE TABLE people (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Who it is in your app. Never change it: tokens are sealed for it.
    user_id TEXT NOT NULL,
    -- `Tokens` as JSON, sealed.
    tokens BYTEA NOT NULL,
    -- `Exports` as JSON.
    exports JSONB NOT NULL,
    -- The archives whose links are still valid, as JSON, sealed.
    archives BYTEA,
    -- When there is something to do, by the clock of the database. All the scheduling there is.
    -- Empty while only the user can go on, and once all exports have ended.
    due TIMESTAMPTZ DEFAULT now(),
    -- Until when some worker sends a call for this person. If it was killed, another takes over.
    busy_until TIMESTAMPTZ,
    -- How it stands, for pages and operators: see `State` in store.rs.
    state TEXT NOT NULL DEFAULT 'waiting',
    -- What it waits for, or what is wrong, in words.
    why TEXT NOT NULL DEFAULT ''
);

CREATE INDEX people_by_due ON people (due) WHERE due IS NOT NULL;
CREATE INDEX people_by_user ON people (user_id);
-- What somebody has to look at.
CREATE INDEX people_by_state ON people (state) WHERE state NOT IN ('waiting', 'done');
