-- Webhooks and their letters (ledger/stores/webhooks.py). `sealed` is ciphertext.

CREATE TABLE webhooks (
    name text COLLATE "C" PRIMARY KEY,
    feed text COLLATE "C" NOT NULL,
    sealed bytea NOT NULL,
    position bigint NOT NULL,
    tick bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE webhook_letters (
    webhook text COLLATE "C" NOT NULL REFERENCES webhooks,
    first bigint NOT NULL,
    last bigint NOT NULL,
    tries bigint NOT NULL,
    due bigint NOT NULL,
    outcome text COLLATE "C" NOT NULL,
    dead smallint NOT NULL CHECK (dead IN (0, 1)),
    PRIMARY KEY (webhook, first)
);

GRANT SELECT, INSERT, UPDATE (position, tick), DELETE ON webhooks TO :"service";
GRANT SELECT, INSERT, UPDATE (tries, due, outcome, dead), DELETE ON webhook_letters TO :"service";
