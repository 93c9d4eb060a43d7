from datetime import UTC, datetime
from pathlib import Path

import pytest

from stream.adapters.files.documents import DocumentFile
from stream.demo.feed import feed_items
from stream.errors import SettingsError

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def test_a_table_is_played_as_lines_are_with_what_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "a.csv"
    table.write_text("title,source,date\nUp,s,2026-01-31T12:00:00Z\nDown,s,noon\n")
    one, bad = feed_items(DocumentFile(str(table)), NOW)
    assert (one.source, one.at) == ("s", datetime(2026, 1, 31, 12, tzinfo=UTC))
    assert bad.at is None
    assert "columns: source=source, title=title, published_at=date" in capsys.readouterr().err
    lines = tmp_path / "a.jsonl"
    lines.write_bytes(b'nonsense\n{"source": "s", "text": "Up"}\n')
    assert [item.value for item in feed_items(DocumentFile(str(lines)), NOW)] == [
        b"nonsense",
        b'{"source": "s", "text": "Up"}',
    ]


def test_a_file_without_a_document_is_told_with_the_first_reason(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("title,source,date\nUp,s,noon\n")
    with pytest.raises(SettingsError, match=r"its only line is no document.*line 2: published_at: 'noon' is no time"):
        feed_items(DocumentFile(str(file)), NOW)
