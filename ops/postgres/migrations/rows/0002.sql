-- The bytes of attached documents, part by part (keys/documents.py): written in the transaction of
-- the record that describes them, gone when the people in their stream are. `state` is ciphertext.

CREATE TABLE documents (
    stream uuid NOT NULL,
    seq bigint NOT NULL,
    part bigint NOT NULL,
    state bytea NOT NULL,
    PRIMARY KEY (stream, seq, part)
);
-- Ciphertext does not get smaller; trying costs time.
ALTER TABLE documents ALTER COLUMN state SET STORAGE EXTERNAL;

-- Whoever writes has the turn, as whoever marks a stream: what is seen here, counts.
CREATE FUNCTION refuse_parts_of_erased() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM 1 FROM head FOR UPDATE;
    IF EXISTS (SELECT FROM erased WHERE stream = NEW.stream) THEN
        RAISE EXCEPTION 'erased' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION keep_parts_unless_erased() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    IF EXISTS (SELECT FROM erased WHERE stream = OLD.stream) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'append-only' USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE TRIGGER documents_insert BEFORE INSERT ON documents
    FOR EACH ROW EXECUTE FUNCTION refuse_parts_of_erased();
CREATE TRIGGER documents_delete BEFORE DELETE ON documents
    FOR EACH ROW EXECUTE FUNCTION keep_parts_unless_erased();
CREATE TRIGGER documents_deny BEFORE UPDATE OR TRUNCATE ON documents
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();

-- Of documents the trigger lets go only what was erased.
GRANT SELECT, INSERT, DELETE ON documents TO :"service";
