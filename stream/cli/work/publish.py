"""``bellwether publish``: lines of a file into a raw topic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from stream.adapters.files.lines import read_lines
from stream.adapters.kafka.publisher import Publisher
from stream.cli.work.lines import parse
from stream.errors import DocumentError
from stream.pipeline.topics import Topics
from stream.settings import load_settings

# Reasons that are printed; and, since a file can make up as many as it has lines, that are told apart in memory.
REASONS_SHOWN, REASONS_KEPT = 10, 1000
REASON_LENGTH = 200  # characters


def publish_lines(file: str, feed: str) -> int:
    """Publish a file's documents to the raw topic of a feed (news, social); return how many lines were refused."""
    settings = load_settings()
    target: str = getattr(Topics(settings.name), feed)
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
    return refused.total


class Refused:
    """Why lines were refused, how often, and the first line of each reason."""

    def __init__(self) -> None:
        self._reasons: Counter[str] = Counter()
        self._first: dict[str, int] = {}

    def add(self, reason: object, number: int) -> None:
        """Take in the refusal of line ``number``."""
        text = str(reason)[:REASON_LENGTH]
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
        frequent = self._reasons.most_common(REASONS_SHOWN)
        return [f"{count} x {reason} (first in line {self._first[reason]})" for reason, count in frequent]


def _records(file: str, topic: str, refused: Refused) -> Iterator[tuple[str, bytes | None, bytes]]:
    """Yield records; their key is the source, so that a source's documents stay in order."""
    for line in read_lines(file):
        parsed = parse(line)
        if isinstance(parsed, DocumentError):
            refused.add(parsed, line.number)
        else:
            yield topic, parsed.source.encode(), line.content
