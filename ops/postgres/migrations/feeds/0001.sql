-- Entries of the feeds, and how far each has read the store (ledger/stores/feeds.py). An entry is
-- only ever added; its one change is its drop. `body` is JSON in clear: nobody but the service reads
-- it here, and everybody else asks the service.

CREATE TABLE feed_entries (
    feed text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    source text COLLATE "C",
    reference text COLLATE "C",
    digest bytea NOT NULL,
    nonce bytea,
    body bytea,
    chain bytea NOT NULL,
    PRIMARY KEY (feed, position),
    UNIQUE (source, feed)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.05);
CREATE INDEX feed_entries_reference ON feed_entries (reference);
-- What was dropped and not told yet: nearly always nothing.
CREATE INDEX feed_entries_untold ON feed_entries (feed)
    WHERE body IS NULL AND reference IS NOT NULL;

CREATE TABLE feed_tracking (
    feed text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TRIGGER feed_entries_update BEFORE UPDATE ON feed_entries
    FOR EACH ROW WHEN (
        (NEW.feed, NEW.position, NEW.digest, NEW.chain)
            IS DISTINCT FROM (OLD.feed, OLD.position, OLD.digest, OLD.chain)
        OR NEW.source IS NOT NULL OR NEW.nonce IS NOT NULL OR NEW.body IS NOT NULL
        OR (NEW.reference IS NOT NULL AND NEW.reference IS DISTINCT FROM OLD.reference)
    ) EXECUTE FUNCTION refuse();
CREATE TRIGGER feed_entries_deny BEFORE DELETE OR TRUNCATE ON feed_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();

GRANT SELECT, INSERT, UPDATE (source, reference, nonce, body) ON feed_entries TO :"service";
GRANT SELECT, INSERT, UPDATE (position) ON feed_tracking TO :"service";
