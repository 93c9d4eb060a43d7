"""``bellwether backfill``: documents of the past, in event time, before or beside the live stream."""

from __future__ import annotations

from typing import Annotated

import typer

from stream.cli.documents import Columns, Source, TimeZone, document_file

Files = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILE...", help="JSON lines, a JSON array, .csv or .tsv, plain or .gz; - is standard input."
    ),
]


def backfill(
    files: Files = None,
    column: Columns = None,
    time_zone: TimeZone = None,
    source: Source = None,
    alerts: Annotated[
        bool, typer.Option("--alerts", help="Store the alerts that there would have been; nobody is told of them.")
    ] = False,
) -> None:
    """Bring documents of the past in: windows, dashboards and the detector then know them, and no alert is sent.

    Needs topics and tables, and the variables of the worker; a worker may run meanwhile, and need not. What counts
    already is passed over, so run it again where it was cut off. The exit code is 1 when any document was refused.
    """
    from stream.cli.work.backfill import run_backfill

    given = [document_file(file, column, time_zone, source) for file in files or ["-"]]
    if run_backfill(given, alerts_wanted=alerts):
        raise typer.Exit(1)
