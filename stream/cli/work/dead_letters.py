"""``bellwether dead-letters``: read, print, publish again."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import typer
from rich.text import Text

from stream.adapters.files.lines import read_lines
from stream.adapters.kafka.publisher import Publisher
from stream.adapters.kafka.records import read_topic
from stream.cli.listing import listing, print_listing
from stream.cli.operating import shown
from stream.cli.said import in_own_language
from stream.errors import DocumentError, SettingsError
from stream.pipeline.documents.dead_letters import DeadLetter, raw_again
from stream.pipeline.documents.limits import MAX_RECORD_BYTES, quoted
from stream.pipeline.documents.read_record import read_scored
from stream.pipeline.topics import Topics
from stream.plain_problems import json_problem
from stream.settings import Settings, load_settings
from stream.translation import N_, _

# A record in base64, and once more as text, in which each byte may be written as six.
LINE_BYTES = 8 * MAX_RECORD_BYTES
MAX_CHARACTERS = 200  # of a record in the table: some lines of a terminal; --json has all


def print_letters(limit: int, json: bool) -> None:
    """Print the latest ``limit`` letters: as JSON lines, or as a table."""
    letters = _letters(load_settings())[-limit:]
    if json:
        for letter in letters:
            typer.echo(msgspec.json.encode({**msgspec.to_builtins(letter), "text": _text(letter)}).decode())
        return
    table = listing(N_("topic/partition/offset"), N_("reason"), N_("text"), whole={"topic/partition/offset"})
    for letter in letters:
        cut = f" ... ({letter.length} bytes)" if letter.length else ""
        cells = _place(letter), shown(in_own_language(letter.reason)), shown(_text(letter)[:MAX_CHARACTERS]) + cut
        table.add_row(*map(Text, cells))
    print_listing(table, N_("no dead letters"))


def publish_again(file: str | None) -> int:
    """Publish the letters of a file, or all that can be read by now; return how many were refused."""
    settings = load_settings()
    letters = _letters(settings) if file is None else list(_repaired(file))
    records = [(letter, _read(letter, settings)) for letter in letters]
    good = [(letter.topic, *record) for letter, record in records if not isinstance(record, DocumentError)]
    with Publisher(settings.kafka_access) as publisher:
        publisher.send(good)
    for letter, problem in records:
        if isinstance(problem, DocumentError):
            said = _("refused {place}: {problem}")
            typer.echo(said.format(place=_place(letter), problem=in_own_language(str(problem))), err=True)
    refused = len(letters) - len(good)
    typer.echo(_("published again: {count}, refused: {refused}").format(count=len(good), refused=refused))
    return refused


def _read(letter: DeadLetter, settings: Settings) -> tuple[bytes, bytes] | DocumentError:
    """Read what a letter holds as the stage that reads its topic will, and return the key and the record to publish.

    The key is that which the stage before gives: of a source, or of a scored document, all go one way.

    Whoever can write a letter must not choose where we publish.
    """
    topics = Topics(settings.name)
    try:
        if letter.topic not in (topics.news, topics.social, topics.scored):
            return DocumentError(f"topic: {quoted(letter.topic)} takes no documents")
        if letter.length is not None:
            kept = f"only {len(letter.content)} of its {letter.length} bytes are here"
            return DocumentError(f"{kept}; publish the document again from where it came from")
        if letter.topic == topics.scored:
            return read_scored(letter.content).id.encode(), letter.content
        document, content = raw_again(letter, datetime.now(UTC), settings.acceptance.ahead_for)
        return document.source.encode(), content
    except DocumentError as error:
        return error
    except ValueError as error:
        return DocumentError(f"value: no base64: {error}")


def _place(letter: DeadLetter) -> str:
    return f"{letter.topic}/{letter.partition}/{letter.offset}"


def _letters(settings: Settings) -> list[DeadLetter]:
    """Return the dead letters, one per record: a batch that was read twice wrote its refusals twice."""
    decoder = msgspec.json.Decoder(DeadLetter)
    letters: dict[tuple[str, int, int], DeadLetter] = {}
    foreign = 0
    topic = Topics(settings.name).dead_letters
    for record in sorted(read_topic(settings.kafka_access, topic), key=lambda item: item.timestamp):
        try:
            letter = decoder.decode(record.value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            foreign += 1
        else:
            if letter.timestamp is None:  # of before: a letter is written soon after its record
                letter = msgspec.structs.replace(letter, timestamp=record.timestamp)
            letters[letter.topic, letter.partition, letter.offset] = letter
    if foreign:
        typer.echo(f"{foreign} records of {topic} are no dead letters; somebody else wrote them", err=True)
    return list(letters.values())


def _repaired(file: str) -> Iterator[DeadLetter]:
    for line in read_lines(file, LINE_BYTES):
        where = f"{file}: line {line.number}"
        try:
            letter = msgspec.json.decode(line.content, type=_Line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            problem = json_problem(error, _Line, "the line")
            raise SettingsError(f"{where} is no line of `dead-letters list --json`: {problem}") from error
        yield letter.repaired()


class _Line(DeadLetter, frozen=True):
    """A line of `list --json`; ``text`` is what people repair."""

    text: str | None = None

    def repaired(self) -> DeadLetter:
        """Return the letter, with the text instead of its bytes where somebody has changed it."""
        fields = {name: getattr(self, name) for name in DeadLetter.__struct_fields__}
        letter = DeadLetter(**fields)
        if not self.text or self.text == _text(letter):
            return letter
        value = base64.b64encode(self.text.encode()).decode()
        return msgspec.structs.replace(letter, value=value, length=None, null=False)


def _text(letter: DeadLetter) -> str:
    try:
        return letter.content.decode(errors="replace")
    except ValueError:
        return ""
