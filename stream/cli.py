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
