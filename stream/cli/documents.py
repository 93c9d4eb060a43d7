"""``bellwether classify`` and ``bellwether publish``: documents in, without and with the stream."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

File = Annotated[str, typer.Argument(help="JSON lines, plain or .gz; - is standard input.")]


class Feed(StrEnum):
    """The raw topics."""

    NEWS = "news"
    SOCIAL = "social"


def classify(
    file: File = "-",
    artifact: Annotated[Path | None, typer.Option(help="The model's folder. Without it: what a worker serves.")] = None,
    provider: Annotated[str, typer.Option(help="auto, cpu, cuda or tensorrt.")] = "auto",
    batch: Annotated[int, typer.Option(min=1, max=4096, help="Documents per batch.")] = 256,
) -> None:
    """Classify documents: JSON lines in, JSON lines with probabilities out, in the same order. Needs no server.

    A line that cannot be read gives a line {"error": ..., "line": ...} in its place; the exit code is then 1.
    """
    from stream.cli.work.classify import classify_lines

    if refused := classify_lines(file, artifact, provider, batch):
        typer.echo(f"bellwether: {refused} documents refused; see the 'error' lines", err=True)
        raise typer.Exit(1)


def publish(
    file: File = "-", topic: Annotated[Feed, typer.Option(help="Where to: news or social.")] = Feed.NEWS
) -> None:
    """Publish documents to Kafka, each acknowledged by the broker. Lines that are not documents are refused.

    The exit code is 1 when any line was refused; the others are published all the same.
    """
    from stream.cli.work.publish import publish_lines

    if publish_lines(file, topic):
        raise typer.Exit(1)
