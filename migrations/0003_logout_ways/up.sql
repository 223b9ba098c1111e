-- Why the last attempt to tell an app of a sign-out failed, for admins to read.
ALTER TABLE logout_notices ADD COLUMN problem TEXT;

-- Sessions that have not ended, by when they were seen last and by when somebody signed in: those that ran out are
-- ended in the background, so that apps hear of them too. The index that goes is the beginning of the new ones.
CREATE INDEX sessions_live_seen ON sessions (ended_at, persistent, seen_at);
CREATE INDEX sessions_live_auth ON sessions (ended_at, persistent, auth_time);
DROP INDEX sessions_ended_at;
