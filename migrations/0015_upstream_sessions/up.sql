-- Which sessions began at a provider elsewhere, so that they end with the one there.
CREATE TABLE upstream_sessions (
    session_id TEXT PRIMARY KEY NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    connector TEXT NOT NULL,
    subject TEXT NOT NULL,                 -- whom the provider knows
    sid TEXT                               -- its session, if it says
);
CREATE INDEX upstream_sessions_subject ON upstream_sessions (connector, subject);
CREATE INDEX upstream_sessions_sid ON upstream_sessions (connector, sid);
