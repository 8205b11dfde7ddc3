-- The roles and databases of one consortium. Run once by a superuser, and again after an upgrade of
-- this program: it changes nothing that is as it should be. Read README.md first.
--
--     psql -X -v prefix=ledger -f cluster.sql
--
-- This server is for the ledger alone: PUBLIC loses its rights in `postgres` and `template1` too.

\set ON_ERROR_STOP on
\if :{?prefix}
\else
    \set prefix ledger
\endif
SELECT :'prefix' ~ '^[a-z][a-z0-9_]{0,30}$' AS sound \gset
\if :sound
\else
    DO $$ BEGIN RAISE EXCEPTION
        'The prefix is 1 to 31 small letters, digits and _, a letter first.'; END $$;
\endif

-- ---- roles ----
-- No role has a password here. Let them in by peer or by certificate (pg_hba.conf.example), or run
-- \password ledger_open and so on, which sends the password hashed and keeps it out of every log.

-- SCRAM, should a password be set in this session.
SET password_encryption = 'scram-sha-256';

SELECT format('CREATE ROLE %I', :'prefix' || '_' || name)
FROM unnest(ARRAY['owner', 'migrate', 'upkeep', 'reader',
                  'open', 'inbox', 'vault', 'keystore', 'log']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'prefix' || '_' || name)
\gexec

-- Owns schemas, tables, triggers and functions. Nobody is it but who migrates.
SELECT :'prefix' || '_owner' AS owner, :'prefix' || '_migrate' AS migrate,
       :'prefix' || '_upkeep' AS upkeep, :'prefix' || '_reader' AS reader \gset
SELECT format('ALTER ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS'
              ' NOINHERIT %s', :'prefix' || '_' || name,
              CASE name WHEN 'owner' THEN 'NOLOGIN' ELSE 'LOGIN' END)
FROM unnest(ARRAY['owner', 'migrate', 'upkeep', 'reader',
                  'open', 'inbox', 'vault', 'keystore', 'log']) AS name
\gexec
-- Runs migrations by SET ROLE, and is nothing by itself.
GRANT :"owner" TO :"migrate";

-- ---- databases ----
-- C and UTF8: bytes sort as bytes, on every machine and after every upgrade of the system.

SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING ''UTF8'' LOCALE ''C''',
              :'prefix' || '_' || name)
FROM unnest(ARRAY['open', 'inbox', 'vault', 'keystore', 'log']) AS name
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'prefix' || '_' || name)
\gexec

-- From these two, anybody could look at the whole server.
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;

-- ---- what differs from database to database ----

\set store open
\set secret off
\ir database.sql
\set store inbox
\set secret on
\ir database.sql
\set store vault
\ir database.sql
\set store keystore
\ir database.sql
\set store log
\set secret off
\ir database.sql

-- Other programs of the house read the open projections, and nothing else.
SELECT :'prefix' || '_open' AS database \gset
GRANT CONNECT ON DATABASE :"database" TO :"reader";
