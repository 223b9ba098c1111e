-- What people may: groups, which hold everywhere, and roles and permissions, which hold at one app or API.
CREATE TABLE entitlements (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,                    -- 'group', 'role' or 'permission'
    held_at TEXT NOT NULL,                 -- a client_id or a resource; empty for groups
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, kind, held_at, name)
);
