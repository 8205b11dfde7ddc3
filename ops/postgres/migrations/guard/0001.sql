-- The guard's list and its agents (ledger/stores/guard.py). `list` is ciphertext of a fixed length,
-- and the table has one row; of an agent's credential a digest is kept.

CREATE TABLE guard_list (
    one smallint PRIMARY KEY CHECK (one = 1),
    list bytea NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE guard_agents (
    name text COLLATE "C" PRIMARY KEY,
    digest bytea NOT NULL UNIQUE,
    since text COLLATE "C" NOT NULL
);

GRANT SELECT, INSERT, UPDATE (list) ON guard_list TO :"service";
GRANT SELECT, INSERT, DELETE ON guard_agents TO :"service";
