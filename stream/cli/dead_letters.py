"""``bellwether dead-letters``: what could not be read, and the way back for what has been repaired."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stream.adapters.lines import read_lines
from stream.adapters.publish import Publisher
from stream.adapters.records import read_topic
from stream.cli.documents import parse
from stream.errors import DocumentError, SettingsError
from stream.pipeline.documents import DeadLetter, Document
from stream.pipeline.topics import Topics
from stream.settings import Settings, load_settings

app = typer.Typer(no_args_is_help=True, help="What could not be read, with the reason.")


@app.command("list")
def list_(
    json: Annotated[bool, typer.Option("--json", help="JSON lines, as `replay` reads them.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="The latest so many.")] = 1000,
) -> None:
    """List dead letters: reason, where the record stood, and its text."""
    letters = _letters(load_settings())[-limit:]
    if json:
        for letter in letters:
            typer.echo(msgspec.json.encode({**msgspec.structs.asdict(letter), "text": _text(letter)}).decode())
        return
    table = Table("topic", "partition", "offset", "reason", "text")
    for letter in letters:
        where = letter.topic, str(letter.partition), str(letter.offset)
        table.add_row(*where, Text(letter.reason), Text(_text(letter)[:200]))
    Console().print(table if letters else "no dead letters")


@app.command()
def replay(
    file: Annotated[
        str | None, typer.Argument(help="Lines of `list --json`, 'text' repaired; - is standard input.")
    ] = None,
) -> None:
    """Publish dead letters again, to the topics they came from: those of FILE, or all that can be read by now.

    What still cannot be read is refused with its reason, and the exit code is then 1. A document that was counted
    already is not counted again.
    """
    settings = load_settings()
    letters = _letters(settings) if file is None else list(_repaired(file, settings))
    documents = [(letter, parse(base64.b64decode(letter.value))) for letter in letters]
    good = [(letter, document) for letter, document in documents if isinstance(document, Document)]
    with Publisher(settings.kafka) as publisher:
        publisher.send(
            (letter.topic, document.source.encode(), base64.b64decode(letter.value)) for letter, document in good
        )
    for letter, problem in documents:
        if isinstance(problem, DocumentError):
            typer.echo(f"refused {letter.topic}/{letter.partition}/{letter.offset}: {problem}", err=True)
    typer.echo(f"published again: {len(good)}, refused: {len(letters) - len(good)}")
    if len(good) < len(letters):
        raise typer.Exit(1)


def _letters(settings: Settings) -> list[DeadLetter]:
    """Return the dead letters, one per record: a batch that was read twice wrote its refusals twice."""
    decoder = msgspec.json.Decoder(DeadLetter)
    records = sorted(read_topic(settings.kafka, Topics(settings.name).dead_letters), key=lambda item: item.timestamp)
    letters = (decoder.decode(record.value) for record in records)
    return list({(letter.topic, letter.partition, letter.offset): letter for letter in letters}.values())


def _repaired(file: str, settings: Settings) -> Iterator[DeadLetter]:
    topics = Topics(settings.name)
    for number, line in enumerate(read_lines(file), start=1):
        try:
            fields: dict[str, Any] = msgspec.json.decode(line, type=dict)
            text = fields.pop("text", None)
            letter = msgspec.convert(fields, DeadLetter)
        except msgspec.DecodeError as error:
            raise SettingsError(f"{file}: line {number} is no line of `dead-letters list --json`: {error}") from error
        if letter.topic not in (topics.news, topics.social):
            raise SettingsError(f"{file}: line {number}: topic: '{letter.topic}' takes no raw documents")
        yield msgspec.structs.replace(letter, value=base64.b64encode(text.encode()).decode()) if text else letter


def _text(letter: DeadLetter) -> str:
    return base64.b64decode(letter.value).decode(errors="replace")
