-- Requests of devices without a browser (RFC 8628). Anybody may make them, so they are few for each network, bounded in
-- all, and gone soon after their time.
CREATE TABLE device_requests (
    device_code TEXT NOT NULL PRIMARY KEY, -- SHA-256 of the device code, never the code
    user_code TEXT NOT NULL UNIQUE,        -- keyed hash of the user code, which alone would be too short to hide
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    scopes TEXT NOT NULL,                  -- space-separated
    network TEXT NOT NULL,                 -- keyed hash of where it came from, never the address
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    decided_at BIGINT,                     -- NULL until somebody has allowed or denied it
    allowed BOOLEAN,
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    session_id TEXT,                       -- the session in which it was decided
    spent_at BIGINT                        -- NULL until the device has its tokens
);
CREATE INDEX device_requests_network ON device_requests (network, expires_at);
CREATE INDEX device_requests_expires_at ON device_requests (expires_at);
CREATE INDEX device_requests_user_id ON device_requests (user_id);
CREATE INDEX device_requests_client_id ON device_requests (client_id);
