"""``bellwether classify``: lines of a file through the classifier."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec
import typer

from models.cache import CachedClassifier
from models.errors import TextError
from models.loading import load_models
from stream.adapters.files.lines import read_lines
from stream.cli.work.lines import parse
from stream.errors import DocumentError
from stream.pipeline.documents.classify import TextClassifier, score
from stream.pipeline.documents.dead_letters import MAX_REASON
from stream.pipeline.documents.document import Document
from stream.settings import load_settings

REMEMBERED = 20_000  # texts whose classification is kept, as the worker's own default


def classify_lines(file: str, artifact: Path | None, provider: str, batch: int) -> int:
    """Print an output line per input line, ``batch`` at a time; return how many were refused."""
    settings = load_settings()
    folders = (artifact, None) if artifact else (settings.artifact, settings.topic_artifact)
    model = load_models(*folders, provider, 0)
    typer.echo(f"model {model.running_on}", err=True)
    classifier = CachedClassifier(model, REMEMBERED)
    refused = 0
    for output, is_refusal in _classified(file, classifier, batch):
        refused += is_refusal
        sys.stdout.buffer.write(output + b"\n")
    sys.stdout.flush()
    return refused


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
