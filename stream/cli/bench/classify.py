"""The bare classifier, alone or beside what a user would take instead."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from models.errors import ProviderError
from stream.cli.bench.options import Json
from stream.cli.listing import console, listing

if TYPE_CHECKING:
    from stream.bench.classify import AgainstResult, ClassifyResult


def classify(  # noqa: PLR0913 - one for each option
    documents: Annotated[int, typer.Option(min=100, help="Texts per measurement.")] = 2000,
    texts: Annotated[Path | None, typer.Option(help="JSON lines: take their headlines, not invented ones.")] = None,
    artifact: Annotated[
        Path | None, typer.Option(help="The model's folder. Without it: the first that a worker serves.")
    ] = None,
    provider: Annotated[str, typer.Option(help="auto, cpu, cuda or tensorrt.")] = "auto",
    against_transformers: Annotated[bool, typer.Option(help="Compare with two BERT-base pipelines in torch.")] = False,
    by_language: Annotated[bool, typer.Option(help="Each model on its texts of --texts, and all mixed.")] = False,
    json: Json = False,
) -> None:
    """Measure the bare classifier, without the cache: documents a second, time per batch, memory.

    By batch and length, and with names in each text that get a sentiment of their own.

    With --against-transformers it stands beside two text-classification pipelines of BERT-base size (random weights),
    on the same texts and device; that needs the extra 'train'. With --by-language each model that a worker serves reads
    the texts of --texts in its language, and then all of them as they come; telling the language is part of the time.
    """
    from stream.bench.classify import bench_against_transformers, bench_classify
    from stream.bench.texts import bench_texts
    from stream.settings import load_settings

    sample = bench_texts(texts, documents)
    artifacts = (artifact,) if artifact else load_settings().artifact
    if by_language:
        _print_languages(sample, artifacts, provider, json)
        return
    if against_transformers:
        _print_against(bench_against_transformers(sample, artifacts[0], provider), json)
        return
    results = bench_classify(sample, artifacts[0], provider)
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


def _print_languages(texts: Sequence[str], artifacts: Sequence[Path], provider: str, json: bool) -> None:
    from models.loading import ModelPerLanguage, load_models
    from stream.bench.languages import bench_languages

    model = load_models(artifacts, None, provider, 0)
    if not isinstance(model, ModelPerLanguage):
        raise ProviderError("one model is served: name several in BELLWETHER_ARTIFACT, comma-separated")
    results = bench_languages(texts, model)
    if json:
        typer.echo(msgspec.json.encode(results).decode())
        return
    table = listing("texts in", "texts", "documents/s", title=model.running_on)
    for row in results:
        table.add_row(row.language, str(row.texts), f"{row.rate:.0f}")
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
