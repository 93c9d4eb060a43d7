from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from stream.adapters.postgres import migrate as module
from stream.adapters.postgres.migrate import migrate
from stream.adapters.postgres.tables import metadata
from stream.embedded import Postgres
from stream.errors import SettingsError, StoreError
from tests.postgres import create_database

PASSWORD = "a-test"
READABLE = {
    *("feed_health", "topic_hours"),
    *("alert_evidence", "alert_transitions", "alerts", "deliveries"),
    *("series_decisions", "series_evidence", "series_minutes", "series_state"),
}


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def run(url: str, *statements: str) -> None:
    with connected(url) as connection:
        for statement in statements:
            connection.execute(text(statement))


def catalogue(url: str) -> list[tuple[object, ...]]:
    """Indexes, constraints and columns as the server tells them, conditions and order of the indexes with them."""
    queries = (
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'",
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'",
        "SELECT table_name, column_name, ordinal_position, data_type, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'",
    )
    with connected(url) as connection:
        return sorted(tuple(row) for query in queries for row in connection.execute(text(query)))


def test_the_migrated_schema_is_that_of_the_tables(own_database: str) -> None:
    with connected(own_database) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_indexes_and_constraints_are_those_of_the_tables(own_database: str, empty_database: str) -> None:
    with connected(empty_database) as connection:
        metadata.create_all(connection)
    assert catalogue(own_database) == catalogue(empty_database)


def test_again_changes_nothing(own_database: str) -> None:
    before = catalogue(own_database)
    migrate(own_database)
    assert catalogue(own_database) == before


def test_many_at_once_are_fine(postgres: Postgres) -> None:
    urls = [create_database(postgres) for _ in range(2)] * 3
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(migrate, urls))
    for url in set(urls):
        with connected(url) as connection:
            assert connection.execute(text("SELECT version_num FROM alembic_version")).all() == [("0017",)]


def test_grafana_reads_what_it_shows_and_no_more(own_database: str) -> None:
    with connected(own_database) as connection:
        connection.execute(text("SET ROLE grafana_reader"))
        tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        can = {
            right: {
                name
                for name in tables
                if connection.scalar(text("SELECT has_table_privilege(:name, :right)"), {"name": name, "right": right})
            }
            for right in ("SELECT", "INSERT, UPDATE, DELETE, TRUNCATE")
        }
        assert list(can.values()) == [READABLE, set()]
        assert connection.execute(text("SELECT count(*) FROM alerts")).scalar() == 0


@pytest.fixture
def role(monkeypatch: pytest.MonkeyPatch) -> str:
    """A name for the role of one test; roles are the server's, which all tests share."""
    name = f"reader_{uuid4().hex[:8]}"
    monkeypatch.setattr(module, "READER", module.READER.replace("grafana_reader", name))
    return name


@pytest.fixture
def owner(empty_database: str) -> str:
    """The URL of an empty database as one who may make tables there, but no roles."""
    name = f"owner_{uuid4().hex[:8]}"
    made = f"CREATE ROLE {name} LOGIN NOCREATEROLE PASSWORD '{PASSWORD}'"
    run(empty_database, made, f"GRANT ALL ON SCHEMA public TO {name}")
    return as_user(empty_database, name)


def as_user(database: str, name: str) -> str:
    """The URL of ``database`` for another user."""
    return make_url(database).set(username=name, password=PASSWORD).render_as_string(hide_password=False)


def test_a_query_of_grafana_ends_and_another_limit_is_left_alone(empty_database: str, role: str) -> None:
    migrate(empty_database)
    run(empty_database, f"ALTER ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
    name = empty_database.rpartition("/")[2]
    for limit in ("15s", "40s"):
        with connected(as_user(empty_database, role)) as connection:
            assert connection.execute(text("SHOW statement_timeout")).scalar() == limit
        run(empty_database, f"ALTER ROLE {role} IN DATABASE {name} SET statement_timeout = '40s'")
        migrate(empty_database)


def test_without_the_right_to_make_roles_all_else_is_made(owner: str, role: str) -> None:
    migrate(owner)
    with connected(owner) as connection:
        assert connection.execute(text("SELECT count(*) FROM series_minutes")).scalar() == 0
        assert connection.execute(text(f"SELECT FROM pg_roles WHERE rolname = '{role}'")).all() == []


def test_a_role_that_comes_later_is_served(owner: str, role: str, empty_database: str) -> None:
    migrate(owner)
    run(empty_database, f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
    migrate(owner)
    with connected(as_user(owner, role)) as connection:
        assert connection.execute(text("SELECT count(*) FROM alerts")).scalar() == 0


def _step_down(url: str, revision: str) -> None:
    """Bring the database back to an older schema."""
    with connected(url) as connection:
        config = Config()
        config.set_main_option("script_location", "stream.adapters.postgres:migrations")
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def test_down_and_up_again(own_database: str) -> None:
    before = catalogue(own_database)
    _step_down(own_database, "base")
    assert catalogue(own_database) == []
    migrate(own_database)
    assert catalogue(own_database) == before


def test_documents_of_before_are_read_as_people_read_them(own_database: str) -> None:
    texts = {
        "entity": ("Traders can&#39;t sell", "Traders can't sell"),
        "tag": ("<p>Bank <b>fails</b></p>", "Bank fails"),
        "space": ("Bank\u00a0fails", "Bank fails"),
        "plain": ("Bank fails", None),
        "ticker": ("<TSLA> & a < b", None),
        "accent": ("Société Générale falls", None),
    }
    _step_down(own_database, "0010")
    evidence = (
        "INSERT INTO series_evidence (series, minute, document, story, copies, source, published_at, text, truncated,"
        " negative, entries) SELECT 's', now(), :document, '', 1, 's', now(), :text, false, 0.9, '{}'"
    )
    with connected(own_database) as connection:
        rows = [{"document": name, "text": verbatim} for name, (verbatim, _) in texts.items()]
        connection.execute(text(evidence), rows)
    run(
        own_database,
        "INSERT INTO alerts (id, rule, series, status, fired_at, created_at, kind, severity, group_id, receivers)"
        " SELECT 'a', 'r', 's', 'firing', now(), now(), 'negative', 'warning', 'a', '{}'",
        "INSERT INTO alert_evidence (alert_id, position, document, source, published_at, text, truncated, negative,"
        " story, entries) SELECT 'a', row_number() OVER (), document, source, published_at, text, false, 0.9, '', '{}'"
        " FROM series_evidence",
    )
    migrate(own_database)
    with connected(own_database) as connection:
        for table in ("series_evidence", "alert_evidence"):
            found = connection.execute(text(f"SELECT document, text, readable FROM {table}"))  # noqa: S608 - our own words
            assert {row.document: (row.text, row.readable) for row in found} == texts


def test_a_schema_of_a_newer_release_is_refused(own_database: str) -> None:
    run(own_database, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"Postgres was not migrated.*9999"):
        migrate(own_database)


def test_a_failed_migration_leaves_nothing(empty_database: str) -> None:
    run(empty_database, "CREATE TABLE deliveries (id integer)")
    with pytest.raises(StoreError, match='Postgres did not migrate: relation "deliveries" already exists'):
        migrate(empty_database)
    with connected(empty_database) as connection:
        tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    assert tables == ["deliveries"]


def test_a_server_that_is_gone_shows_no_password() -> None:
    with pytest.raises(StoreError, match=r"Postgres did not migrate: .*refused") as caught:
        migrate("postgresql+psycopg://u:hidden@127.0.0.1:1/d")
    assert "hidden" not in f"{caught.value!r}{caught.value.__cause__!r}"


@pytest.mark.parametrize(
    "url",
    ["", "hidden", "postgresql+psycopg://u:hid/den@host:x/d", "mysql://u:hidden@h/d", "postgresql://u:hidden@h/d"],
)
def test_a_url_of_something_else_is_a_settings_error_without_it(url: str) -> None:
    with pytest.raises(SettingsError, match=r"BELLWETHER_POSTGRES\): postgresql://") as caught:
        migrate(url)
    assert "hid" not in str(caught.value)
    assert caught.value.__cause__ is None
