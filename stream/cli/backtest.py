"""``bellwether backtest``: the past through the rules, before they are live."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from stream.cli.documents import Columns, Source, TimeZone, document_file
from stream.errors import SettingsError


def backtest(  # noqa: PLR0913 - one for each option
    file: Annotated[str | None, typer.Argument(help="Raw or scored: JSON lines, an array, CSV; - is stdin.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Instead of a file: the scored topic, from this time.")] = None,
    rules: Annotated[Path | None, typer.Option(help="YAML; else those of BELLWETHER_RULES, or the defaults.")] = None,
    against: Annotated[Path | None, typer.Option(help="Other rules: which alerts come and go, and why.")] = None,
    json: Annotated[bool, typer.Option("--json", help="JSON, for programs.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write a report with pictures to this file.")] = None,
    column: Columns = None,
    time_zone: TimeZone = None,
    source: Source = None,
) -> None:
    """Say which alerts the rules would have raised in the past, by the same code that decides live, in event time.

    Raw documents are classified first, with the model of the settings. Nothing is stored and nothing is sent. What has
    no time, or lies months from all else, is left out and told. The exit code is 1 when a line of the file was refused.
    """
    if (file is None) == (since is None):
        raise SettingsError("backtest: give a file or --since, one of them")
    from stream.cli.work.backtest import run_backtest

    documents = None if file is None else document_file(file, column, time_zone, source)
    if run_backtest(documents, since, rules, against, json, html) and file is not None:
        raise typer.Exit(1)
