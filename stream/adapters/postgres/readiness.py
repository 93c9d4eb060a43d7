"""Whether Postgres lets a worker work: its tables are there, of this release at least, and may be written to."""

from __future__ import annotations

from functools import cache
from importlib import resources

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from stream.adapters.postgres.engine import store_errors
from stream.errors import StoreError

_STATE = text(
    "SELECT current_setting('transaction_read_only') = 'on' AS read_only,"
    " to_regclass('series_minutes') IS NOT NULL AS there,"
    " coalesce(has_table_privilege(to_regclass('alembic_version'), 'SELECT'), false) AS tells"
)
_RELEASE = text("SELECT version_num FROM alembic_version")


async def check_postgres(engine: AsyncEngine) -> None:
    """Return when a worker can work on it.

    Tables of a newer release are no hindrance: while workers are replaced one by one, some are older.

    Raises:
        StoreError: it does not answer, is read-only, or has no tables or those of an older release.
    """
    with store_errors("answer"):
        async with engine.connect() as connection:
            state = (await connection.execute(_STATE)).one()
            stands = await connection.scalar(_RELEASE) if state.tells else None
    if state.read_only:
        raise StoreError("Postgres is read-only: is it a standby, or does default_transaction_read_only say so?")
    if not state.there:
        raise StoreError("Postgres has no tables yet; run `bellwether migrate`")
    if stands is not None and str(stands) < newest_tables():
        raise StoreError(f"Postgres has the tables of an older release, {stands}; run `bellwether migrate`")


@cache
def newest_tables() -> str:
    """Return the number of the newest migration; by the names of the files, since Alembic takes long to import."""
    files = resources.files("stream.adapters.postgres.migrations").joinpath("versions").iterdir()
    return max(file.name.partition("_")[0] for file in files if file.name[:1].isdigit())
