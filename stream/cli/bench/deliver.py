"""Notifications."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from stream.cli.bench.options import Json


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
