"""Reading many sources."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from stream.cli.bench.options import Json


def feeds(
    sources: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 1000,
    minutes: Annotated[float, typer.Option(min=1, help="For how long, after each was read once.")] = 15,
    every: Annotated[str, typer.Option(help="How often each is asked, at most.")] = "5m",
    json: Json = False,
) -> None:
    """Read many feeds on loopback with one worker on one core: requests, share of 304, processor time, memory, and how
    late an item is in Kafka. Listens on all addresses of this machine while it runs.
    """
    from stream.bench.feeds import bench_feeds

    result = bench_feeds(sources, minutes, every)
    if json:
        typer.echo(msgspec.json.encode(result).decode())
        return
    first = f"all read once in {result.first_sweep_seconds:.0f} s"
    typer.echo(f"{result.sources} sources for {result.seconds:.0f} s; {first}")
    typer.echo(
        f"requests: {result.requests_per_source_and_day:.0f} for each source and day, "
        f"{result.unchanged_share:.0%} of them answered with 304"
    )
    typer.echo(f"processor: {result.cpu_share:.1%} of a core; memory: {result.memory_mb:.0f} MB at most")
    typer.echo(f"items: {result.items}, not in Kafka: {result.lost}, records that came again: {result.repeated}")
    typer.echo(f"from item to Kafka: {result.lag_median:.0f} s median, {result.lag_most:.0f} s at most")
