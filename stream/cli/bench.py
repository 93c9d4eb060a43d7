"""``bellwether bench``: speed and memory on this machine, as ratios taken side by side in one run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from models.artifact import DEFAULT
from stream.errors import SettingsError

if TYPE_CHECKING:
    from stream.bench.classify import AgainstResult

app = typer.Typer(no_args_is_help=True, help="Speed and memory, measured on this machine.")
Json = Annotated[bool, typer.Option("--json", help="JSON, for programs.")]


@app.command()
def classify(
    documents: Annotated[int, typer.Option(min=100, help="Texts per measurement.")] = 2000,
    texts: Annotated[Path | None, typer.Option(help="JSON lines: take their headlines, not invented ones.")] = None,
    artifact: Annotated[Path, typer.Option(help="The model's folder.")] = DEFAULT,
    provider: Annotated[str, typer.Option(help="auto, cpu, cuda or tensorrt.")] = "auto",
    against_transformers: Annotated[bool, typer.Option(help="Compare with two BERT-base pipelines in torch.")] = False,
    json: Json = False,
) -> None:
    """Measure the bare classifier, without the cache: documents a second, time per batch, memory, by batch and length.

    With --against-transformers it stands beside two text-classification pipelines of BERT-base size (random weights),
    on the same texts and device; that needs the extra 'train'.
    """
    from stream.bench.classify import bench_against_transformers, bench_classify
    from stream.bench.texts import bench_texts

    found = bench_texts(texts, documents)
    if against_transformers:
        _print_against(bench_against_transformers(found, artifact, provider), json)
        return
    results = bench_classify(found, artifact, provider)
    if json:
        typer.echo(msgspec.json.encode(results).decode())
        return
    columns = ("batch", "texts in one", "documents/s", "p50 ms", "p99 ms", "memory MB")
    table = Table(*columns, title=f"classifier, {documents} texts")
    for row in results:
        figures = (f"{row.rate:.0f}", f"{row.p50_ms:.1f}", f"{row.p99_ms:.1f}", f"{row.memory_mb:.0f}")
        table.add_row(str(row.batch), str(row.length), *figures)
    Console().print(table)


def _print_against(result: AgainstResult, json: bool) -> None:
    if json:
        typer.echo(msgspec.json.encode(result).decode())
        return
    before, after = result.rates
    typer.echo(f"Bellwether, before and after: {before:.0f} and {after:.0f} documents/s, {result.memory_mb:.0f} MB")
    typer.echo(
        f"two transformers pipelines of BERT-base size: {result.transformers_rate:.1f} documents/s, "
        f"{result.transformers_memory_mb:.0f} MB"
    )
    typer.echo(f"ratio: {result.ratio:.0f}")


@app.command()
def pipeline(
    documents: Annotated[int, typer.Option(min=500, help="Documents at full load.")] = 6000,
    seconds: Annotated[int, typer.Option(min=5, help="Length of the run at half load.")] = 20,
    json: Json = False,
) -> None:
    """Measure the whole way on embedded servers: full load beside the bare classifier, then latency at half load."""
    from stream.bench.pipeline import bench_pipeline

    result = bench_pipeline(documents, seconds)
    if json:
        typer.echo(msgspec.json.encode(result).decode())
        return
    before, after = result.classifier_rates
    typer.echo(f"bare classifier, before and after: {before:.0f} and {after:.0f} documents/s")
    typer.echo(f"Kafka to Redis at full load: {result.rate:.0f} documents/s, {result.ratio:.2f} of the bare classifier")
    latency = f"p50 {result.p50_ms:.0f} ms, p99 {result.p99_ms:.0f} ms"
    typer.echo(f"from publish to visible in Redis at {result.half_rate:.0f} documents/s: {latency}")
    typer.echo(
        f"memory of the worker: {result.memory_mb:.0f} MB; start to first document: {result.start_seconds:.1f} s"
    )


@app.command()
def dashboards(
    series: Annotated[int, typer.Option(min=10, help="Series; a tenth of them are topics.")] = 200,
    days: Annotated[int, typer.Option(min=1, help="Days of minute rows.")] = 30,
    hours: Annotated[
        list[float] | None,
        typer.Option(min=0.1, help="Look at so many last hours, too, beside what a dashboard opens with; repeatable."),
    ] = None,
    json: Json = False,
) -> None:
    """Measure every panel's query (EXPLAIN ANALYZE, the median of five) on an embedded PostgreSQL full of minutes.

    The default size is 8.6 million rows of minutes; making them takes some minutes and 3 GB of disk.
    """
    from dashboards.bench import bench_dashboards
    from dashboards.fill import Size

    result = bench_dashboards(Size(series, days), hours or [], lambda line: typer.echo(line, err=True))
    if json:
        typer.echo(msgspec.json.encode(result).decode())
        return
    table = Table("dashboard", "panel", "hours", "ms", "rows", title=f"{result.minutes:,} rows of minutes")
    for row in result.timings:
        table.add_row(row.dashboard, row.panel, f"{row.hours:g}", f"{row.ms:.1f}", f"{row.rows:,}")
    Console().print(table)
    typer.echo(f"slowest: {result.slowest_ms:.1f} ms; the tables were filled in {result.fill_seconds:.0f} s")


@app.command()
def stories(
    file: Annotated[Path, typer.Argument(help="JSON lines of real documents; .gz may be.", exists=True)],
    part: Annotated[str, typer.Option(help="test, or dev, on which the rule was tuned.")] = "test",
    pairs: Annotated[int, typer.Option(min=10, help="Pairs of each kind, at most.")] = 2000,
    json: Json = False,
) -> None:
    """Measure how well copies are told from different reports, on pairs built from real headlines."""
    from stream.bench.stories import bench_stories

    if part not in ("test", "dev"):
        raise SettingsError(f"--part: '{part}': test or dev is expected")
    result = bench_stories(file, part, pairs)
    if json:
        typer.echo(msgspec.json.encode(result).decode())
        return
    table = Table("pairs", "are", "measured", "held to be one", title=f"{result.documents} documents, part '{part}'")
    for kind in result.kinds:
        share = f"{kind.merged} ({kind.merged / kind.pairs:.1%})" if kind.pairs else "-"
        table.add_row(kind.name, "one story" if kind.same else "two", str(kind.pairs), share)
    Console().print(table)
    typer.echo(f"precision {result.precision:.4f}, recall {result.recall:.4f}")


@app.command()
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


@app.command()
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


@app.command()
def windows(
    documents: Annotated[int, typer.Option(min=1000, help="Documents for the rate.")] = 20_000,
    series: Annotated[int, typer.Option(min=100, help="Series for memory, snapshot and projection.")] = 10_000,
    minutes: Annotated[int, typer.Option(min=1, help="Minutes of each, one document in every one.")] = 15,
    json: Json = False,
) -> None:
    """Measure stories, watchlist and windows on an embedded Valkey: rate, memory, a snapshot, the way to PostgreSQL."""
    from stream.bench.windows import bench_windows

    result = bench_windows(documents, series, minutes)
    if json:
        typer.echo(msgspec.json.encode(result).decode())
        return
    typer.echo(
        f"stories, watchlist and windows: {result.rate:.0f} documents/s; processor time per document: "
        f"{result.worker_us:.0f} us here (signature {result.signature_us:.0f}), {result.redis_us:.0f} us in Valkey"
    )
    typer.echo(
        f"memory per series and full day: {result.series_day_bytes / 1e3:.0f} kB of buckets; bytes per document:"
    )
    typer.echo("  " + ", ".join(f"{kind} {size:.0f}" for kind, size in result.memory_bytes.items()))
    typer.echo(
        f"snapshot of {result.snapshot_rows} series over {result.minutes} min: {result.snapshot_seconds:.2f} s, "
        f"{result.snapshot_cpu_seconds:.2f} s of processor time; "
        f"{result.projection_rows} rows to PostgreSQL: {result.projection_seconds:.1f} s"
    )
