-- Tokens that people make for themselves, for command lines and scripts: one app's or API's, with scopes, until a day.
CREATE TABLE api_tokens (
    id TEXT PRIMARY KEY NOT NULL,
    digest TEXT NOT NULL UNIQUE,           -- of the token, which is stored nowhere
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,                    -- in the person's words
    target TEXT NOT NULL,                  -- a client_id or a resource
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX api_tokens_user ON api_tokens (user_id);
