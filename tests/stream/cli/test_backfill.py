"""What `bellwether backfill` takes of a file, what it refuses, and what it says at the end."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stream.adapters.files.documents import DocumentFile
from stream.cli.work.backfill import _found, _print
from stream.cli.work.refused import Refused
from stream.pipeline.documents.masking import Acceptance
from stream.settings import load_settings
from stream.worker.backfill import Tally
from stream.worker.relearning import Learned

NOW = datetime(2026, 3, 5, 12, 0, 0, 123456, tzinfo=UTC)


def test_what_has_no_time_or_one_to_come_is_refused_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "past.jsonl"
    times = [NOW - timedelta(days=3), None, NOW + timedelta(minutes=1), NOW - timedelta(seconds=1)]
    rows = [{"source": "s", "text": f"t{at}", "published_at": at and at.isoformat()} for at in times]
    lines = [*map(json.dumps, rows), json.dumps({"source": "s", "text": "x"}), "no json", json.dumps({"text": "y"})]
    file.write_text("\n".join(lines))
    refused = Refused()
    taken = list(_found(DocumentFile(str(file)), "past.jsonl ", refused, NOW, Acceptance()))
    assert [(item.where, item.document.published_at) for item in taken] == [
        ("past.jsonl line 1", NOW - timedelta(days=3, microseconds=456)),
        ("past.jsonl line 4", NOW - timedelta(seconds=1, microseconds=456)),
    ]
    assert refused.total == 5
    told = "\n".join(refused.sentences())
    missing = "2 x published_at: missing; a document of the past needs its time (--column published_at=COLUMN)"
    assert f"{missing} (past.jsonl line 2, past.jsonl line 5)" in told
    assert "1 x published_at: lies in the future; what is to come is published (past.jsonl line 3)" in told
    assert "past.jsonl line 6" in told
    assert "source: missing" in told


def test_what_was_left_out_is_told_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally(added=5, known=4, old=3, expired=2, expired_from=24 * 20_000 + 7)
    _print(tally, Refused(), None, load_settings())
    out = capsys.readouterr().out
    assert out.startswith("brought in: 5, counted already: 4, left out: 5, refused: 0\n")
    assert "left out: 3 documents are older than 90 days, for which minutes are kept (BELLWETHER_KEEP_DAYS)" in out
    assert "left out: 2 documents of hours that Redis holds no more (BELLWETHER_KEEP_HOURS)" in out
    assert "`bellwether rebuild --since 2024-10-04`" in out
    assert "the detector goes on with what it knows" in out
    _print(Tally(1), Refused(), [Learned("mine", 20, 4 * 1440, 2), Learned("other", 1, 60, 0)], load_settings())
    out = capsys.readouterr().out
    assert "rule 'mine' has learned from 4 days of 20 series; alerts stored: 2\n" in out
    assert out.endswith("rule 'other' has learned from 1 h of 1 series\n")
