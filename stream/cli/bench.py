"""``bellwether bench``: speed and memory on this machine, as ratios taken side by side in one run."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(no_args_is_help=True, help="Speed and memory, measured on this machine.")
Json = Annotated[bool, typer.Option("--json", help="JSON, for programs.")]


@app.command()
def classify(
    documents: Annotated[int, typer.Option(min=100, help="Texts per measurement.")] = 2000,
    threads: Annotated[int, typer.Option(min=0, help="Of the model; 0 is all cores.")] = 0,
    json: Json = False,
) -> None:
    """Measure the bare classifier: documents a second, time per batch, memory, by batch size."""
    from stream.bench import bench_classify

    results = bench_classify(documents, threads)
    if json:
        typer.echo(msgspec.json.encode(results).decode())
        return
    table = Table("batch", "documents/s", "p50 ms", "p99 ms", "memory MB", title=f"classifier, {documents} texts")
    for row in results:
        table.add_row(
            str(row.batch), f"{row.rate:.0f}", f"{row.p50_ms:.1f}", f"{row.p99_ms:.1f}", f"{row.memory_mb:.0f}"
        )
    Console().print(table)


@app.command()
def pipeline(
    documents: Annotated[int, typer.Option(min=500, help="Documents at full load.")] = 6000,
    seconds: Annotated[int, typer.Option(min=5, help="Length of the run at half load.")] = 20,
    json: Json = False,
) -> None:
    """Measure the whole way on embedded servers: full load beside the bare classifier, then latency at half load."""
    from stream.bench import bench_pipeline

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
