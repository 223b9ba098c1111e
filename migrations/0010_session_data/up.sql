-- What an app keeps with a session: JSON, gone with it.
CREATE TABLE session_data (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    version TEXT NOT NULL, -- random, another one with each write: the entity tag
    data TEXT NOT NULL,    -- JSON, at most 256 KiB
    PRIMARY KEY (session_id, client_id)
);
CREATE INDEX session_data_client_id ON session_data (client_id);
