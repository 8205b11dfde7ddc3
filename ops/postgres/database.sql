-- One database of cluster.sql: who may enter, what the server must not write down about it, and
-- what of the server must not be seen from it. Expects the psql variables that cluster.sql sets.

SELECT :'prefix' || '_' || :'store' AS service \gset
\connect :service
-- All of it or nothing, and one write to the disk instead of a thousand.
BEGIN;

-- ---- who may enter ----

-- The owner of a database may VACUUM (FULL) every table in it, which drives erased bytes out of the
-- files; it has no right to look into any of them. (MAINTAIN exists from PostgreSQL 17 on.)
ALTER DATABASE :"service" OWNER TO :"upkeep";
REVOKE ALL ON DATABASE :"service" FROM PUBLIC, :"upkeep";
GRANT CONNECT ON DATABASE :"service" TO :"upkeep", :"migrate", :"service";
GRANT CREATE ON DATABASE :"service" TO :"owner";

-- The schema `public` belongs to whoever owns the database, unless it is given away.
ALTER SCHEMA public OWNER TO :"owner";
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" REVOKE ALL ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" REVOKE ALL ON TYPES FROM PUBLIC;

-- Programs send plain statements; a block of procedural code is nothing that they need.
REVOKE ALL ON LANGUAGE plpgsql, sql FROM PUBLIC;
GRANT USAGE ON LANGUAGE plpgsql TO :"owner";

-- ---- what the server must not write down ----

ALTER DATABASE :"service" SET log_statement = 'none';
ALTER DATABASE :"service" SET log_min_duration_statement = -1;
ALTER DATABASE :"service" SET log_min_duration_sample = -1;
ALTER DATABASE :"service" SET log_transaction_sample_rate = 0;
ALTER DATABASE :"service" SET log_duration = off;
ALTER DATABASE :"service" SET log_parameter_max_length = 0;
ALTER DATABASE :"service" SET log_parameter_max_length_on_error = 0;
-- DETAIL of a violated constraint prints the values; a failed statement prints itself.
ALTER DATABASE :"service" SET log_error_verbosity = 'terse';
ALTER DATABASE :"service" SET log_min_error_statement = 'panic';
ALTER DATABASE :"service" SET log_lock_waits = off;
ALTER DATABASE :"service" SET log_temp_files = -1;
ALTER DATABASE :"service" SET debug_print_parse = off;
ALTER DATABASE :"service" SET debug_print_rewritten = off;
ALTER DATABASE :"service" SET debug_print_plan = off;
ALTER DATABASE :"service" SET log_parser_stats = off;
ALTER DATABASE :"service" SET log_planner_stats = off;
ALTER DATABASE :"service" SET log_executor_stats = off;
ALTER DATABASE :"service" SET log_statement_stats = off;
-- They bind only where the library is preloaded for the whole server.
ALTER DATABASE :"service" SET auto_explain.log_min_duration = -1;
\if :secret
    ALTER DATABASE :"service" SET pg_stat_statements.track = 'none';
    ALTER DATABASE :"service" SET track_activities = off;
\endif

-- ---- what the server must do ----

-- An acknowledged event survives a power cut. Where standbys are configured, `on` waits for them.
ALTER DATABASE :"service" SET synchronous_commit = 'on';
ALTER DATABASE :"service" SET default_transaction_isolation = 'read committed';

-- ---- what of the server must not be seen from here ----
-- Each of these shows something of the other databases of this server: that they are busy, how much
-- they write, who is there. Monitoring goes on as a member of pg_monitor. Names that a version does
-- not have are passed over; tests compare what is left in two worlds.

SELECT format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', oid::regprocedure),
       format('GRANT EXECUTE ON FUNCTION %s TO pg_monitor', oid::regprocedure)
FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace AND (
    -- Counters and sessions of all databases, whatever a version calls them.
    proname LIKE 'pg\_stat\_get\_%' OR proname = ANY (ARRAY[
        'pg_stat_have_stats',
        -- locks and sessions
        'pg_lock_status', 'pg_blocking_pids', 'pg_safe_snapshot_blocking_pids',
        'pg_isolation_test_session_is_blocked', 'pg_cancel_backend', 'pg_terminate_backend',
        'pg_prepared_xact', 'pg_notification_queue_usage', 'pg_get_aios',
        -- how far transactions have come
        'pg_current_snapshot', 'txid_current_snapshot', 'pg_xact_status', 'txid_status',
        'pg_xact_commit_timestamp', 'pg_xact_commit_timestamp_origin', 'pg_last_committed_xact',
        'pg_get_multixact_members', 'pg_get_multixact_stats', 'pg_export_snapshot',
        -- how much is written
        'pg_current_wal_lsn', 'pg_current_wal_insert_lsn', 'pg_current_wal_flush_lsn',
        'pg_last_wal_receive_lsn', 'pg_last_wal_replay_lsn', 'pg_last_xact_replay_timestamp',
        'pg_is_wal_replay_paused', 'pg_get_wal_replay_pause_state', 'pg_walfile_name',
        'pg_walfile_name_offset', 'pg_control_checkpoint', 'pg_control_system',
        'pg_control_recovery', 'pg_control_init', 'pg_get_replication_slots',
        'pg_show_replication_origin_status', 'pg_replication_origin_progress',
        'pg_replication_origin_session_progress', 'pg_get_wal_summarizer_state',
        'pg_available_wal_summaries', 'pg_wal_summary_contents', 'pg_get_wal_resource_managers',
        -- how large things are
        'pg_tablespace_size', 'pg_tablespace_databases', 'pg_database_size',
        'pg_relation_size', 'pg_table_size', 'pg_indexes_size', 'pg_total_relation_size',
        'pg_column_toast_chunk_id',
        -- large objects: nobody's, and each takes a number from a counter of the whole server
        'lo_creat', 'lo_create', 'lo_from_bytea', 'lo_import', 'lo_export', 'lo_open', 'lo_close',
        'lo_get', 'lo_put', 'lo_unlink', 'lo_lseek', 'lo_lseek64', 'lo_tell', 'lo_tell64',
        'lo_truncate', 'lo_truncate64', 'loread', 'lowrite'
    ])
    -- Files of the server: refused to most already, and to everybody from now on.
    OR proname LIKE 'pg\_ls\_%' OR proname LIKE 'pg\_read\_%'
)
\gexec

SELECT format('REVOKE ALL ON %s FROM PUBLIC', oid::regclass),
       format('GRANT SELECT ON %s TO pg_monitor', oid::regclass)
FROM pg_class
WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v') AND (
    relname LIKE 'pg\_stat\_%' OR relname LIKE 'pg\_statio\_%' OR relname = ANY (ARRAY[
        'pg_locks', 'pg_prepared_xacts', 'pg_replication_slots', 'pg_replication_origin_status',
        'pg_aios', 'pg_shdepend', 'pg_largeobject_metadata', 'pg_replication_origin'
    ])
)
\gexec

-- Of the list of databases, all but the columns that a vacuum elsewhere moves.
REVOKE ALL ON pg_database FROM PUBLIC;
SELECT format('GRANT SELECT (%s) ON pg_database TO PUBLIC',
              string_agg(quote_ident(attname), ', ' ORDER BY attnum))
FROM pg_attribute
WHERE attrelid = 'pg_database'::regclass AND attnum > 0 AND NOT attisdropped
    AND attname NOT IN ('datfrozenxid', 'datminmxid')
\gexec

COMMIT;
