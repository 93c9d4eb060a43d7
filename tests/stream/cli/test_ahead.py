"""How far ahead a document may lie says one setting, whoever reads it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from models.classifier import Prediction
from stream.adapters.files.documents import DocumentFile, parse_line
from stream.cli.work.past import Past
from stream.errors import DocumentError
from stream.pipeline.documents.dead_letters import dead_letter, raw_again
from stream.pipeline.documents.document import Document, milliseconds
from stream.pipeline.documents.intake import sort_lines
from stream.pipeline.documents.record import ArtifactRef, LoggedDocument, ScoredDocument
from stream.pipeline.feeds.documents import documents_of
from stream.pipeline.feeds.parse import parse_feed
from stream.settings import Settings, load_settings

NOW = datetime.now(UTC).replace(microsecond=0)
AHEAD = NOW + timedelta(hours=5)
RAW = {"id": "1", "source": "wire", "text": "Acme falls", "published_at": milliseconds(AHEAD)}


def _of_file(settings: Settings, folder: Path) -> bool:
    (folder / "a.jsonl").write_text(json.dumps(RAW))
    (line,) = DocumentFile(str(folder / "a.jsonl")).lines(print)
    return not isinstance(parse_line(line, NOW, settings.acceptance), DocumentError)


def _of_past(settings: Settings, folder: Path) -> bool:
    (folder / "a.jsonl").write_text(json.dumps(RAW))
    past = Past(settings)
    past.__dict__["_model"] = None  # it is not asked
    return bool(list(past.of_file(DocumentFile(str(folder / "a.jsonl")))))


def _of_feed(settings: Settings, _: Path) -> bool:
    item = f"<item><title>Acme falls</title><pubDate>{AHEAD:%a, %d %b %Y %H:%M:%S GMT}</pubDate></item>"
    feed = parse_feed(f"<rss version='2.0'><channel>{item}</channel></rss>".encode())
    (made,) = documents_of(feed, "wire", "https://example.org/", NOW, settings.acceptance.ahead_for)
    return made.refusal is None


def _of_letter(settings: Settings, _: Path) -> bool:
    letter = dead_letter("", json.dumps(RAW).encode(), ("bellwether.news", 0, 0))
    try:
        return bool(raw_again(letter, NOW, settings.acceptance.ahead_for))
    except DocumentError:
        return False


def _of_intake(settings: Settings, _: Path) -> bool:
    return bool(sort_lines("t", [json.dumps(RAW).encode()], NOW, settings.acceptance).records)


@pytest.mark.parametrize("read", [_of_file, _of_past, _of_feed, _of_letter, _of_intake])
def test_it_is_taken_as_far_ahead_as_the_setting_says(
    read: Callable[[Settings, Path], bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scored(documents: list[Document], *_: object) -> list[LoggedDocument]:
        said = Prediction("neutral", {"negative": 0.1, "neutral": 0.8, "positive": 0.1})
        model = ArtifactRef("m", "h")
        return [
            ScoredDocument(**msgspec.structs.asdict(one), sentiment=said, topic=said, artifact=model)
            for one in documents
        ]

    monkeypatch.setattr("stream.cli.work.past.score", scored)
    assert read(load_settings(ahead_for=86_400), tmp_path)
    assert not read(load_settings(ahead_for=3600), tmp_path)
