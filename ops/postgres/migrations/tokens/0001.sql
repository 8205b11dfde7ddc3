-- Tokens of programs that read one feed or projection (ledger/stores/tokens.py). Of a token a digest
-- is kept; the days are spelt YYYY-MM-DD.

CREATE TABLE tokens (
    name text COLLATE "C" PRIMARY KEY,
    digest bytea NOT NULL UNIQUE,
    scope text COLLATE "C" NOT NULL,
    since text COLLATE "C" NOT NULL,
    until text COLLATE "C" NOT NULL,
    used text COLLATE "C"
);

GRANT SELECT, INSERT, UPDATE (used), DELETE ON tokens TO :"service";
