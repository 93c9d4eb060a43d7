"""``bellwether publish``: the documents of a file into a raw topic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from stream.adapters.files.documents import DocumentFile, parse_line
from stream.adapters.kafka.publisher import Publisher
from stream.cli.operating import say
from stream.cli.work.age import age_warnings
from stream.cli.work.refused import Refused
from stream.console import plain_console
from stream.errors import DocumentError
from stream.pipeline.documents.intake import check_readable
from stream.pipeline.documents.masking import Acceptance
from stream.pipeline.topics import Topics
from stream.settings import load_settings
from stream.translation import _


def publish_lines(file: DocumentFile, feed: str) -> int:
    """Publish a file's documents to the raw topic of a feed (news, social); return how many lines were refused."""
    settings = load_settings()
    target: str = getattr(Topics(settings.name), feed)
    refused = Refused()
    for warning in age_warnings(file, settings, datetime.now(UTC)):
        say(warning)
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.completed:,.0f} {task.description}"),
        TimeElapsedColumn(),
        console=plain_console(stderr=True),
    )
    with Publisher(settings.kafka_access) as publisher, bar:
        task = bar.add_task(_("published to {topic}").format(topic=target), total=None)
        for count in publisher.publish(_records(file, target, refused, settings.acceptance)):
            bar.advance(task, count)
        published = int(bar.tasks[0].completed)
    words = _("published to {topic}: {count}, refused: {refused}")
    typer.echo(words.format(topic=target, count=published, refused=refused.total))
    for line in refused.sentences():
        typer.echo(f"  {line}")
    return refused.total


def _records(
    file: DocumentFile, topic: str, refused: Refused, accepted: Acceptance
) -> Iterator[tuple[str, bytes | None, bytes]]:
    """Yield records; their key is the source, so that a source's documents stay in order."""
    for line in file.lines(say):
        parsed = parse_line(line, datetime.now(UTC), accepted)
        try:
            if isinstance(parsed, DocumentError):
                raise parsed
            check_readable(parsed.document)
        except DocumentError as error:
            refused.add(error, f"line {line.number}")
        else:
            yield topic, parsed.document.source.encode(), accepted.published(line.content, parsed)
