-- The keystore: wraps under month keys, fences of erased streams, and people's public keys
-- (ledger/stores/keystore.py). Wraps and keys are ciphertext. This database is backed up apart
-- from the others and for a short time only: destroying a month key must kill every copy.

CREATE TABLE month_keys (
    month text COLLATE "C" PRIMARY KEY,
    wrapped bytea NOT NULL
);

CREATE TABLE destroyed_months (
    month text COLLATE "C" PRIMARY KEY
);

CREATE TABLE wraps (
    stream uuid PRIMARY KEY,
    month text COLLATE "C" NOT NULL REFERENCES month_keys,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('open', 'sealed')),
    wrap bytea NOT NULL,
    personal smallint NOT NULL CHECK (personal IN (0, 1))
);
CREATE INDEX wraps_month ON wraps (month);

CREATE TABLE fences (
    stream uuid NOT NULL,
    scope text COLLATE "C" NOT NULL CHECK (scope IN ('personal', 'both')),
    digest bytea NOT NULL,
    PRIMARY KEY (stream, scope)
);

CREATE TABLE people (
    person text COLLATE "C" NOT NULL,
    public bytea NOT NULL,
    PRIMARY KEY (person, public)
);

-- A destroyed month's name is not used again: an old wrap must never meet a new key.
CREATE FUNCTION refuse_destroyed_month() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    IF EXISTS (SELECT FROM destroyed_months WHERE month = NEW.month) THEN
        RAISE EXCEPTION 'destroyed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;

-- The two look at each other's tables, so both wait for the turn first.
CREATE TRIGGER month_keys_turn BEFORE INSERT ON month_keys
    FOR EACH STATEMENT EXECUTE FUNCTION take_turn();
CREATE TRIGGER month_keys_insert BEFORE INSERT ON month_keys
    FOR EACH ROW EXECUTE FUNCTION refuse_destroyed_month();
CREATE TRIGGER destroyed_months_turn BEFORE INSERT ON destroyed_months
    FOR EACH STATEMENT EXECUTE FUNCTION take_turn();

CREATE TRIGGER destroyed_months_deny BEFORE UPDATE OR DELETE OR TRUNCATE ON destroyed_months
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER fences_deny BEFORE UPDATE OR DELETE OR TRUNCATE ON fences
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();

GRANT SELECT, INSERT ON month_keys, destroyed_months, wraps, fences, people TO :"service";
GRANT UPDATE (month, kind, wrap, personal) ON wraps TO :"service";
GRANT DELETE ON month_keys, wraps TO :"service";
