"""Where the worker's processor time goes."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from stream.cli.bench.options import Different, Json


def profile(
    file: Different = None,
    documents: Annotated[int, typer.Option(min=500, help="Documents at full load.")] = 6000,
    json: Json = False,
) -> None:
    """Say where a worker's processor time goes, by part and document, on embedded servers at full load.

    Needs Linux and py-spy: pip install -e '.[profile]' in the project's folder.
    """
    from stream.bench.profile import bench_profile

    result = bench_profile(documents, file)
    if json:
        typer.echo(msgspec.json.encode(result).decode())
        return
    for part in result.parts:
        typer.echo(f"{part.name:<27} {part.microseconds:7.0f} us  {part.share:6.1%}")
    typer.echo(f"{'the whole worker':<27} {result.microseconds:7.0f} us for each of {result.documents} documents")
    typer.echo(f"{result.samples} samples; {result.rate:.0f} documents/s under the sampler", err=True)
