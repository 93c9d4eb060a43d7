"""``bellwether demo`` and ``bellwether watch``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Speed(StrEnum):
    """How fast a feed is played: in its own time, an hour a minute, or as fast as the pipeline takes it."""

    REAL = "1"
    SIXTY = "60"
    MAX = "max"

    @property
    def factor(self) -> float | None:
        """Times faster than event time; None is no limit."""
        return None if self is Speed.MAX else float(self.value)


def demo(
    feed: Annotated[
        str | None, typer.Option(help="Play these JSON lines (plain, .gz, - is standard input), not the scenario.")
    ] = None,
    speed: Annotated[Speed, typer.Option(help="Times faster than the documents' own time.")] = Speed.MAX,
    seed: Annotated[int, typer.Option(help="Of the invented scenario.")] = 1,
    hold: Annotated[bool, typer.Option(help="Stay up after the end, until Ctrl-C.")] = False,
) -> None:
    """Show everything at work, on this machine alone: servers, worker, documents, an alert, a webhook.

    Plays four invented days of market news with a run on a bank, which must alert, and a rumour copied 1,500 times,
    which must not. Needs nothing but this package; leaves nothing behind.
    """
    from stream.demo.run import Options, run_demo

    run_demo(Options(feed, speed.factor, seed, hold))


def watch(
    every: Annotated[float, typer.Option(min=0.2, max=3600, help="Seconds between looks.")] = 1.0,
) -> None:
    """Show a running deployment live; lines of text where there is no terminal. Ctrl-C ends it.

    Reads PostgreSQL and Kafka, as the settings name them.
    """
    from stream.view.live import run_watch

    run_watch(every)
