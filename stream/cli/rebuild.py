"""``bellwether rebuild``: windows and rows anew from the log of record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from stream.errors import SettingsError


def rebuild(
    since: Annotated[str, typer.Option(help="Rebuild from the UTC day of this time: 2026-01-31 or 2026-01-31T12:00Z.")],
    force: Annotated[
        bool, typer.Option("--force", help="Also days that are older than what is kept, or than the log holds in full.")
    ] = False,
) -> None:
    """Rebuild windows and PostgreSQL rows from bellwether.scored, beside the running stream, and switch over at once.

    Whole UTC days are rebuilt, with the watchlist and the lateness that are set now. Alerts and decisions stay.
    A day of which the log holds fewer documents than stand there stays as it is, unless you say --force.
    """
    moment = _moment(since)
    from stream.cli.work.rebuild import rebuild_since

    rebuild_since(moment, force=force)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:  # or one before the year 1, once in UTC
        raise SettingsError(f"--since: '{text}' is no time; write 2026-01-31 or 2026-01-31T12:00Z") from error
    if moment > datetime.now(UTC):
        raise SettingsError(f"--since: '{text}' lies in the future")
    return moment
