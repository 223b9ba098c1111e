-- The APIs that a device asks tokens for (RFC 8707), separated by blanks.
ALTER TABLE device_requests ADD COLUMN resources TEXT NOT NULL DEFAULT '';
