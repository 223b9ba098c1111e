-- Apps that a session has reached and whose grants are swept already: they are told all the same when it ends.
CREATE TABLE session_apps (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL,
    PRIMARY KEY (session_id, client_id)
);
