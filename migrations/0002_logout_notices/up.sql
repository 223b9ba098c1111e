-- What apps have still to be told, and were told lately: a row for each app that a session had reached when it ended
-- (OpenID Connect Back-Channel Logout 1.0). It stands by itself, since it outlives sessions, people and apps.
CREATE TABLE logout_notices (
    session_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,       -- when the session ended
    attempts BIGINT NOT NULL,
    due_at BIGINT,                    -- when it is tried next, or tried again if its node died; NULL: it is settled
    delivered_at BIGINT,              -- NULL until the app confirmed
    PRIMARY KEY (session_id, client_id)
);
CREATE INDEX logout_notices_due_at ON logout_notices (due_at);
CREATE INDEX logout_notices_created_at ON logout_notices (created_at);
