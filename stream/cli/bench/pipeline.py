"""The whole way from Kafka to Redis."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from stream.cli.bench.options import Different, Json


def pipeline(
    file: Different = None,
    documents: Annotated[int, typer.Option(min=500, help="Documents at full load.")] = 6000,
    seconds: Annotated[int, typer.Option(min=5, help="Length of the run at half load.")] = 20,
    json: Json = False,
) -> None:
    """Measure the whole way on embedded servers: full load beside the bare classifier, then latency at half load."""
    from stream.bench.pipeline import bench_pipeline

    result = bench_pipeline(documents, seconds, file)
    if json:
        typer.echo(msgspec.json.encode(result).decode())
        return
    before, after = result.classifier_rates
    typer.echo(f"bare classifier, before and after: {before:.0f} and {after:.0f} documents/s")
    typer.echo(f"Kafka to Redis at full load: {result.rate:.0f} documents/s, {result.ratio:.2f} of the bare classifier")
    if result.worker_ratio is not None:
        parts = ", ".join(f"{name} {time:.0f}" for name, time in result.microseconds.items())
        typer.echo(f"processor time of a document, us: bare classifier {result.classifier_microseconds:.0f}; {parts}")
        typer.echo(f"so the worker alone has {result.worker_ratio:.2f} of the bare classifier")
    latency = f"p50 {result.p50_ms:.0f} ms, p99 {result.p99_ms:.0f} ms"
    typer.echo(f"from publish to visible in Redis at {result.half_rate:.0f} documents/s: {latency}")
    typer.echo(
        f"memory of the worker: {result.memory_mb:.0f} MB; start to first document: {result.start_seconds:.1f} s"
    )
