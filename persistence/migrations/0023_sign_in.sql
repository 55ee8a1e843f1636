-- What signed in, for users who look where they are signed in; nothing for sessions that are there already.
ALTER TABLE security.session_origin ADD COLUMN user_agent text;

-- A password that somebody else set is good for changing it only. Those that are there already are believed.
ALTER TABLE security.user_credential ADD COLUMN must_change boolean NOT NULL DEFAULT false;

-- The roles that may do everything may do this, too, where they were entered earlier.
UPDATE security.role SET version = version + 1, updated_at = now(), permission_keys = ARRAY(
  SELECT key FROM (SELECT DISTINCT unnest(permission_keys || ARRAY['security:session:view', 'security:session:end']))
    AS k (key) ORDER BY key COLLATE "C")
WHERE permission_keys @> ARRAY['security:authority:any'];
