"""The detector beside the statistics that others use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from stream.cli.bench.options import Json


def compare(
    file: Annotated[str, typer.Argument(help="Documents, raw or scored, as for backtest.")],
    moves: Annotated[Path, typer.Option(help="CSV of ticker, begin, end, change, tweets: what became of prices.")],
    json: Json = False,
) -> None:
    """Say what the rules and other statistics find of real falls, at the same number of alerts a month.

    The watchlist has an entry called 'ticker XYZ' for each ticker. The others are a z-score, EARS C1 to C3, a negative
    binomial CUSUM and Farrington flexible, on the negatives that the rules count.
    """
    from stream.adapters.files.documents import DocumentFile
    from stream.adapters.files.rules import read_rules
    from stream.bench.compare import compare_statistics, read_moves
    from stream.cli.work.backtest import collect_history, progress_bar
    from stream.pipeline.backtest import backtest_rules
    from stream.settings import load_settings
    from stream.worker.classifier_facts import read_classifier_facts

    known, settings = read_moves(moves), load_settings()
    with progress_bar(Console(stderr=True), json) as bar:
        history, _ = collect_history(settings, DocumentFile(file), None, bar)
        result = backtest_rules(read_rules(settings.rules), history, read_classifier_facts(settings).errors)
    rows = compare_statistics(history, result, known, (2.0, 3.0, 5.0))
    if json:
        typer.echo(msgspec.json.encode(rows).decode())
        return
    table = Table("statistic", "alerts a month", "falls found", "calm alerts", "hours until told")
    for row in rows:
        numbers = f"{row.monthly:g}", f"{row.found} of {row.falls}", f"{row.calm} of {row.alerts}"
        table.add_row(row.statistic, *numbers, "" if row.hours is None else f"{row.hours:.1f}")
    Console().print(table)
