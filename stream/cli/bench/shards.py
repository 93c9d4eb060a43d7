"""Windows over several nodes."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from stream.cli.bench.options import Json
from stream.cli.bench.scale import numbers
from stream.cli.listing import console, listing


def shards(
    shards: Annotated[str, typer.Option(help="Numbers of shards (BELLWETHER_SHARDS), as 1,8,16.")] = "1,8,16",
    nodes: Annotated[int, typer.Option(min=1, max=16, help="Valkeys of the cluster; 1 is one server alone.")] = 3,
    documents: Annotated[int, typer.Option(min=500, help="Documents of a round.")] = 6000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds, of which the one with the least work counts.")] = 3,
    json: Json = False,
) -> None:
    """Measure what windows cost on a cluster of embedded Valkeys, by number of shards: each node, the worker, memory.

    Processor time for a document, of the main thread of each node. The numbers take turns.
    """
    from stream.bench.shards import bench_shards

    wanted = numbers(shards, 64, "--shards", "at most")
    results = bench_shards(wanted, nodes, documents, rounds, lambda line: typer.echo(line, err=True))
    if json:
        typer.echo(msgspec.json.encode(results).decode())
        return
    table = listing("shards", "us by node", "busiest", "all", "stories", "worker", "bytes")
    for row in results:
        by_node = ", ".join(f"{each:.0f}" for each in row.nodes_us)
        costs = [f"{each:.0f}" for each in (row.all_us, row.stories_us, row.worker_us, row.bytes)]
        table.add_row(str(row.shards), by_node, f"{row.busiest:.0%}", *costs)
    console().print(table)
