"""What the commands around alerts share: the operations on the stores of the settings, who asks, how text is shown."""

from __future__ import annotations

import getpass
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
import typer

from stream.errors import UsageError

if TYPE_CHECKING:
    from stream.operations import Operations
    from stream.pipeline.notify import Receiver, Routing
    from stream.pipeline.notify.doubts import Known
    from stream.settings import Settings

T = TypeVar("T")
Json = Annotated[bool, typer.Option("--json", help="JSON, for programs.")]
Author = Annotated[str | None, typer.Option(help="Who does it; your user's name if unset.")]
TIME, SECONDS = "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"


def check_series(series: str, *, guessed: bool = True) -> None:
    """Raise UsageError where no series is named so, and say what :func:`unknown_topic` does."""
    from stream.pipeline.notify.doubts import unknown_topic
    from stream.pipeline.windows.contribution import ALL, is_series

    if not is_series(series):
        raise UsageError(f"series '{series}': one begins with topic:, entry: or group:, or is {ALL}")
    for doubt in unknown_topic(series, guessed=guessed):
        say(shown(doubt))


def operate(work: Callable[[Operations], Awaitable[T]]) -> T:
    """Run ``work`` on the operations; receivers are made only if it asks for them."""
    import asyncio

    from stream.adapters.postgres.alert_store import PostgresAlertStore
    from stream.adapters.postgres.desk import PostgresDesk
    from stream.adapters.postgres.engine import engine_of
    from stream.adapters.postgres.outbox import PostgresOutbox
    from stream.operations import Operations
    from stream.settings import load_settings

    settings = load_settings()
    configured = _Configured(settings)

    async def run() -> T:
        engine = engine_of(settings.postgres.get_secret_value(), settings.postgres_timeout)
        store, desk = PostgresAlertStore(engine), PostgresDesk(engine, configured.routing)
        try:
            operations = Operations(
                store=store,
                desk=desk,
                outbox=PostgresOutbox(engine),
                names=configured.names,
                receivers=configured.receivers,
                routing=configured.routing,
                known=configured.known,
            )
            return await work(operations)
        finally:
            for receiver in configured.opened.values():
                await receiver.aclose()
            await engine.dispose()

    return asyncio.run(run())


class _Configured:
    """The receivers and routes of the settings; their names can be listed on machines without the secrets."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.opened: Mapping[str, Receiver] = {}

    def names(self) -> list[str]:
        """Return the names of the receivers."""
        from stream.adapters.files.routes import read_routes
        from stream.pipeline.notify.config import TOPIC_NAME
        from stream.worker.destinations import WEBHOOK_NAME

        if self._settings.routes is not None:
            routes = read_routes(self._settings.routes, resolve=False)
            return [TOPIC_NAME, *(spec.name for spec, _ in routes.receivers)]
        return [TOPIC_NAME, *([WEBHOOK_NAME] if self._settings.webhook_url else [])]

    def receivers(self) -> Mapping[str, Receiver]:
        """Open the receivers, with their secrets."""
        from stream.worker.destinations import Destinations

        self.opened = Destinations(self._settings).receivers
        return self.opened

    def known(self) -> Known:
        """Return what silences are doubted by."""
        from stream.adapters.files.known import known_entries, known_rules
        from stream.pipeline.notify.doubts import Known

        return Known(known_rules(self._settings.rules), known_entries(self._settings.watchlist))

    def routing(self) -> Routing:
        """Return what acknowledging and silencing need: nothing is routed here."""
        from stream.pipeline.notify import Routing

        return Routing(groups=groups_of(self._settings), grafana=self._settings.grafana_url)


def configured_routing(settings: Settings) -> Routing:
    """Return the routing of the settings, without the receivers' secrets; without a file nobody is named in it."""
    from stream.adapters.files.routes import read_routes
    from stream.pipeline.notify import Routing

    routing = Routing() if settings.routes is None else read_routes(settings.routes, resolve=False).routing
    return msgspec.structs.replace(routing, groups=groups_of(settings))


def groups_of(settings: Settings) -> Mapping[str, str]:
    """Return entry -> group of the watchlist of the settings, empty where there is none."""
    from stream.adapters.files.watchlist import read_watchlist

    if settings.watchlist is None:
        return {}
    entries = read_watchlist(settings.watchlist).entries.values()
    return {entry.name: entry.group for entry in entries if entry.group}


def author_of(author: str | None) -> str:
    """Return who does it."""
    if author:
        return author
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise UsageError("this user has no name here; say --author") from None


def shown(text: str) -> str:
    """Return text of unknown origin so that it cannot steer a terminal; its line breaks stay.

    >>> shown("a" + chr(27) + "[2J")
    'a [2J'
    """
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text)


def say(note: str) -> None:
    """Print what there is to say beside a command's output, on standard error."""
    typer.echo(f"bellwether: {note}", err=True)


def moment(text: str) -> datetime:
    """Return a time in ISO format in UTC; one that names no zone is in it.

    Raises:
        UsageError: the text is no time.
    """
    try:
        parsed = datetime.fromisoformat(text)
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # or one before the year 1, once in UTC
        raise UsageError(f"'{text}' is no time; write 2026-03-02T09:30") from None
