-- An event's id stands for one content: another event under an id that is in the trail is no repetition.

-- SHA-256 of what was recorded; NULL for what came before this column.
ALTER TABLE audit.recorded_event ADD COLUMN content text;

CREATE FUNCTION audit.digest_of(content text) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN encode(sha256(convert_to(content, 'UTF8')), 'hex');

-- The row comes with the content itself. Of two at the same time the second waits, and then sees the first.
CREATE FUNCTION audit.keep_recorded_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.content := audit.digest_of(NEW.content);
  PERFORM pg_advisory_xact_lock(hashtextextended(NEW.tenant_id::text || NEW.event_id, 21));
  IF EXISTS (SELECT FROM audit.recorded_event r WHERE r.tenant_id = NEW.tenant_id AND r.event_id = NEW.event_id
             AND r.content <> NEW.content) THEN
    RAISE EXCEPTION 'violates guard "audit_event_differs"' USING ERRCODE = '23505', CONSTRAINT = 'audit_event_differs';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_recorded_event BEFORE INSERT ON audit.recorded_event
  FOR EACH ROW EXECUTE FUNCTION audit.keep_recorded_event();
