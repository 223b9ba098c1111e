-- People who can sign in.
CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,     -- UUID; the public `sub`
    username TEXT NOT NULL UNIQUE,    -- canonical: one spelling for all of its spellings
    email TEXT NOT NULL,              -- as it was given, for people to read
    email_verified BOOLEAN NOT NULL,
    name TEXT NOT NULL,
    claims TEXT NOT NULL,             -- JSON object of OpenID Connect Core section 5.1
    admin BOOLEAN NOT NULL,
    disabled_at BIGINT,               -- NULL while they may sign in
    password_hash TEXT NOT NULL,      -- PHC string of Argon2id
    totp_secret TEXT,                 -- JWE under the instance's key; NULL without an authenticator app
    totp_last_step BIGINT,            -- no code of this time step or an earlier one is accepted again
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- One-time recovery codes. Spent ones stay until the set is replaced, so that none is spent twice.
CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest TEXT NOT NULL,             -- SHA-256 of the code, never the code
    created_at BIGINT NOT NULL,
    spent_at BIGINT,                  -- NULL until it is used
    PRIMARY KEY (user_id, digest)
);

-- Browsers in which somebody has signed in before.
CREATE TABLE devices (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest TEXT NOT NULL,             -- SHA-256 of the device cookie
    used_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, digest)
);
CREATE INDEX devices_used_at ON devices (used_at);

-- Registered apps.
CREATE TABLE clients (
    id TEXT NOT NULL PRIMARY KEY,     -- client_id
    metadata TEXT NOT NULL,           -- JSON object of RFC 7591 section 2
    secrets TEXT NOT NULL,            -- JSON list of digests with their ends
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- What people have allowed apps.
CREATE TABLE consents (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    scopes TEXT NOT NULL,             -- space-separated
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, client_id)
);
CREATE INDEX consents_client_id ON consents (client_id);

-- Sign-ins of browsers.
CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,     -- UUID; the `sid` of ID tokens
    cookie TEXT NOT NULL UNIQUE,      -- SHA-256 of the cookie that stands for it now
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    auth_time BIGINT NOT NULL,
    acr TEXT NOT NULL,
    amr TEXT NOT NULL,                -- JSON list
    persistent BOOLEAN NOT NULL,
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    ended_at BIGINT,                  -- NULL until it is ended; it may have expired before
    end_reason TEXT
);
CREATE INDEX sessions_user_id ON sessions (user_id);
CREATE INDEX sessions_seen_at ON sessions (seen_at);
CREATE INDEX sessions_ended_at ON sessions (ended_at);

-- What authorizations gave: a row is a grant, its spent code and its refresh tokens.
-- The session is no foreign key: with offline access a grant outlives it.
CREATE TABLE grants (
    id TEXT NOT NULL PRIMARY KEY,     -- UUID; the `gid` of access tokens
    code TEXT NOT NULL UNIQUE,        -- SHA-256 of the code: unique, so that a code is redeemed once
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    session_id TEXT NOT NULL,
    scopes TEXT NOT NULL,             -- space-separated
    auth_time BIGINT NOT NULL,
    acr TEXT NOT NULL,
    amr TEXT NOT NULL,                -- JSON list
    offline BOOLEAN NOT NULL,         -- true: it outlives its session
    refresh_generation BIGINT,        -- NULL, like the next two, when it has no refresh tokens
    refresh_digest TEXT,              -- SHA-256 of the newest refresh token
    refresh_advances TEXT,            -- JSON list of times
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,                  -- NULL until it is ended
    end_reason TEXT
);
CREATE INDEX grants_user_id ON grants (user_id);
CREATE INDEX grants_client_id ON grants (client_id);
CREATE INDEX grants_session_id ON grants (session_id);
CREATE INDEX grants_expires_at ON grants (expires_at);

-- Client assertions that were used (RFC 7523 section 3), kept until they expire.
CREATE TABLE assertions (
    client_id TEXT NOT NULL,
    jti TEXT NOT NULL,                -- SHA-256 of the `jti`
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (client_id, jti)
);
CREATE INDEX assertions_expires_at ON assertions (expires_at);

-- Counted failures.
CREATE TABLE throttle (
    bucket TEXT NOT NULL PRIMARY KEY, -- a kind and a digest, never a name or an address
    failures BIGINT NOT NULL,
    since BIGINT NOT NULL,
    last BIGINT NOT NULL
);
CREATE INDEX throttle_last ON throttle (last);

-- Signing keys. Their state follows from their times.
CREATE TABLE signing_keys (
    kid TEXT NOT NULL PRIMARY KEY,    -- RFC 7638 thumbprint
    algorithm TEXT NOT NULL,
    sequence BIGINT NOT NULL,         -- unique with the algorithm: of two nodes that make a key at once, one wins
    sealed_jwk TEXT NOT NULL,         -- JWE under the master key
    public_jwk TEXT NOT NULL,         -- JSON
    created_at BIGINT NOT NULL,
    active_from BIGINT NOT NULL,
    retiring_from BIGINT,
    gone_at BIGINT,
    UNIQUE (algorithm, sequence)
);

-- The secrets of this instance.
CREATE TABLE secrets (
    name TEXT NOT NULL PRIMARY KEY,
    sealed TEXT NOT NULL              -- JWE under the master key
);

-- The audit log.
CREATE TABLE events (
    id TEXT NOT NULL PRIMARY KEY,     -- UUID
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    user_id TEXT,                     -- no foreign key: the log outlives people and apps
    client_id TEXT,
    detail TEXT NOT NULL
);
CREATE INDEX events_at ON events (at);

-- One row: what caches compare, and what the readiness check writes.
CREATE TABLE upkeep (
    id BIGINT NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,         -- moves on with every change of clients and signing_keys
    probed_at BIGINT NOT NULL
);
INSERT INTO upkeep (id, revision, probed_at) VALUES (1, 1, 0);
