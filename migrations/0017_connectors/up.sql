-- Providers elsewhere that were added by command; those of the settings are not here.
CREATE TABLE connectors (
    name TEXT PRIMARY KEY NOT NULL,
    settings TEXT NOT NULL,                -- JSON, without secrets
    sealed_secret TEXT,                    -- under the master key
    sealed_previous TEXT,                  -- the one before, for a while
    previous_until BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
