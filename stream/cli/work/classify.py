"""``bellwether classify``: lines of a file through the classifier."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec
import typer

from models.cache import cached
from models.errors import TextError
from models.loading import load_models
from stream.adapters.files.documents import DocumentFile, parse_line
from stream.adapters.files.lines import Line
from stream.adapters.files.watchlist import read_watchlist
from stream.batches import batches
from stream.cli.operating import say
from stream.cli.work.refused import Refused
from stream.cli.work.running import running_words
from stream.cli.work.undated import Undated
from stream.errors import DocumentError
from stream.pipeline.documents.classify import TextClassifier, score
from stream.pipeline.documents.dead_letters import MAX_REASON
from stream.pipeline.documents.document import Document, Read
from stream.pipeline.documents.masking import Acceptance
from stream.pipeline.documents.places import Watched, watch_nothing
from stream.pipeline.documents.record import LoggedDocument, UnreadDocument
from stream.pipeline.documents.unread import Unread
from stream.settings import load_settings
from stream.translation import _


class Scorer(NamedTuple):
    """What documents are scored with, and how they are read and masked before."""

    classifier: TextClassifier
    watched: Watched
    accepted: Acceptance

    def score(self, documents: Sequence[Document]) -> Iterator[LoggedDocument | TextError]:
        """Yield the answer for each of the documents."""
        return iter(score([self.accepted.masked(one) for one in documents], self.classifier, self.watched))


def classify_lines(
    file: DocumentFile, artifact: Path | None, provider: str | None, batch: int, watchlist: Path | None = None
) -> int:
    """Print an output line per input line, ``batch`` at a time; return how many were refused.

    With a watchlist, this one or that of the settings, each line says what it says of the entries that it names.
    Without a provider it is that of the settings.
    """
    settings = load_settings()
    chosen = watchlist or settings.watchlist
    watched = read_watchlist(chosen).places if chosen else watch_nothing
    lines = file.lines(say)
    first = next(lines, None)  # a file that cannot be read is told before the model is loaded, which takes seconds
    if first is None:
        return 0
    folders = ((artifact,), None) if artifact else (settings.artifact, settings.topic_artifact)
    model = load_models(*folders, provider or settings.provider, settings.threads, settings.languages == "any")
    typer.echo(_("model {models}").format(models=running_words(model.running_on)), err=True)
    scorer = Scorer(cached(model, settings.cache) if settings.cache else model, watched, settings.acceptance)
    refused, undated, unread = Refused(), Undated(), Unread()
    for output in _classified(chain([first], lines), scorer, batch, refused, (undated, unread)):
        sys.stdout.buffer.write(output + b"\n")
    sys.stdout.flush()
    for sentence in filter(None, (undated.sentence, unread.sentence)):
        say(sentence)
    for sentence in refused.sentences():
        typer.echo(f"  {sentence}", err=True)
    return refused.total


def _classified(
    lines: Iterator[Line], scorer: Scorer, size: int, refused: Refused, told: tuple[Undated, Unread]
) -> Iterator[bytes]:
    """Yield an output line per document, and one for each that is refused."""
    undated, unread = told
    for rows in batches(lines, size):
        parsed = [parse_line(line, datetime.now(UTC), scorer.accepted) for line in rows]
        scored = scorer.score([row.document for row in parsed if isinstance(row, Read)])
        for line, row in zip(rows, parsed, strict=True):
            answer = row if isinstance(row, DocumentError) else next(scored)
            if isinstance(row, DocumentError) or isinstance(answer, (DocumentError, TextError)):
                refused.add(answer, f"line {line.number}")
                yield msgspec.json.encode({"error": str(answer)[:MAX_REASON], "line": line.number})
            else:
                undated.add(row, line.content)
                if isinstance(answer, UnreadDocument):
                    unread.add(answer)
                yield msgspec.json.encode(answer)
