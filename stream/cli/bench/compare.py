"""The detector beside the statistics that others use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from stream.cli.bench.options import Json
from stream.console import plain_console


def compare(
    file: Annotated[str, typer.Argument(help="Documents, raw or scored, as for backtest.")],
    moves: Annotated[Path, typer.Option(help="CSV of ticker, begin, end, change, tweets: what became of prices.")],
    left_out: Annotated[
        int,
        typer.Option(
            min=0, max=6, help="Judge so many months at a time by the thresholds of the others. 0: with all in view."
        ),
    ] = 0,
    json: Json = False,
) -> None:
    """Say what the rules and other statistics find of real falls, at the same number of alerts a month.

    The watchlist has an entry called 'ticker XYZ' for each ticker. The others are a z-score, EARS C1 to C3, a negative
    binomial CUSUM, Farrington flexible, and trend and week as Prophet has them, on the negatives that the rules count.
    The last two columns say how sure it is that the rules are ahead: in how many of 2,000 draws of months they find
    more, and have fewer calm alerts.
    """
    from stream.adapters.files.documents import DocumentFile
    from stream.adapters.files.rules import read_rules
    from stream.bench.compare import compare_statistics, read_moves
    from stream.cli.work.backtest import collect_history, progress_bar
    from stream.pipeline.backtest import backtest_rules
    from stream.settings import load_settings
    from stream.worker.classifier_facts import read_classifier_facts

    known, settings = read_moves(moves), load_settings()
    with progress_bar(plain_console(stderr=True), json) as bar:
        history, _ = collect_history(settings, DocumentFile(file), None, bar)
        result = backtest_rules(read_rules(settings.rules), history, read_classifier_facts(settings).errors)
    rows = compare_statistics(history, result, known, (2.0, 3.0, 5.0), left_out)
    if json:
        typer.echo(msgspec.json.encode(rows).decode())
        return
    table = Table(
        "statistic", "alerts a month", "falls found", "calm alerts", "hours until told", "finds more", "is calmer"
    )
    for row in rows:
        numbers = f"{row.monthly:g}", f"{row.found} of {row.falls}", f"{row.calm} of {row.alerts}"
        sure = ("" if part is None else f"{part:.0%}" for part in (row.finds_more, row.is_calmer))
        table.add_row(row.statistic, *numbers, "" if row.hours is None else f"{row.hours:.1f}", *sure)
    plain_console().print(table)
