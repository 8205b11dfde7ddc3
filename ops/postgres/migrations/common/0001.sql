-- What every store has: the list of migrations applied here, the head, and the word "no".
--
-- Migrations are run by <prefix>_migrate as <prefix>_owner, with the library's schema alone in the
-- search path, each file in one transaction. A file that was released is never edited: the next
-- number changes what it made. :"service" is the role of the programs that use this store.

-- Which files were applied, and their SHA-256, so that nobody edits one afterwards.
CREATE TABLE migrations (
    name text COLLATE "C" PRIMARY KEY,
    sha256 text COLLATE "C" NOT NULL,
    applied_at timestamp with time zone NOT NULL DEFAULT now()
);

-- One row. `writes` is counted up by the program as the first thing in each transaction that
-- writes: whoever did so has the turn until the transaction ends, and every cache that was filled
-- under another count is out of date. `position` is the last number given to a row (rows/0001).
CREATE TABLE head (
    one smallint PRIMARY KEY DEFAULT 1 CHECK (one = 1),
    writes bigint NOT NULL DEFAULT 0,
    position bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10); -- room in the page, so that counting up touches no index
INSERT INTO head DEFAULT VALUES;

-- Every trigger that refuses calls this. The triggers bind the owner of the tables as well; what
-- the service may not do is refused by its missing rights before a trigger is asked.
CREATE FUNCTION refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    RAISE EXCEPTION USING
        MESSAGE = coalesce(TG_ARGV[0], 'append-only'),
        ERRCODE = 'integrity_constraint_violation';
END
$$;

-- Wait for the turn to write, and keep it until the transaction ends. The program has taken it
-- already; two rules that look at each other's tables do not rely on that.
CREATE FUNCTION take_turn() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM 1 FROM head FOR UPDATE;
    RETURN NULL;
END
$$;

CREATE TRIGGER migrations_deny BEFORE UPDATE OR DELETE OR TRUNCATE ON migrations
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER head_deny BEFORE DELETE OR TRUNCATE ON head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER head_update BEFORE UPDATE ON head
    FOR EACH ROW WHEN (NEW.writes < OLD.writes OR NEW.position < OLD.position)
    EXECUTE FUNCTION refuse('a head never goes back');

GRANT SELECT ON migrations TO :"service";
GRANT SELECT, UPDATE (writes) ON head TO :"service";
