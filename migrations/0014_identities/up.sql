-- Who people are elsewhere, at a directory for example. Never an address: addresses change hands.
CREATE TABLE identities (
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,                 -- as the provider calls them, whatever happens
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (provider, subject)
);
CREATE INDEX identities_user ON identities (user_id);
