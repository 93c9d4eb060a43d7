"""``bellwether bench``: speed and memory on this machine, as ratios taken side by side in one run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from models.artifact import DEFAULT

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
def deliver(
    alerts: Annotated[int, typer.Option(min=100, help="Alerts that fire one by one.")] = 300,
    drained: Annotated[int, typer.Option(min=100, help="Deliveries that wait at once, per receiver.")] = 3000,
    json: Json = False,
) -> None:
    """Measure the way from a detector's commit to the receiver, and a queue drained beside a receiver that hangs."""
    from stream.bench.deliver import bench_deliver

    result = bench_deliver(alerts, drained)
    if json:
        typer.echo(msgspec.json.encode(result).decode())
        return
    typer.echo(
        f"firing to received, {result.alerts} alerts one by one: p50 {result.p50_ms:.0f} ms,"
        f" p99 {result.p99_ms:.0f} ms, worst {result.worst_ms:.0f} ms"
    )
    typer.echo(f"{result.drained} alerts in one tick: committed in {result.plan_seconds:.1f} s")
    typer.echo(
        f"drained beside a receiver that hangs: {result.drain_seconds:.1f} s,"
        f" {result.deliveries_per_second:.0f} deliveries/s"
    )
