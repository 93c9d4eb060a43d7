import json
import subprocess
import sys
from pathlib import Path

import pytest

from models.artifact import DEFAULT


def _classify(content: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", "from stream.cli import main; main()", "classify", *arguments]
    return subprocess.run(command, input=content, capture_output=True, timeout=120, check=False)


def test_classify_answers_in_input_order_and_names_bad_lines() -> None:
    lines = [b'{"source": "s", "text": "Shares plunge on heavy losses"}', b"nonsense", b'{"source": "s", "text": "Up"}']
    done = _classify(b"\n".join(lines), "-", "--batch", "2")
    first, second, third = (json.loads(line) for line in done.stdout.splitlines())
    assert first["sentiment"]["label"] == "negative"
    assert len(first["topic"]["probabilities"]) == 20
    assert second["line"] == 2
    assert third["text"] == "Up"
    assert done.returncode == 1
    assert b"1 documents refused" in done.stderr


def test_classify_takes_the_model_that_a_worker_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLWETHER_ARTIFACT", str(tmp_path / "mine"))
    done = _classify(b'{"source": "s", "text": "Up"}')
    assert done.returncode == 2
    assert str(tmp_path / "mine").encode() in done.stderr
    assert b"Traceback" not in done.stderr
    assert _classify(b'{"source": "s", "text": "Up"}', "-", "--artifact", str(DEFAULT)).returncode == 0


def test_a_missing_file_is_one_line_without_a_traceback(tmp_path: Path) -> None:
    done = _classify(b"", str(tmp_path / "none.jsonl"))
    assert done.returncode == 2
    assert b"No such file" in done.stderr
    assert b"Traceback" not in done.stderr
