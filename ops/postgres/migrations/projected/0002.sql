-- Rows that are made anew beside those that are read, and how far each view has read: whether it
-- stopped, where and since when (ledger/stores/projected.py). What the older table knew is made
-- again by the next run.

DROP TABLE tracking;

CREATE TABLE rebuilding (
    view text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    row text COLLATE "C" NOT NULL,
    PRIMARY KEY (view, key)
);

CREATE TABLE progress (
    view text COLLATE "C" PRIMARY KEY,
    position bigint,
    build bigint NOT NULL,
    under text COLLATE "C" NOT NULL,
    stopped_at bigint,
    stopped_since text COLLATE "C",
    stopped_kind text COLLATE "C",
    seal text COLLATE "C" NOT NULL
) WITH (fillfactor = 50);

GRANT SELECT, INSERT, UPDATE (row), DELETE ON rebuilding TO :"service";
GRANT SELECT, INSERT, DELETE,
    UPDATE (position, build, under, stopped_at, stopped_since, stopped_kind, seal)
    ON progress TO :"service";
