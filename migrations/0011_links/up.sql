-- Links that sign a person in, once. Whoever has the token has the link, so only its digest is kept.
CREATE TABLE links (
    id TEXT NOT NULL PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,            -- SHA-256 of the token, never the token
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL,                 -- what for, in the words of the app
    target TEXT NOT NULL,                  -- where it leads
    data TEXT,                             -- JSON of the app
    on_get BOOLEAN NOT NULL,               -- whether opening it is enough
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,                       -- NULL until it was used or withdrawn
    session_id TEXT                        -- the session that it was used for
);
CREATE INDEX links_client_id ON links (client_id, created_at);
CREATE INDEX links_user_id ON links (user_id);
CREATE INDEX links_expires_at ON links (expires_at);
-- A session that came from a link is good for the app of that link alone.
ALTER TABLE sessions ADD COLUMN only_for TEXT;
