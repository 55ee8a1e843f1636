-- Public keys of all nodes that sign access tokens (decision 0039); private ones are in files. Each is sealed with the
-- key of the audit trail: who can write here cannot make a key of theirs ours.
CREATE TABLE security.signing_key (
  kid text PRIMARY KEY CHECK (length(kid) BETWEEN 1 AND 256),
  jwk text NOT NULL,
  seal text NOT NULL,
  announced_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Whoever may sign with it puts this off; no token signed with it lasts longer.
  verifies_until timestamptz NOT NULL
);
