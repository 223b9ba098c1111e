-- Apps that registered themselves (RFC 7591), and what they manage their registration with (RFC 7592).
CREATE TABLE registrations (
    client_id TEXT NOT NULL PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
    token TEXT NOT NULL,              -- SHA-256 of the registration access token
    created_at BIGINT NOT NULL,
    used_at BIGINT                    -- NULL until the app was of use to somebody; then a day of it, never the moment
);
CREATE INDEX registrations_created_at ON registrations (created_at);

-- What admins hand out so that others can register apps.
CREATE TABLE initial_access_tokens (
    digest TEXT NOT NULL PRIMARY KEY, -- SHA-256 of the token, never the token
    name TEXT NOT NULL UNIQUE,        -- what admins call it
    uses_left BIGINT,                 -- NULL: as many as one likes
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX initial_access_tokens_expires_at ON initial_access_tokens (expires_at);
