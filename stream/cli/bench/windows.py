"""Stories and windows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from stream.cli.bench.options import Json
from stream.cli.listing import console, listing
from stream.errors import SettingsError


def stories(
    file: Annotated[Path, typer.Argument(help="JSON lines of real documents; .gz may be.", exists=True)],
    part: Annotated[str, typer.Option(help="test, or dev, on which the rule was tuned.")] = "test",
    pairs: Annotated[int, typer.Option(min=10, help="Pairs of each kind, at most.")] = 2000,
    json: Json = False,
) -> None:
    """Measure how well copies are told apart from different reports, on pairs built from real headlines."""
    from stream.bench.stories import bench_stories

    if part not in ("test", "dev"):
        raise SettingsError(f"--part: '{part}': test or dev is expected")
    result = bench_stories(file, part, pairs)
    if json:
        typer.echo(msgspec.json.encode(result).decode())
        return
    table = listing("pairs", "are", "measured", "held to be one", title=f"{result.documents} documents, part '{part}'")
    for kind in result.kinds:
        share = f"{kind.merged} ({kind.merged / kind.pairs:.1%})" if kind.pairs else "-"
        table.add_row(kind.name, "one story" if kind.same else "two", str(kind.pairs), share)
    console().print(table)
    typer.echo(f"precision {result.precision:.4f}, recall {result.recall:.4f}")


def windows(
    documents: Annotated[int, typer.Option(min=1000, help="Documents for the rate.")] = 20_000,
    texts: Annotated[Path | None, typer.Option(help="Documents as JSON lines, .gz may be; else invented ones.")] = None,
    series: Annotated[int, typer.Option(min=100, help="Series for memory, snapshot and projection.")] = 10_000,
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="Minutes of the snapshot.")] = 15,
    every: Annotated[int, typer.Option(min=1, help="Each series has one document in every so many minutes.")] = 1,
    json: Json = False,
) -> None:
    """Measure stories, watchlist and windows on an embedded Valkey: rate, memory, a snapshot, the way to PostgreSQL."""
    from stream.bench.windows import Span, bench_windows

    result = bench_windows(documents, texts, Span(series, minutes, every))
    if json:
        typer.echo(msgspec.json.encode(result).decode())
        return
    spent = result.worker_us + result.redis_us
    typer.echo(
        f"stories, watchlist and windows: {result.rate:.0f} documents/s; processor time per document: "
        f"{result.worker_us:.0f} us here (signature {result.signature_us:.0f}), {result.redis_us:.0f} us in Valkey: "
        f"{1e6 / spent:.0f} documents/s on one core for both"
    )
    typer.echo(
        f"memory: {result.story_bytes:.0f} bytes of stories per document; {result.series_day_bytes / 1e3:.0f} kB of "
        f"sums per series and full day; {result.used_bytes / 1e6:.0f} MB in use at the end; bytes per document there:"
    )
    typer.echo("  " + ", ".join(f"{kind} {size:.0f}" for kind, size in result.memory_bytes.items()))
    typer.echo(
        f"snapshot of {result.snapshot_rows} series over {result.minutes} min: {result.snapshot_seconds:.2f} s, "
        f"{result.snapshot_cpu_seconds:.2f} s of processor time; "
        f"{result.projection_rows} rows to PostgreSQL: {result.projection_seconds:.1f} s"
    )
