-- The logbook: which entries each tick put into the log, kept before anything is published
-- (ledger/stores/logbook.py). Entries are public; seeds are sealed to the attesters.

CREATE TABLE ticks (
    tick bigint PRIMARY KEY,
    first bigint NOT NULL,
    seeds bytea NOT NULL
);

CREATE TABLE entries (
    leaf bigint PRIMARY KEY,
    entry bytea NOT NULL UNIQUE
) WITH (autovacuum_freeze_min_age = 0, autovacuum_vacuum_insert_scale_factor = 0.05);

CREATE TRIGGER ticks_deny BEFORE UPDATE OR DELETE OR TRUNCATE ON ticks
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER entries_deny BEFORE UPDATE OR DELETE OR TRUNCATE ON entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();

GRANT SELECT, INSERT ON ticks, entries TO :"service";
