-- Access tokens that hang from no grant (RFC 6749 section 4.4) and were revoked before their time.
CREATE TABLE revoked_tokens (
    jti TEXT NOT NULL PRIMARY KEY,    -- SHA-256 of the `jti`
    expires_at BIGINT NOT NULL        -- when the token would have expired; then the row goes
);
CREATE INDEX revoked_tokens_expires_at ON revoked_tokens (expires_at);
