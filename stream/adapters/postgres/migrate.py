"""Brings a Postgres database to the schema of :mod:`stream.adapters.postgres.tables`, and lets Grafana read it."""

from __future__ import annotations

from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, func, select, text
from sqlalchemy.pool import NullPool

from stream.adapters.postgres.engine import connect_arguments, read_url, store_errors
from stream.errors import StoreError

# Seconds: how long a table that somebody locks, or another's migration, is waited for; and how long a migration may
# take, which on large tables is long, but not for ever.
LOCK_TIMEOUT, STATEMENT_TIMEOUT = 60, 1800
LOCK = 0x62656C6C  # any number that is ours: advisory locks are told apart by number alone
_one_at_a_time = Lock()  # Alembic keeps what it works on in its module, whatever the thread

# After every migration, not in one: a role that the administrator makes later then gets its rights, too. Where we may
# not make it, Grafana waits for the administrator and all else works. The timeout counts where Grafana logs in as this
# role itself, and is left alone when somebody has set another.
READER = """
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'grafana_reader') THEN
    CREATE ROLE grafana_reader NOLOGIN;
  END IF;
EXCEPTION
  WHEN insufficient_privilege THEN RAISE NOTICE 'role grafana_reader: %', SQLERRM;
  WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this server was as fast
END $$;
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'grafana_reader') THEN
    GRANT SELECT ON series_minutes, topic_hours, series_evidence, series_state, series_decisions, alerts,
      alert_transitions, alert_evidence, deliveries, feed_health TO grafana_reader;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO grafana_reader', current_schema());
  END IF;
EXCEPTION
  WHEN insufficient_privilege THEN RAISE NOTICE 'grants to grafana_reader: %', SQLERRM;
END $$;
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'grafana_reader') AND NOT EXISTS (
    SELECT FROM pg_db_role_setting AS kept JOIN pg_roles AS role ON role.oid = kept.setrole
    WHERE role.rolname = 'grafana_reader' AND array_to_string(kept.setconfig, ' ') LIKE '%statement_timeout=%'
      AND kept.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
  ) THEN
    EXECUTE format('ALTER ROLE grafana_reader IN DATABASE %I SET statement_timeout = ''15s''', current_database());
  END IF;
EXCEPTION
  WHEN insufficient_privilege THEN RAISE NOTICE 'timeout of grafana_reader: %', SQLERRM;
END $$;
"""


def migrate(url: str) -> None:
    """Bring the database to the newest schema. Any number of processes may do so at once, at any time.

    Raises:
        SettingsError: the URL is not one of Postgres.
        StoreError: Postgres did not answer or refused, or its schema is of a newer release; nothing was changed.
    """
    engine = create_engine(read_url(url), poolclass=NullPool, connect_args=connect_arguments(url))
    try:
        with store_errors("migrate"), engine.begin() as connection:
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}s'"))
            connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}s'"))
            # Held to the end of the transaction: who comes second waits here and then finds nothing to do.
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
            _upgrade(connection)
            connection.execute(text(READER))
    finally:
        engine.dispose()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", "stream.adapters.postgres:migrations")
    config.attributes["connection"] = connection
    try:
        with _one_at_a_time:
            command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(f"Postgres was not migrated, its schema may be of a newer release: {error}") from error
