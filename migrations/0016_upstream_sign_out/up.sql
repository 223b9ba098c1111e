-- The ID token by which a session elsewhere can be signed out of without a question (RP-Initiated Logout section 2), sealed.
ALTER TABLE upstream_sessions ADD COLUMN sealed_id_token TEXT;
