"""What a worker says when it starts: what it took, where it answers, and that it is ready."""

from __future__ import annotations

from collections.abc import Iterator

import typer

from stream.settings import Settings
from stream.worker.connections import Connections


def announce(line: str) -> None:
    """Write a line where a worker's messages go."""
    typer.echo(line, err=True)


def files_in_use(settings: Settings, connections: Connections) -> Iterator[str]:
    """Yield a line for each file that people edit: which one, and how much stands in it."""
    if (watchlist := connections.watchlist) is None:
        yield "watchlist: none"
    else:
        yield f"watchlist: {settings.watchlist}; entries: {len(watchlist.current.entries)}"
    yield f"rules: {settings.rules or 'the default'}"
    names = ", ".join(sorted(connections.destinations.receivers))
    yield f"routes: {settings.routes or 'none'}; receivers: {names}"
    if settings.api_tokens is None:
        yield "API: off; BELLWETHER_API_TOKENS turns it on"
    else:
        yield f"API: http://{settings.api_host}:{settings.api_port}/v1/, tokens of {settings.api_tokens}"
