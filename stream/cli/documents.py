"""``bellwether classify`` and ``bellwether publish``: documents in, without and with the stream."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from models.errors import TextError
from stream.adapters.files.lines import Line, read_lines
from stream.adapters.kafka.publisher import Publisher
from stream.errors import DocumentError
from stream.pipeline.documents.classify import TextClassifier, score
from stream.pipeline.documents.dead_letters import MAX_REASON
from stream.pipeline.documents.document import MAX_RECORD_BYTES, Document, parse_document
from stream.pipeline.topics import Topics
from stream.settings import load_settings

File = Annotated[str, typer.Argument(help="JSON lines, plain or .gz; - is standard input.")]
REASONS_SHOWN, REASONS_KEPT = 10, 1000
REMEMBERED = 20_000


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
    from models.cache import CachedClassifier
    from models.loading import load_models

    settings = load_settings()
    folders = (artifact, None) if artifact else (settings.artifact, settings.topic_artifact)
    model = load_models(*folders, provider, 0)
    typer.echo(f"model {model.running_on}", err=True)
    classifier = CachedClassifier(model, REMEMBERED)
    refused = 0
    for output, bad in _classified(file, classifier, batch):
        refused += bad
        sys.stdout.buffer.write(output + b"\n")
    sys.stdout.flush()
    if refused:
        typer.echo(f"bellwether: {refused} documents refused; see the 'error' lines", err=True)
        raise typer.Exit(1)


def publish(
    file: File = "-", topic: Annotated[Feed, typer.Option(help="Where to: news or social.")] = Feed.NEWS
) -> None:
    """Publish documents to Kafka, each acknowledged by the broker. Lines that are no documents are refused.

    The exit code is 1 when any line was refused; the others are published all the same.
    """
    settings = load_settings()
    target = getattr(Topics(settings.name), topic)
    refused = Refused()
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.completed:,.0f} published to {task.description}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
    with Publisher(settings.kafka) as publisher, bar:
        task = bar.add_task(target, total=None)
        for count in publisher.publish(_records(file, target, refused)):
            bar.advance(task, count)
        published = int(bar.tasks[0].completed)
    typer.echo(f"published to {target}: {published}, refused: {refused.total}")
    for line in refused.lines():
        typer.echo(f"  {line}")
    if refused.total:
        raise typer.Exit(1)


class Refused:
    """Why lines were refused, how often, and the first line of each reason."""

    def __init__(self) -> None:
        self._reasons: Counter[str] = Counter()
        self._first: dict[str, int] = {}

    def add(self, reason: object, number: int) -> None:
        """Take in the refusal of line ``number``."""
        text = str(reason)[:200]
        if text not in self._reasons and len(self._reasons) >= REASONS_KEPT:
            text = "other reasons"
        self._reasons[text] += 1
        self._first.setdefault(text, number)

    @property
    def total(self) -> int:
        """Lines refused."""
        return self._reasons.total()

    def lines(self) -> list[str]:
        """Return a sentence for each of the most frequent reasons."""
        told = self._reasons.most_common(REASONS_SHOWN)
        return [f"{count} x {reason} (first in line {self._first[reason]})" for reason, count in told]


def _records(file: str, topic: str, refused: Refused) -> Iterator[tuple[str, bytes | None, bytes]]:
    """Yield records; their key is the source, so that a source's documents stay in order."""
    for line in read_lines(file):
        parsed = parse(line)
        if isinstance(parsed, DocumentError):
            refused.add(parsed, line.number)
        else:
            yield topic, parsed.source.encode(), line.content


def _classified(file: str, classifier: TextClassifier, size: int) -> Iterator[tuple[bytes, bool]]:
    """Yield an output line per input line, and whether it is a refusal."""
    lines = read_lines(file)
    while rows := list(islice(lines, size)):
        parsed = [parse(line) for line in rows]
        scored = iter(score([row for row in parsed if isinstance(row, Document)], classifier))
        for line, row in zip(rows, parsed, strict=True):
            answer = row if isinstance(row, DocumentError) else next(scored)
            if isinstance(answer, (DocumentError, TextError)):
                yield msgspec.json.encode({"error": str(answer)[:MAX_REASON], "line": line.number}), True
            else:
                yield msgspec.json.encode(answer), False


def parse(line: Line) -> Document | DocumentError:
    """Read a line's document as if it came now; the error says why it is none."""
    if line.length > MAX_RECORD_BYTES:
        return DocumentError(f"record: {line.length} bytes, at most {MAX_RECORD_BYTES} are read")
    try:
        return parse_document(line.content, datetime.now(UTC))
    except DocumentError as error:
        return error
