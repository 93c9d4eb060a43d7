"""A steady load for a long time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from stream.cli.bench.options import Json

if TYPE_CHECKING:
    from stream.bench.soak import Usage


def soak(
    file: Annotated[Path | None, typer.Argument(help="Documents to play over and over; else invented.")] = None,
    rate: Annotated[float, typer.Option(min=1, help="Documents a second.")] = 200,
    minutes: Annotated[float, typer.Option(min=0.5, help="For how long.")] = 30,
    json: Json = False,
) -> None:
    """Watch the memory, descriptors and threads of a worker on embedded servers under a steady load."""
    from stream.bench.soak import bench_soak

    def report(usage: Usage) -> None:
        typer.echo(_line(f"{usage.seconds:6.0f} s", usage), err=True)

    result = bench_soak(rate, minutes * 60, file, report)
    if json:
        typer.echo(msgspec.json.encode(result).decode())
        return
    typer.echo(_line("first quarter", result.first))
    typer.echo(_line("last quarter ", result.last))
    typer.echo(f"sent {result.sent}, counted {result.counted}, at {result.rate:.0f} documents/s")
    typer.echo(f"Redis: {result.redis_bytes_per_document:.0f} bytes for each document sent")


def _line(name: str, usage: Usage) -> str:
    resources = f"{usage.memory_mb:.0f} MB, {usage.descriptors} descriptors, {usage.threads} threads"
    return f"{name}: {resources}; Redis {usage.redis_mb:.0f} MB; {usage.waiting} documents wait"
