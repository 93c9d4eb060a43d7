"""The bare classifier, alone or beside what a user would take instead."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from stream.cli.bench.options import Json
from stream.cli.listing import console, listing

if TYPE_CHECKING:
    from stream.bench.classify import AgainstResult, ClassifyResult


def classify(
    documents: Annotated[int, typer.Option(min=100, help="Texts per measurement.")] = 2000,
    texts: Annotated[Path | None, typer.Option(help="JSON lines: take their headlines, not invented ones.")] = None,
    artifact: Annotated[Path | None, typer.Option(help="The model's folder. Without it: what a worker serves.")] = None,
    provider: Annotated[str, typer.Option(help="auto, cpu, cuda or tensorrt.")] = "auto",
    against_transformers: Annotated[bool, typer.Option(help="Compare with two BERT-base pipelines in torch.")] = False,
    json: Json = False,
) -> None:
    """Measure the bare classifier, without the cache: documents a second, time per batch, memory.

    By batch and length, and with names in each text that get a sentiment of their own.

    With --against-transformers it stands beside two text-classification pipelines of BERT-base size (random weights),
    on the same texts and device; that needs the extra 'train'.
    """
    from stream.bench.classify import bench_against_transformers, bench_classify
    from stream.bench.texts import bench_texts
    from stream.settings import load_settings

    sample = bench_texts(texts, documents)
    artifact = artifact or load_settings().artifact
    if against_transformers:
        _print_against(bench_against_transformers(sample, artifact, provider), json)
        return
    results = bench_classify(sample, artifact, provider)
    if json:
        typer.echo(msgspec.json.encode(results).decode())
    else:
        _print(results, documents)


def _print(results: Sequence[ClassifyResult], documents: int) -> None:
    columns = ("batch", "texts in one", "documents/s", "p50 ms", "p99 ms", "memory MB", "names in each")
    table = listing(*columns, title=f"classifier, {documents} texts")
    for row in results:
        figures = (f"{row.rate:.0f}", f"{row.p50_ms:.1f}", f"{row.p99_ms:.1f}", f"{row.memory_mb:.0f}")
        table.add_row(str(row.batch), str(row.length), *figures, str(row.names))
    console().print(table)


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
