-- Names that ignore case fold ASCII letters only, here as in the program (`folded` in common/text.hpp): what else is a
-- letter, and how it folds, depends on the locale of the database. İVY is not ivy.
-- Where the locale folded otherwise (lower('IVY') is 'ıvy' in Turkish) there may be users or roles that are one name
-- now. Nobody here can say which of them goes on under it, so an operator renames the others and starts again.
DO $$
DECLARE twins text;
BEGIN
  SELECT string_agg(format('%s %s of tenant %s', kind, names, tenant_id), '; ' ORDER BY kind, names) INTO twins FROM (
    SELECT tenant_id, 'users' AS kind, string_agg(username, ', ' ORDER BY username COLLATE "C") AS names
    FROM security.app_user GROUP BY tenant_id, lower(username COLLATE "C") HAVING count(*) > 1
    UNION ALL
    SELECT tenant_id, 'roles', string_agg(role_name, ', ' ORDER BY role_name COLLATE "C")
    FROM security.role GROUP BY tenant_id, lower(btrim(regexp_replace(role_name COLLATE "C", '\s+', ' ', 'g')))
    HAVING count(*) > 1) t;
  IF twins IS NOT NULL THEN
    RAISE EXCEPTION 'names that differ only in case must be made to differ before this version starts: %', twins;
  END IF;
END $$;

DROP INDEX security.username_taken;
CREATE UNIQUE INDEX username_taken ON security.app_user (tenant_id, lower(username COLLATE "C"));

-- "Shop  manager" and "shop MANAGER " are one name.
DROP INDEX security.role_name_taken;
CREATE UNIQUE INDEX role_name_taken ON security.role (
  tenant_id, lower(btrim(regexp_replace(role_name COLLATE "C", '\s+', ' ', 'g'))));

-- As in 0013: shops that are twins already stay as they are.
DROP INDEX people.location_code_taken_in_any_case;
DO $$
DECLARE twins text;
BEGIN
  SELECT string_agg(quote_literal(location_id), ', ') INTO twins FROM people.location l
  WHERE EXISTS (SELECT FROM people.location o WHERE o.tenant_id = l.tenant_id
    AND lower(o.code COLLATE "C") = lower(l.code COLLATE "C") AND (o.created_at, o.location_id) < (l.created_at, l.location_id));
  EXECUTE 'CREATE UNIQUE INDEX location_code_taken_in_any_case ON people.location (tenant_id, lower(code COLLATE "C"))'
    || coalesce(' WHERE location_id NOT IN (' || twins || ')', '');
END $$;

-- From where a session was opened: who signed in from there before is not held up by what others guess elsewhere. Kept
-- as long as the session's row, beside it: nodes of the version before read that one.
CREATE TABLE security.session_origin (
  tenant_id uuid NOT NULL,
  family_id uuid NOT NULL,
  user_id uuid NOT NULL,
  client_network text NOT NULL,
  PRIMARY KEY (tenant_id, family_id),
  CONSTRAINT origin_session FOREIGN KEY (tenant_id, family_id)
    REFERENCES security.refresh_token_family ON DELETE CASCADE
);
CREATE INDEX origin_by_user ON security.session_origin (tenant_id, user_id, client_network);
