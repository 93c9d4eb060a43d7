"""Which documents `documents erase` takes: by id or author, of one source, and where the stream masks its authors."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest

from stream.adapters.kafka.records import Record
from stream.cli.work import erase, erase_found
from stream.cli.work.erase_found import Found, Wanted
from stream.errors import UsageError
from stream.pipeline.documents.erasure import Erasure
from stream.settings import load_settings

MS = 1_795_910_400_000
JANE = {"id": "jane1", "source": "wire", "text": "Up", "author": "@jane", "published_at": MS}
MASKED = JANE | {"author": "[handle]"}
JOE = {"id": "joe1", "source": "wire", "text": "Down", "published_at": MS}


class _Store:
    """What is evidence: a document, its source and its author."""

    def __init__(self, *kept: tuple[str, str, str]) -> None:
        self._kept = kept

    async def of_author(self, author: str) -> list[Erasure]:
        return [Erasure(id_, source) for id_, source, its in self._kept if its == author]

    async def of_ids(self, ids: Sequence[str]) -> list[Erasure]:
        return [Erasure(id_, source) for id_, source, _ in self._kept if id_ in ids]


def _erasures(
    monkeypatch: pytest.MonkeyPatch,
    wanted: Wanted,
    raw: Sequence[dict[str, Any]] = (),
    scored: Sequence[dict[str, Any]] = (),
    store: _Store | None = None,
) -> tuple[list[Erasure], Found]:
    def read(_: object, topic: str) -> Iterator[Record]:
        unread = {"language": "fi", "not_read": True, "published_at": "2026-11-29T00:00:00Z"}
        records = {"bellwether.news": raw, "bellwether.scored": [one | unread for one in scored]}.get(topic, ())
        yield from (Record(0, at, MS, None, msgspec.json.encode(one)) for at, one in enumerate(records))

    monkeypatch.setattr(erase_found, "read_topic", read)
    found = erase_found.find(load_settings(), wanted)
    return asyncio.run(erase._erasures(store or _Store(), wanted, found)), found  # type: ignore[arg-type]


def test_an_author_who_is_masked_in_the_log_is_found_by_the_raw_record(monkeypatch: pytest.MonkeyPatch) -> None:
    erasures, found = _erasures(monkeypatch, Wanted((), "@jane"), [JANE, JOE], [MASKED, JOE])
    assert erasures == [Erasure("jane1", "wire", MS)]
    assert [one.author for one in found.logged.values()] == ["[handle]"]
    assert found.records == {"bellwether.news": 1, "bellwether.scored": 1}


def test_a_document_of_the_same_id_of_another_source_is_not_the_authors(monkeypatch: pytest.MonkeyPatch) -> None:
    other = MASKED | {"source": "blog"}
    erasures, found = _erasures(monkeypatch, Wanted((), "@jane"), [JANE, other], [MASKED, other])
    assert erasures == [Erasure("jane1", "wire", MS)]
    assert list(found.logged) == [("jane1", "wire")]


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        (Wanted(("jane1",), source="typo"), "there is no document 'jane1' of the source 'typo'"),
        (Wanted(("typo",)), "there is no document 'typo'"),
        (Wanted((), "@nobody"), "there is no document of the author '@nobody'"),
        (Wanted((), "@jane", "typo"), "there is no document of the author '@jane' of the source 'typo'"),
    ],
)
def test_what_stands_nowhere_is_an_error(monkeypatch: pytest.MonkeyPatch, wanted: Wanted, problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        _erasures(monkeypatch, wanted, [JANE], [JANE], _Store(("jane1", "wire", "@jane")))
    assert str(caught.value) == problem


def test_what_is_missing_beside_what_was_found_is_said_and_not_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    erasures, _ = _erasures(monkeypatch, Wanted(("jane1", "typo"), "@nobody"), [JANE], [JANE])
    assert [item.id for item in erasures] == ["jane1"]
    said = capsys.readouterr().err
    assert "there is no document 'typo'" in said
    assert "there is no document of the author '@nobody'" in said


def test_what_the_topics_have_forgotten_is_found_where_it_is_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    store = _Store(("old1", "wire/acme", "@jane"), ("jane1", "wire/acme", "@jane"))
    assert _erasures(monkeypatch, Wanted(("old1",)), store=store)[0] == [Erasure("old1")]
    erasures, _ = _erasures(monkeypatch, Wanted((), "@jane", "wire"), [JANE], [JANE], store)
    assert erasures == [Erasure("jane1", "wire", MS), Erasure("old1", "wire")]


def test_raw_records_that_the_stream_refuses_for_their_times_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = JANE | {"published_at": MS + 2 * 86_400_000}
    assert _erasures(monkeypatch, Wanted((), "@jane"), [ahead])[1].records == {"bellwether.news": 1}
    monkeypatch.setattr("tests.stream.cli.test_erase_found.MS", -1)  # of the records, as old clients leave it
    assert _erasures(monkeypatch, Wanted((), "@jane"), [ahead])[1].records == {"bellwether.news": 1}


def test_records_that_cannot_be_read_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    unreadable = [JANE | {"text": None}, JANE | {"text": "x" * 70_000}]
    _, found = _erasures(monkeypatch, Wanted((), "@jane"), [JANE, *unreadable], [MASKED, MASKED | {"language": ""}])
    assert found.unreadable == {"bellwether.news": 2}
    (notice,) = found.notices()
    assert notice.startswith("2 records of bellwether.news cannot be read; ")
