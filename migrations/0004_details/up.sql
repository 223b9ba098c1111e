-- What was asked for and allowed beyond scopes: claims one by one (OpenID Connect Core section 5.5), their languages,
-- and the resources that tokens are for (RFC 8707).
ALTER TABLE grants ADD COLUMN details TEXT; -- JSON object; NULL when there is nothing of it
ALTER TABLE consents ADD COLUMN claims TEXT NOT NULL DEFAULT ''; -- space-separated
