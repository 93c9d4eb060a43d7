"""What is told of a file of documents: what was refused, which have no time, which are old."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from stream.adapters.files.documents import DocumentFile
from stream.cli import app
from stream.cli.work import age
from stream.cli.work.age import age_warnings
from stream.cli.work.refused import PLACES_SHOWN, REASONS_KEPT, REASONS_SHOWN, Refused
from stream.errors import BrokerError, SettingsError
from stream.settings import load_settings


def _file(path: Path, rows: list[dict[str, Any]]) -> DocumentFile:
    path.write_text("".join(json.dumps({"source": "s", "text": "Up", **row}) + "\n" for row in rows))
    return DocumentFile(str(path))


def test_refusals_for_one_reason_are_one_whatever_value_they_name() -> None:
    refused = Refused()
    for at in range(9):
        refused.add(f"published_at: 'day {at}' is no time", f"line {at}")
    refused.add("source: missing", "line 3")
    assert refused.total == 10
    assert refused.sentences() == [
        "9 x published_at: 'day 0' is no time (line 0, line 1, line 2, line 3, line 4 and 4 more)",
        "1 x source: missing (line 3)",
    ]
    assert PLACES_SHOWN == 5


def test_a_place_is_named_once_and_a_single_further_reason_is_shown() -> None:
    refused = Refused()
    for _ in range(4):
        refused.add("the element is no JSON object", "line 1")
    assert refused.sentences() == ["4 x the element is no JSON object (line 1)"]
    for at in range(REASONS_SHOWN):
        refused.add("x" * at, "line 2")
    assert len(refused.sentences()) == REASONS_SHOWN + 1
    assert "other reasons" not in refused.sentences()[-1]


def test_any_number_of_reasons_is_told_in_few_lines() -> None:
    refused = Refused()
    for at in range(2 * REASONS_KEPT):
        refused.add("x" * (at % 199) + "y" * (at // 199), "line 1")
    assert refused.total == 2 * REASONS_KEPT
    assert len(refused.sentences()) == REASONS_SHOWN + 1
    assert refused.sentences()[-1].endswith("other reasons")


def test_a_backtest_of_documents_without_a_time_says_so_and_names_what_it_saw(tmp_path: Path) -> None:
    rows = [{"publishedAt": "2026-01-31T12:00:00Z"}, {"pubDate": "x"}, {"publishedAt": "2026-01-31T12:01:00Z"}]
    file = _file(tmp_path / "a.jsonl", rows)
    done = CliRunner().invoke(app, ["backtest", file.file])
    assert isinstance(done.exception, SettingsError)
    assert "none of 3 documents has a published_at" in str(done.exception)
    assert "they have 'publishedAt', 'pubDate' instead: --column published_at=publishedAt" in str(done.exception)
    assert " alerts in " not in done.output
    told = CliRunner().invoke(app, ["classify", file.file])
    assert told.exit_code == 0
    assert "none of 3 documents has a published_at" in told.stderr
    again = CliRunner().invoke(app, ["classify", file.file, "--column", "published_at=publishedAt"])
    assert "1 of 3 documents do not have a published_at" in again.stderr


def test_old_documents_are_told_before_they_are_published(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    ages = [timedelta(0), timedelta(minutes=14), timedelta(minutes=16), timedelta(days=7)]
    file = _file(tmp_path / "a.jsonl", [{"published_at": (now - old).isoformat()} for old in ages])
    (warning,) = age_warnings(file, load_settings(), now)
    first, last = f"{now - ages[3]:%Y-%m-%d %H:%M}", f"{now - ages[2]:%Y-%m-%d %H:%M}"
    assert warning.startswith(
        f"2 of 4 documents are older than 15 min (BELLWETHER_LATE_FOR), from {first} to {last} UTC; where newer"
    )
    assert warning.endswith(f"no alert is sent: `bellwether backfill {file.file}`")
    assert age_warnings(file, load_settings(late_for=8 * 86_400), now) == []
    assert age_warnings(DocumentFile("-"), load_settings(), now) == []
    (undated,) = age_warnings(_file(tmp_path / "b.jsonl", [{"date": 0}]), load_settings(), now)
    assert "they have 'date' instead" in undated


def test_of_a_large_file_the_beginning_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(age, "LOOKED_AT", 3)
    file = _file(tmp_path / "a.jsonl", [{"published_at": "2026-01-31T12:00:00Z"}] * 4)
    assert age_warnings(file, load_settings(), datetime.now(UTC))[0].startswith("3 of the first 3 documents")


def test_publish_warns_before_it_reaches_for_the_broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unreachable:
        def __init__(self, _: str) -> None:
            raise BrokerError("not there")

    monkeypatch.setattr("stream.cli.work.publish.Publisher", Unreachable)
    file = _file(tmp_path / "a.jsonl", [{"published_at": "2026-01-31T12:00:00Z"}])
    done = CliRunner().invoke(app, ["publish", file.file])
    assert isinstance(done.exception, BrokerError)
    assert "1 of 1 documents are older than 15 min" in done.stderr
