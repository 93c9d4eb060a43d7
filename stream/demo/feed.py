"""What the demo plays: the invented scenario, or the documents of a file that is looked into before anything starts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import chain, islice

import typer

from stream.adapters.files.documents import DocumentFile, parse_line
from stream.adapters.files.lines import Line
from stream.demo.player import Item, read_item
from stream.demo.scenario import generate
from stream.demo.script import Script
from stream.errors import DocumentError, SettingsError
from stream.pipeline.documents.masking import Acceptance
from stream.pipeline.topics import Topics

# A feed may begin with lines that are no documents; one that has none among so many is some other file.
LOOKED_AT = 10_000
EXPECTED = "JSON lines, one document a line, a JSON array or CSV are expected"


def scenario_items(seed: int, end: datetime, script: Script) -> Iterator[Item]:
    """Yield the scenario that ends at ``end``."""
    topics = Topics()
    for item in generate(seed, end, script=script):
        yield read_item(getattr(topics, item.feed), json.dumps(item.document).encode())


def feed_items(given: DocumentFile, now: datetime) -> Iterator[Item]:
    """Return the documents of a file as items, those that are refused too, once a document has been found among them.

    Raises:
        SettingsError: the file cannot be read, is empty, or none of its first 10,000 lines is a document; the message
            says what is wrong with the first.
    """
    file = given.file
    lines = given.lines(lambda note: typer.echo(note, err=True))
    looked_at: list[Line] = []
    reason = ""
    for line in islice(lines, LOOKED_AT):
        looked_at.append(line)
        parsed = parse_line(line, now, Acceptance())
        if not isinstance(parsed, DocumentError):
            news = Topics().news
            return (read_item(news, one.content) for one in chain(looked_at, lines))
        reason = reason or f"line {line.number}: {parsed}"
    if not looked_at:
        raise SettingsError(f"{file}: holds no documents, it is empty; {EXPECTED}")
    which = "its only line is no document" if len(looked_at) == 1 else f"none of {len(looked_at):,} lines is a document"
    raise SettingsError(f"{file}: {which}; {EXPECTED}; {reason}")
