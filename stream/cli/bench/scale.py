"""Several workers on one stream."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from stream.cli.bench.options import Json
from stream.cli.listing import console, listing
from stream.errors import SettingsError


def scale(
    workers: Annotated[str, typer.Option(help="How many workers, one run for each, as 1,2,4.")] = "1,2,4",
    documents: Annotated[int, typer.Option(min=1000, help="Documents of a run.")] = 8000,
    partitions: Annotated[int, typer.Option(min=1, max=1024, help="Partitions of the topics.")] = 8,
    kafka: Annotated[
        str, typer.Option(help="HOST:PORT of a broker for tests, in place of the embedded one. Its topics stay there.")
    ] = "",
    redis: Annotated[
        str, typer.Option(help="URL of a Redis for tests, in place of the embedded one. Its keys stay there.")
    ] = "",
    json: Json = False,
) -> None:
    """Measure 1, 2 and 4 workers on one stream: documents a second, who does how much, and how fast one takes over.

    Each worker has one thread for the model. They share the machine's cores: with fewer cores than workers, look at the
    processor time of a document, not at the rate.
    """
    from stream.bench.scale import bench_scale

    servers = {name: value for name, value in (("kafka", kafka), ("redis", redis)) if value}
    wanted = numbers(workers, partitions, "--workers", "partitions")
    results = bench_scale(wanted, documents, partitions, servers, lambda line: typer.echo(line, err=True))
    if json:
        typer.echo(msgspec.json.encode(results).decode())
        return
    table = listing("workers", "documents/s", "ms of processor", "least and most", "taken over after")
    for row in results:
        after = "" if row.taken_over is None else f"{row.taken_over:.1f} s"
        shares = f"{row.least:.0%}, {row.most:.0%}"
        table.add_row(str(row.workers), f"{row.rate:,.0f}", f"{row.milliseconds:.2f}", shares, after)
    console().print(table)


def numbers(text: str, most: int, option: str, what: str) -> list[int]:
    """Return the numbers that an option lists. Raises SettingsError for what is none, or too much."""
    parts = [part.strip() for part in text.split(",")]
    if wrong := [part for part in parts if not part.isdecimal() or not 1 <= int(part) <= most]:
        raise SettingsError(f"{option}: '{wrong[0]}': numbers from 1 to {most} ({what}) are expected, as 1,2,4")
    return [int(part) for part in parts]
