"""The ``bellwether`` command: the only place that wires concrete adapters."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from models.artifact import DEFAULT
from models.classifier import load_classifier
from models.errors import ModelError, TextError
from stream.adapters.lines import read_lines
from stream.errors import BellwetherError, DocumentError
from stream.pipeline.classify import TextClassifier, score
from stream.pipeline.documents import Document, parse_document

app = typer.Typer(no_args_is_help=True, help="Bellwether: a real-time monitor of financial sentiment.")


@app.callback()
def _root() -> None:
    """Bellwether: a real-time monitor of financial sentiment."""


@app.command()
def classify(
    file: Annotated[str, typer.Argument(help="JSON lines, plain or .gz; - is standard input.")] = "-",
    artifact: Annotated[Path, typer.Option(help="The model's folder.")] = DEFAULT,
    provider: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    batch: Annotated[int, typer.Option(min=1, max=4096, help="Documents per batch.")] = 256,
) -> None:
    """Classify documents: JSON lines in, JSON lines with probabilities out, in the same order. Needs no server.

    A line that cannot be read gives a line {"error": ..., "line": ...} in its place; the exit code is then 1.
    """
    classifier = load_classifier(artifact, provider)
    refused = 0
    for output, bad in _classified(file, classifier, batch):
        refused += bad
        sys.stdout.buffer.write(output + b"\n")
    sys.stdout.flush()
    if refused:
        typer.echo(f"bellwether: {refused} documents refused; see the 'error' lines", err=True)
        raise typer.Exit(1)


@app.command()
def worker() -> None:
    """Run the stream until stopped: classify documents, count them in the windows. Settings: BELLWETHER_*."""
    import faust
    from redis.asyncio import Redis

    from stream.adapters.window_store import RedisWindowStore
    from stream.app import create_aggregate_app, create_classify_app
    from stream.settings import load_settings

    settings = load_settings()
    classifier = load_classifier(settings.artifact, settings.provider, settings.threads)
    client = Redis.from_url(settings.redis.get_secret_value())
    windows = RedisWindowStore(client, settings.name, settings.keep_hours * 3600)
    apps = create_classify_app(settings, classifier), create_aggregate_app(settings, windows)
    faust.Worker(*apps, loglevel="warning", redirect_stdouts=False).execute_from_commandline()


topics_app = typer.Typer(no_args_is_help=True, help="Kafka topics.")
app.add_typer(topics_app, name="topics")


@topics_app.command("create")
def topics_create() -> None:
    """Create the topics that are missing; those that are there stay as they are."""
    from stream.adapters.topic_admin import create_topics
    from stream.pipeline.topics import Topics
    from stream.settings import load_settings

    settings = load_settings()
    created = create_topics(settings.kafka, Topics(settings.name).all, settings.partitions, settings.replication)
    typer.echo(f"created: {', '.join(created) or 'none, all were there'}")


def _classified(file: str, classifier: TextClassifier, size: int) -> Iterator[tuple[bytes, bool]]:
    """Yield an output line per input line, and whether it is a refusal."""
    numbered = enumerate(read_lines(file), start=1)
    while rows := list(islice(numbered, size)):
        parsed = [_parsed(line) for _, line in rows]
        scored = iter(score([row for row in parsed if isinstance(row, Document)], classifier))
        for (number, _), row in zip(rows, parsed, strict=True):
            answer = row if isinstance(row, DocumentError) else next(scored)
            if isinstance(answer, (DocumentError, TextError)):
                yield msgspec.json.encode({"error": str(answer), "line": number}), True
            else:
                yield msgspec.json.encode(answer), False


def _parsed(line: bytes) -> Document | DocumentError:
    try:
        return parse_document(line, datetime.now(UTC))
    except DocumentError as error:
        return error


def main() -> None:
    """Run the command; an expected error is one line on standard error and exit code 2."""
    try:
        app()
    except (BellwetherError, ModelError) as error:
        typer.echo(f"bellwether: {error}", err=True)
        raise SystemExit(2) from None
    except BrokenPipeError:
        # The reader of our output left (`| head`); that is no error of ours.
        sys.stderr.close()
        raise SystemExit(0) from None
