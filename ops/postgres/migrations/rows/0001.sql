-- A store of streams: rows, the lane of their commitments, and what is written beside them
-- (ledger/stores/recorder.py, lane.py, erased.py). Everything in `state`, `commitment`, `wrap`,
-- `request` and `answer` is ciphertext or a digest: this server holds no key.

-- ---- rows ----

-- `notification_id` is this store's own position: dense from 1, in the order of commits.
CREATE TABLE stored_events (
    notification_id bigint NOT NULL UNIQUE,
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    topic text COLLATE "C" NOT NULL,
    state bytea NOT NULL,
    PRIMARY KEY (originator_id, originator_version)
) WITH (
    -- Rows never change: freeze them with the first vacuum, which inserts alone bring about.
    autovacuum_freeze_min_age = 0,
    autovacuum_vacuum_insert_threshold = 1000,
    autovacuum_vacuum_insert_scale_factor = 0.05,
    autovacuum_analyze_scale_factor = 0.05
);
-- Ciphertext does not get smaller; trying costs time.
ALTER TABLE stored_events ALTER COLUMN state SET STORAGE EXTERNAL;

-- ---- the lane ----

CREATE TABLE commitments (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream uuid NOT NULL,
    seq bigint NOT NULL,
    commitment bytea NOT NULL UNIQUE,
    received bigint NOT NULL,
    not_before bigint NOT NULL,
    tick bigint,
    promised bigint,
    issued_at text COLLATE "C",
    UNIQUE (stream, seq)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.05);
CREATE INDEX commitments_tick ON commitments (tick);
-- Those that wait for a slot: nearly always none.
CREATE INDEX commitments_waiting ON commitments (position) WHERE tick IS NULL;

-- What a waiting commitment waits for besides a slot. Empty but for an overflow.
CREATE TABLE waits (
    position bigint NOT NULL REFERENCES commitments,
    stream uuid NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (position, stream, seq)
);

CREATE TABLE lane (
    one smallint PRIMARY KEY CHECK (one = 1),
    closed bigint NOT NULL,
    running bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO lane VALUES (1, 0, 0);

-- ---- beside the rows ----

CREATE TABLE commands (
    command text COLLATE "C" PRIMARY KEY,
    request bytea NOT NULL,
    answer bytea NOT NULL
) WITH (autovacuum_vacuum_insert_scale_factor = 0.05);

CREATE TABLE labels (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    label text COLLATE "C" NOT NULL,
    stream uuid NOT NULL
);
CREATE INDEX labels_label ON labels (label);
CREATE INDEX labels_stream ON labels (stream);

-- Heads of closed streams that were continued: each at most once (FORMAT §1).
CREATE TABLE continued (
    head bytea PRIMARY KEY
);

-- Wraps on their way into the keystore: written with the records that they belong to.
CREATE TABLE wraps (
    stream uuid PRIMARY KEY,
    month text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('open', 'sealed')),
    wrap bytea NOT NULL,
    personal smallint NOT NULL CHECK (personal IN (0, 1))
);

-- ---- what is left of erased streams ----

CREATE TABLE erased (
    stream uuid NOT NULL,
    scope text COLLATE "C" NOT NULL CHECK (scope IN ('personal', 'both')),
    record text COLLATE "C" NOT NULL,
    e bytea NOT NULL,
    PRIMARY KEY (stream, scope)
);

CREATE TABLE tombstones (
    stream uuid NOT NULL,
    seq bigint NOT NULL,
    blind bytea NOT NULL,
    e bytea NOT NULL,
    PRIMARY KEY (stream, seq)
);

-- ---- rules: rows ----

-- A row's number: each row locks the head, until the transaction ends, and takes the number after
-- the last one; after the statement the head keeps the last one. So the order of numbers is the
-- order of commits, whatever the client sent, and a number that was not used after all (a failure,
-- ON CONFLICT DO NOTHING) is given again.
CREATE FUNCTION number_row() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    is_erased boolean;
BEGIN
    -- The last rows of all may have been erased, so that the rows alone do not tell the last
    -- number; nor does the head, which does not know the earlier rows of this statement.
    SELECT position INTO NEW.notification_id FROM head FOR UPDATE;
    -- A query of its own: with the head locked nobody else marks a stream or adds a row, and what
    -- is seen from here on, counts.
    SELECT 1 + greatest(NEW.notification_id, (SELECT max(notification_id) FROM stored_events)),
        EXISTS (SELECT FROM erased WHERE stream = NEW.originator_id)
    INTO NEW.notification_id, is_erased;
    IF is_erased THEN
        RAISE EXCEPTION 'erased' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;

-- SECURITY DEFINER, because the service has no right to move `head.position` by itself: it could
-- leave a gap there, and readers would take that for rows that somebody removed.
CREATE FUNCTION keep_last_number() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $$
BEGIN
    UPDATE head SET position = last.number
    FROM (SELECT max(notification_id) AS number FROM stored_events) AS last
    WHERE last.number > position;
    RETURN NULL;
END
$$;

CREATE FUNCTION keep_unless_erased() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    IF EXISTS (SELECT FROM erased WHERE stream = OLD.originator_id AND scope = 'both') THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'append-only' USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE TRIGGER stored_events_insert BEFORE INSERT ON stored_events
    FOR EACH ROW EXECUTE FUNCTION number_row();
CREATE TRIGGER stored_events_inserted AFTER INSERT ON stored_events
    FOR EACH STATEMENT EXECUTE FUNCTION keep_last_number();
CREATE TRIGGER stored_events_delete BEFORE DELETE ON stored_events
    FOR EACH ROW EXECUTE FUNCTION keep_unless_erased();
CREATE TRIGGER stored_events_deny BEFORE UPDATE OR TRUNCATE ON stored_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER erased_insert BEFORE INSERT ON erased
    FOR EACH STATEMENT EXECUTE FUNCTION take_turn();

-- ---- rules: the lane ----

-- The one change in a commitment's life: it gets its slot.
CREATE TRIGGER commitments_update BEFORE UPDATE ON commitments
    FOR EACH ROW WHEN (
        OLD.tick IS NOT NULL OR NEW.tick IS NULL
        OR (NEW.position, NEW.stream, NEW.seq, NEW.commitment, NEW.received, NEW.not_before)
        IS DISTINCT FROM
        (OLD.position, OLD.stream, OLD.seq, OLD.commitment, OLD.received, OLD.not_before)
    )
    EXECUTE FUNCTION refuse();
CREATE TRIGGER commitments_deny BEFORE DELETE OR TRUNCATE ON commitments
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER lane_update BEFORE UPDATE ON lane
    FOR EACH ROW WHEN (NEW.closed < OLD.closed OR NEW.running < OLD.running)
    EXECUTE FUNCTION refuse('a tick is never opened again');
CREATE TRIGGER lane_deny BEFORE DELETE OR TRUNCATE ON lane
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();

-- ---- rules: what is only ever added to ----

CREATE TRIGGER commands_deny BEFORE UPDATE OR DELETE OR TRUNCATE ON commands
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER labels_deny BEFORE UPDATE OR DELETE OR TRUNCATE ON labels
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER continued_deny BEFORE UPDATE OR DELETE OR TRUNCATE ON continued
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER erased_deny BEFORE UPDATE OR DELETE OR TRUNCATE ON erased
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER tombstones_deny BEFORE UPDATE OR DELETE OR TRUNCATE ON tombstones
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();

-- ---- rights ----

GRANT SELECT, INSERT ON stored_events, commands, continued, waits, wraps, erased, tombstones
    TO :"service";
-- Without `position`: no client chooses one.
GRANT SELECT, INSERT (stream, seq, commitment, received, not_before, tick, promised, issued_at),
    UPDATE (tick, promised, issued_at) ON commitments TO :"service";
GRANT SELECT, INSERT (label, stream) ON labels TO :"service";
GRANT SELECT, UPDATE (closed, running) ON lane TO :"service";
GRANT UPDATE (month, kind, wrap, personal) ON wraps TO :"service";
-- Of stored_events the trigger lets go only what was erased whole.
GRANT DELETE ON stored_events, waits, wraps TO :"service";
