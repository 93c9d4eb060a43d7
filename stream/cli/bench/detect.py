"""The detector: simulated months, and single series."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from stream.cli.bench.options import Json


def detect(
    months: Annotated[int, typer.Option(min=1, max=100, help="Simulated months per scenario, 20 series each.")] = 10,
    seed: Annotated[int, typer.Option(help="The same seed gives the same months.")] = 1,
    quick: Annotated[bool, typer.Option(help="Only independent and remembering noise at a budget of 3.")] = False,
    json: Json = False,
) -> None:
    """Measure by simulation whether the budget of false alarms holds, and what is found within it.

    Each scenario has a month of history and a month that is judged, many of them side by side.
    """
    from rich.progress import track

    from stream.bench.detect import bench_tick, measure, scenarios

    wanted = [pair for pair in scenarios(months, seed) if not quick or (pair[1] == 3.0 and not pair[0].surges[0])]
    bar = track(wanted, "simulating", console=Console(stderr=True), disable=json)
    cells = [measure(scenario, budget) for scenario, budget in bar]
    tick = bench_tick(10_000)
    if json:
        typer.echo(msgspec.json.encode({"cells": cells, "tick": tick}).decode())
        return
    table = Table("noise", "events", "surges in history", "budget", "false alarms", "ratio", "found", "delay", "inside")
    for cell in cells:
        found = "" if cell.found is None else f"{cell.found:.1%} of {cell.happened}"
        delay = "" if cell.delay_minutes is None else f"{cell.delay_minutes:.0f} min"
        numbers = f"{cell.surges_in_history:g}", f"{cell.budget:g}", f"{cell.alarms:.1f}", f"{cell.ratio:.2f}"
        table.add_row(cell.noise, cell.events, *numbers, found, delay, f"{cell.coverage:.1%}")
    Console().print(table)
    typer.echo(f"a tick over {tick.series} series: {tick.seconds:.2f} s, state {tick.state_mb:.1f} MB")


def series(
    files: Annotated[list[Path], typer.Argument(help="CSV with the columns timestamp and value, every 5 minutes.")],
    threshold: Annotated[float | None, typer.Option(help="Instead of the one that ships.")] = None,
    json: Json = False,
) -> None:
    """Find surges of volume in single series, online; --json prints {file: [timestamp of each alarm]}."""
    from stream.bench.series import THRESHOLD, bench_series

    results = bench_series(files, THRESHOLD if threshold is None else threshold)
    if json:
        typer.echo(msgspec.json.encode({item.file: item.detections for item in results}).decode())
        return
    table = Table("file", "rows", "days", "alarms", "a day")
    for item in results:
        count = len(item.detections)
        table.add_row(item.file, str(item.rows), f"{item.days:.1f}", str(count), f"{count / max(item.days, 1):.2f}")
    Console().print(table)
