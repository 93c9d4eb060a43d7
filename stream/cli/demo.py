"""``bellwether demo`` and ``bellwether watch``."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stream.cli.documents import Columns, Source, TimeZone, document_file
from stream.translation import Language, _, choose_language


class Speed(StrEnum):
    """How fast it plays: the crisis slowly and all else fast, in its own time, an hour a minute, all of it fast."""

    STORY = "story"
    REAL = "1"
    SIXTY = "60"
    MAX = "max"

    @property
    def factor(self) -> float | None:
        """Times faster than event time; None is no limit."""
        return None if self in (Speed.MAX, Speed.STORY) else float(self.value)


def demo(  # noqa: PLR0913 - one for each option
    feed: Annotated[
        str | None, typer.Option(help="Play this file, not the scenario: JSON lines, a JSON array, CSV; - is stdin.")
    ] = None,
    feeds: Annotated[
        str | None, typer.Option(help="Read these sources, live, until Ctrl-C: a YAML file, or the address of a feed.")
    ] = None,
    speed: Annotated[
        Speed,
        typer.Option(help="Times faster than the documents' own time; story: slowly where the alert fires, else max."),
    ] = Speed.STORY,
    seed: Annotated[int, typer.Option(help="Of the invented scenario.")] = 1,
    hold: Annotated[bool, typer.Option(help="Stay up after the end, for your own documents, until Ctrl-C.")] = False,
    picture: Annotated[
        Path | None, typer.Option(help="Draw the screen as it is when the alert fires into this file: .svg, or .txt.")
    ] = None,
    language: Annotated[
        Language | None, typer.Option(help="Of the market and of all that is said; BELLWETHER_LANGUAGE if unset.")
    ] = None,
    column: Columns = None,
    time_zone: TimeZone = None,
    source: Source = None,
) -> None:
    """Show everything at work, on this machine alone: servers, worker, documents, an alert, a webhook.

    Plays four invented days of market news with a run on a bank, which must alert, and a rumour copied 1,500 times,
    which must not. Needs nothing but this package; leaves nothing behind.
    """
    # Before the imports, which take a second or more: whoever pressed Enter sees that something happens.
    if language is not None:
        os.environ["BELLWETHER_LANGUAGE"] = language  # where all that reads settings finds it
        choose_language(language)
    typer.echo(_("Bellwether demo: all of it starts on this machine, and ends with it"))
    if feeds is not None:
        from stream.demo.own_feeds import run_own_feeds

        run_own_feeds(feeds)
        return
    from stream.demo.run import Options, run_demo

    file = None if feed is None else document_file(feed, column, time_zone, source)
    run_demo(Options(file, speed.factor, seed, hold, speed is Speed.STORY, picture))


def watch(
    every: Annotated[float, typer.Option(min=0.2, max=3600, help="Seconds between looks.")] = 1.0,
) -> None:
    """Show a running deployment live; lines of text where there is no terminal. Ctrl-C ends it.

    Reads PostgreSQL and Kafka, as the settings name them.
    """
    from stream.view.live import run_watch

    run_watch(every)
