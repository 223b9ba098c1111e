-- What providers elsewhere gave for people, where an app may have it.
CREATE TABLE upstream_tokens (
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    sealed TEXT NOT NULL,                  -- access and refresh token
    expires_at BIGINT,                     -- of the access token, if the provider says
    lease_until BIGINT NOT NULL,           -- until then one request asks for newer ones, and others wait
    PRIMARY KEY (provider, subject),
    FOREIGN KEY (provider, subject) REFERENCES identities (provider, subject) ON DELETE CASCADE
);
