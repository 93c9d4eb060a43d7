import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stream.adapters.files.documents import DocumentFile
from stream.adapters.kafka.records import Record
from stream.cli.work.past import Past
from stream.pipeline.documents.document import Document
from stream.pipeline.documents.record import UnreadDocument
from stream.pipeline.stories.memory import StoryMemory
from stream.pipeline.stories.signature import signature_of
from stream.settings import load_settings

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
EXPECTED = 'published_at: a time is expected, as in "2026-03-02T09:30:00Z"'
NEWS = "Regulator fines Bank X over a data leak that it had hidden for a year"
OTHER = "Central bank of Norway leaves its rate where it was and sees no cut before summer"


def test_raw_documents_of_a_file_are_told_by_story_and_wrong_ones_counted(tmp_path: Path) -> None:
    texts = [NEWS, f"RT @wire: {NEWS} https://t.co/1", OTHER, NEWS.upper()]
    rows = [
        {"id": str(at), "source": "s", "published_at": AT + timedelta(minutes=at), "text": text}
        for at, text in enumerate(texts)
    ]
    file = tmp_path / "past.jsonl"
    file.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows) + b'{"source": "s"}\n')
    past = Past(load_settings())
    found = list(past.of_file(DocumentFile(str(file))))
    one, two, three, four = [item.story for item in found]
    assert one == two == four != three
    assert past.refused.total == 1
    assert past.refused.sentences() == ["1 x text: missing or empty; give 'text', or 'title' and 'body' (line 5)"]


def test_bad_lines_of_a_file_are_counted_and_named(tmp_path: Path) -> None:
    good = msgspec.json.encode({"source": "s", "published_at": AT, "text": NEWS})
    bad = [b'{"source":"a","text":"\\ud83d","author":NaN}', b'{"sentiment": {"label": "odd"}}', b"[" * 90_000]
    scored = tmp_path / "scored.jsonl"
    scored.write_bytes(b"\n".join([b"", *bad, good]))
    past = Past(load_settings())
    assert len(list(past.of_file(DocumentFile(str(scored))))) == 1
    assert past.refused.total == 3
    assert "1 x text: holds half a character, \\ud83d, at 0 (line 2)" in past.refused.sentences()


def test_scored_documents_of_an_array_are_taken_as_scored(tmp_path: Path) -> None:
    file = tmp_path / "raw.jsonl"
    file.write_bytes(msgspec.json.encode({"id": "1", "source": "s", "published_at": AT, "text": NEWS}) + b"\n")
    (raw,) = Past(load_settings()).of_file(DocumentFile(str(file)))
    whole = tmp_path / "scored.json"
    whole.write_bytes(msgspec.json.encode([msgspec.structs.replace(raw, story="its own"), {"source": "s"}]))
    past = Past(load_settings())
    assert [item.story for item in past.of_file(DocumentFile(str(whole)))] == ["its own"]
    assert past.refused.total == 1


def test_a_document_without_a_time_is_in_no_past(tmp_path: Path) -> None:
    rows = [{"source": "s", "published_at": AT, "text": NEWS}, {"source": "s", "text": OTHER}]
    rows.append({"source": "s", "id": "1", "withdrawn": True})
    file = tmp_path / "past.jsonl"
    file.write_bytes(b"\n".join(map(msgspec.json.encode, rows)))
    past = Past(load_settings())
    assert [item.text for item in past.of_file(DocumentFile(str(file)))] == [NEWS]
    assert past.undated.sentence.startswith("1 of 2 documents do not have a published_at: they are left out")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {"published_at": 1772443800000},
            'published_at: a time is expected, as in "2026-03-02T09:30:00Z"; this is a number',
        ),
        ({"published_at": None}, 'published_at: a time is expected, as in "2026-03-02T09:30:00Z"; this is null'),
        ({"chunks": float("nan")}, "not JSON: NaN and Infinity are none, write null, at byte "),
    ],
)
def test_what_is_wrong_with_a_scored_document_is_said(tmp_path: Path, changed: dict[str, Any], told: str) -> None:
    file = tmp_path / "raw.jsonl"
    file.write_bytes(msgspec.json.encode({"id": "1", "source": "s", "published_at": AT, "text": NEWS}) + b"\n")
    (scored,) = Past(load_settings()).of_file(DocumentFile(str(file)))
    file.write_text(json.dumps(msgspec.to_builtins(scored) | changed))
    past = Past(load_settings())
    assert not list(past.of_file(DocumentFile(str(file))))
    assert told in past.refused.sentences()[0]


def test_a_scored_document_keeps_its_story(tmp_path: Path) -> None:
    file = tmp_path / "raw.jsonl"
    file.write_bytes(msgspec.json.encode({"id": "1", "source": "s", "published_at": AT, "text": NEWS}) + b"\n")
    (raw,) = Past(load_settings()).of_file(DocumentFile(str(file)))
    scored = tmp_path / "scored.jsonl"
    scored.write_bytes(msgspec.json.encode(msgspec.structs.replace(raw, story="its own")) + b"\n")
    assert [item.story for item in Past(load_settings()).of_file(DocumentFile(str(scored)))] == ["its own"]


def test_scored_documents_without_a_story_are_told_by_story_as_raw_ones(tmp_path: Path) -> None:
    texts = [NEWS, f"BREAKING: {NEWS}", OTHER, f"UPDATE 1-{NEWS} - report"]
    rows = [{"id": str(at), "source": f"s{at}", "published_at": AT, "text": text} for at, text in enumerate(texts)]
    file = tmp_path / "raw.jsonl"
    file.write_bytes(b"\n".join(map(msgspec.json.encode, rows)))
    raw = list(Past(load_settings()).of_file(DocumentFile(str(file))))
    scored = tmp_path / "scored.jsonl"
    scored.write_bytes(b"\n".join(msgspec.json.encode(msgspec.structs.replace(item, story="")) for item in raw))
    assert list(Past(load_settings()).of_file(DocumentFile(str(scored)))) == raw
    assert len({item.story for item in raw}) == 2


def test_raw_documents_are_masked_as_in_the_stream(tmp_path: Path) -> None:
    file = tmp_path / "raw.jsonl"
    row = {"source": "s", "published_at": AT, "text": f"{NEWS}, says ann@example.org"}
    file.write_bytes(msgspec.json.encode(row) + b"\n")
    (plain,) = Past(load_settings()).of_file(DocumentFile(str(file)))
    (masked,) = Past(load_settings(mask="email")).of_file(DocumentFile(str(file)))
    assert (masked.id, masked.text) == (plain.id, f"{NEWS}, says [email]")


def test_of_a_topic_nothing_of_before_is_read_or_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "raw.jsonl"
    file.write_bytes(msgspec.json.encode({"id": "1", "source": "s", "published_at": AT, "text": NEWS}) + b"\n")
    (scored,) = Past(load_settings()).of_file(DocumentFile(str(file)))
    unread = UnreadDocument(id="2", source="s", published_at=AT, text="x", language="de", not_read=True)
    wrong = msgspec.to_builtins(scored) | {"chunks": "many"}
    lines = [
        msgspec.json.encode(record | {"published_at": AT + timedelta(hours=hours)})
        for hours in (-48, -1, 0, 1)
        for record in (msgspec.to_builtins(scored), msgspec.to_builtins(unread), wrong)
    ]
    records = [
        Record(0, offset, 0, None, value) for offset, value in enumerate([*lines, b"{", b'{"published_at": "\xff"}'])
    ]
    monkeypatch.setattr("stream.adapters.kafka.records.read_topic", lambda *_: iter(records))
    past = Past(load_settings())
    assert [item.published_at for item in past.of_topic(AT)] == [AT, AT + timedelta(hours=1)]
    assert past.unread.total == 2
    assert past.refused.total == 4


def test_what_is_forgotten_is_a_new_story() -> None:
    stories = StoryMemory()
    first = signature_of(Document(id="1", source="s", published_at=AT, text=NEWS))
    again = signature_of(Document(id="2", source="s", published_at=AT + timedelta(days=1), text=f"{NEWS}, it says"))
    assert stories.assign(first) == stories.assign(again)
    stories.forget(first.day + 1)
    assert stories.assign(first) == first.exact
    stories.forget(first.day + 9)
    assert stories.assign(again) == again.exact != first.exact
