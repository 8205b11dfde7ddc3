-- Projected rows of the open store, and how far each view has read (ledger/stores/projected.py).
-- They can be built again at any time, so nothing here is append-only. They are readable.

CREATE TABLE projected (
    view text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    row text COLLATE "C" NOT NULL,
    PRIMARY KEY (view, key)
);

CREATE TABLE tracking (
    view text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL
) WITH (fillfactor = 50);

GRANT SELECT, INSERT, UPDATE (row), DELETE ON projected TO :"service";
GRANT SELECT, INSERT, UPDATE (position), DELETE ON tracking TO :"service";
-- For other programs of the house: the rows that a person without clearance may see, no more.
GRANT SELECT ON projected TO :"reader";
