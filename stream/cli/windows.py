"""``bellwether windows``: the rolling windows as they are now."""

from __future__ import annotations

from typing import Annotated

import typer


def windows(
    series: Annotated[str, typer.Option(help="Only series whose name begins so, as topic: or entry:Apple.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many series: those with the most negatives.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="JSON lines of all series, for programs.")] = False,
) -> None:
    """Show the rolling windows (BELLWETHER_WINDOWS) of each series, up to the minute that event time has reached."""
    from stream.cli.work.windows import print_windows

    print_windows(series, limit, json)
