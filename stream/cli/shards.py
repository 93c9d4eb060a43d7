"""``bellwether shards``: over how many hash tags of Redis the windows are spread."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from stream.adapters.redis.layout import LayoutGuard

T = TypeVar("T")
app = typer.Typer(no_args_is_help=True, help="Over how many hash tags of Redis the windows are spread.")


@app.command()
def check() -> None:
    """Say in how many shards the windows are kept; an error where BELLWETHER_SHARDS is another number."""
    shards, chosen = _with_guard(lambda guard: guard.check())
    if chosen is None:
        typer.echo(f"nothing was counted yet; windows will be kept in {shards}, as BELLWETHER_SHARDS says")
    else:
        typer.echo(f"windows are kept in {chosen}, as BELLWETHER_SHARDS says")


@app.command()
def move() -> None:
    """Keep the windows in BELLWETHER_SHARDS shards from now on: they are rebuilt from bellwether.scored.

    Workers that have another number refuse to count from this moment on. Stop them, and start them with the new one.
    """
    shards, before = _with_guard(lambda guard: guard.move())
    if before is None:
        typer.echo(f"nothing to move: windows are kept in {shards}, or nothing was counted yet")
    else:
        typer.echo(
            f"windows were kept in {before}, and are kept in {shards} from now on; the first worker with "
            f"BELLWETHER_SHARDS={shards} rebuilds them from the log, and /readyz says how far it is"
        )


def _with_guard(work: Callable[[LayoutGuard], Awaitable[T]]) -> tuple[int, T]:
    """Return the number of the settings, and what ``work`` found."""
    import asyncio

    from stream.adapters.redis.client import connected
    from stream.adapters.redis.layout import Layout, LayoutGuard
    from stream.settings import load_settings

    settings = load_settings()

    async def run() -> T:
        async with connected(settings.redis.get_secret_value()) as client:
            return await work(LayoutGuard(client, Layout(settings.name, settings.shards)))

    return settings.shards, asyncio.run(run())
