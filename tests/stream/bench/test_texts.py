"""Documents to measure with: those of a file, as they are published."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.errors import DatasetError
from stream.bench.texts import different_documents, file_documents, text_of

TEXTS = ["Bank fails", "Bank saved", "Bank fails", "Rates rise"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    lines = [{"source": "wire", "published_at": "2026-01-31T12:00:00Z", "text": text} for text in TEXTS]
    (tmp_path / "news.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return tmp_path / "news.jsonl"


def test_a_short_file_is_read_again_under_other_ids(file: Path) -> None:
    documents = file_documents(file, 6)
    assert [text_of(item) for item in documents] == [*TEXTS, *TEXTS[:2]]
    assert len({item.document["id"] for item in documents}) == 6


def test_no_text_comes_twice_where_each_must_be_classified(file: Path) -> None:
    assert [text_of(item) for item in different_documents(file, 3, 100)] == ["Bank fails", "Bank saved", "Rates rise"]
    assert len(different_documents(file, 1, 2)) == 2


def test_too_few_texts_are_told_with_how_many_are_needed(file: Path) -> None:
    with pytest.raises(DatasetError, match=r"news\.jsonl: 4 documents of different texts are needed, and it has 3"):
        different_documents(file, 4, 100)


def test_what_pandas_writes_for_a_missing_field_is_read_as_everywhere(tmp_path: Path) -> None:
    line = '{"source": "wire", "published_at": "2026-01-31T12:00:00Z", "title": "Bank fails", "body": NaN}'
    (tmp_path / "news.jsonl").write_text(line)
    assert [text_of(item) for item in file_documents(tmp_path / "news.jsonl", 1)] == ["Bank fails"]
