"""``bellwether classify`` and ``bellwether publish``: documents in, without and with the stream."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stream.cli.operating import say
from stream.translation import _

if TYPE_CHECKING:
    from stream.adapters.files.documents import DocumentFile

app = typer.Typer(no_args_is_help=True, help="Documents that are in already.")
File = Annotated[str, typer.Argument(help="JSON lines, a JSON array, .csv or .tsv, plain or .gz; - is standard input.")]
Columns = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="FIELD=COLUMN", help="Where a field stands, as text=Headline. May be repeated."),
]
TimeZone = Annotated[str | None, typer.Option(help="Of times that name none, as Europe/Zurich.")]
Source = Annotated[str | None, typer.Option(help="The source of documents that have none.")]


class Feed(StrEnum):
    """The raw topics."""

    NEWS = "news"
    SOCIAL = "social"


def classify(  # noqa: PLR0913 - one for each option
    file: File = "-",
    artifact: Annotated[Path | None, typer.Option(help="The model's folder. Without it: what a worker serves.")] = None,
    provider: Annotated[
        str | None, typer.Option(help="auto, cpu, cuda or tensorrt; else that of the settings.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, max=4096, help="Documents per batch.")] = 256,
    watchlist: Annotated[
        Path | None, typer.Option(help="Also say what is said of its entries; else that of the settings.")
    ] = None,
    column: Columns = None,
    time_zone: TimeZone = None,
    source: Source = None,
) -> None:
    """Classify documents: a file in, JSON lines with probabilities out, in the same order. Needs no server.

    A line that cannot be read gives a line {"error": ..., "line": ...} in its place; the exit code is then 1.
    """
    from stream.cli.work.classify import classify_lines

    documents = document_file(file, column, time_zone, source)
    if refused := classify_lines(documents, artifact, provider, batch, watchlist):
        many = _("{refused} documents refused; see the 'error' lines")
        say(_("1 document refused; see the 'error' lines") if refused == 1 else many.format(refused=refused))
        raise typer.Exit(1)


def publish(
    file: File = "-",
    topic: Annotated[Feed, typer.Option(help="Where to: news or social.")] = Feed.NEWS,
    column: Columns = None,
    time_zone: TimeZone = None,
    source: Source = None,
) -> None:
    """Publish documents to Kafka, each acknowledged by the broker. What is no document is refused.

    Of CSV and JSON arrays the columns are guessed and shown. The exit code is 1 when any document was refused; the
    others are published all the same.
    """
    from stream.cli.work.publish import publish_lines

    if publish_lines(document_file(file, column, time_zone, source), topic):
        raise typer.Exit(1)


@app.command()
def erase(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of documents.")] = None,
    author: Annotated[str | None, typer.Option(help="Also all documents of this author, as it stands in them.")] = None,
    source: Annotated[str | None, typer.Option(help="Only documents of this source.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be erased.")] = False,
) -> None:
    """Remove the texts of documents for good: out of evidence, notifications, windows, and the log as far as it allows.

    A hash of each text stays, and so do the counts: alerts replay as before. Says where a text could not be removed.
    """
    from stream.cli.work.erase import erase_texts
    from stream.cli.work.erase_found import Wanted

    erase_texts(Wanted(tuple(ids or ()), author, source), dry_run=dry_run)


def document_file(file: str, column: list[str] | None, time_zone: str | None, source: str | None) -> DocumentFile:
    """Return a file with the options of its reading."""
    from stream.adapters.files.documents import DocumentFile

    return DocumentFile(file, tuple(column or ()), time_zone, source)
