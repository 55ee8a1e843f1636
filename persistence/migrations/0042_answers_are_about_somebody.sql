-- A kept answer names whom it is about, so that an erasure takes it away whoever it was given to. Nothing in it where somebody was
-- answered about themselves: that one goes with its user, and a clock-in pays for no index. Older ones are gone in a day.
ALTER TABLE journal.idempotency_key ADD COLUMN subject uuid;
CREATE INDEX idempotency_key_about ON journal.idempotency_key (tenant_id, subject) WHERE subject IS NOT NULL;

ALTER FUNCTION retention.rest_of_person() RENAME TO rest_beside_answers;
CREATE FUNCTION retention.rest_of_person() RETURNS TABLE (of_user boolean, change text, among text) LANGUAGE sql IMMUTABLE AS $$
SELECT * FROM retention.rest_beside_answers()
UNION ALL VALUES
  (false, 'DELETE FROM journal.idempotency_key', 'journal.idempotency_key x WHERE x.tenant_id = $1 AND x.subject = $2'),
  (true, 'DELETE FROM journal.idempotency_key',
    'people.offboarding_case c JOIN journal.idempotency_key x ON x.tenant_id = c.tenant_id AND x.subject = c.case_id
     WHERE c.tenant_id = $1 AND c.user_id = $2')
$$;
