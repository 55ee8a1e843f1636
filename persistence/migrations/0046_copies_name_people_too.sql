-- A letter that is decided may still be in the broker: until its copy is out of there, whom it is about is named, and their
-- erasure is not complete (docs/decisions/0065).
ALTER FUNCTION retention.rest_of_person() RENAME TO rest_beside_copies;
CREATE FUNCTION retention.rest_of_person() RETURNS TABLE (of_user boolean, change text, among text) LANGUAGE sql IMMUTABLE AS $$
SELECT * FROM retention.rest_beside_copies()
UNION ALL VALUES
  (false, NULL,
    'messaging.dead_letter d JOIN messaging.dead_letter_sweep x ON x.dead_letter_id = d.id WHERE d.tenant_id = $1 AND d.entity_key = $2'),
  (true, NULL,
    'messaging.dead_letter d JOIN messaging.dead_letter_sweep x ON x.dead_letter_id = d.id WHERE d.tenant_id = $1 AND d.entity_key = $2'),
  (true, NULL,
    'people.offboarding_case c JOIN messaging.dead_letter d ON d.tenant_id = c.tenant_id AND d.entity_key = c.case_id
     JOIN messaging.dead_letter_sweep x ON x.dead_letter_id = d.id
     WHERE c.tenant_id = $1 AND c.user_id = $2')
$$;
