"""Which documents an alert shows: a line a story, the most negative first."""

from datetime import UTC, datetime

import msgspec
import pytest

from models.classifier import Prediction
from stream.pipeline.windows.evidence import MAX_TITLE, Evidence, evidence_of, strongest
from tests.contracts.windows import scored

AT = datetime(2014, 10, 29, tzinfo=UTC)


def _item(document: str, negative: float, source: str, story: str, text: str = "") -> Evidence:
    return Evidence(document, source, AT, text or f"words of {document}", negative, story=story)


def test_a_story_has_one_line_also_when_a_retweet_became_a_story_of_its_own() -> None:
    first = _item("1", 0.9, "a", "s1", "$FB falls 10 % after hours https://x.example/1")
    items = [
        _item("2", 0.8, "b", "s1"),
        _item("3", 0.7, "c", "s2", "RT @trader: $FB falls 10 % after hours"),
        _item("4", 0.6, "d", "s3"),
        first,
    ]
    assert [item.id for item in strongest(items, 5)] == ["1", "4"]


def test_the_most_negative_comes_first_and_each_source_before_its_second_line() -> None:
    items = [_item(str(at), 0.9 - at / 10, source, f"s{at}") for at, source in enumerate("aaabc")]
    assert [item.id for item in strongest(items, 3)] == ["0", "3", "4"]
    assert [item.id for item in strongest(items, 4)] == ["0", "1", "3", "4"]
    assert [item.id for item in strongest(items, 9)] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("title", "body", "shown"),
    [
        (" Bank fails ", "A long story.", "Bank fails"),
        ("Bank fails", None, "Bank fails"),
        ("x" * 301, "Body", "x" * 299 + "…"),
        (None, "A body alone", "A body alone"),
        (" ", "A body alone", " \nA body alone"),
    ],
)
def test_a_title_stands_for_its_document(title: str | None, body: str | None, shown: str) -> None:
    item = evidence_of(
        scored(1, sentiment=Prediction("negative", {"negative": 0.9}), text=None, title=title, body=body)
    )
    assert item is not None
    assert (item.shown, len(item.title or "") <= MAX_TITLE) == (shown, True)
    assert item.text.startswith((title or "")[:200])
    assert msgspec.json.decode(msgspec.json.encode(item), type=Evidence) == item


def test_evidence_of_an_older_release_is_read() -> None:
    old = b'{"id":"d","source":"a","published_at":"2014-10-29T00:00:00Z","text":"Bank fails","negative":0.9}'
    item = msgspec.json.decode(old, type=Evidence)
    assert (item.title, item.shown) == (None, "Bank fails")
