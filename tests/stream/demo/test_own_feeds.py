"""The demo on one's own sources."""

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from stream.demo.own_feeds import run_own_feeds
from stream.errors import SettingsError
from tests.processes import ended
from tests.publishers import item, publishing


@pytest.mark.slow
def test_sources_are_read_and_shown_until_somebody_ends_it(tmp_path: Path) -> None:
    path, date = tmp_path / "sources.yaml", format_datetime(datetime.now(UTC) - timedelta(minutes=1))
    with publishing() as publisher:
        url = publisher.feed("/f", *(item(f"Profit of bank {n} falls", f"{n}", date) for n in range(7)))
        lines = (
            f"{{name: wire, url: '{url}', allow_http: true, allow_private: true}}",
            "{name: a, url: 'https://a.invalid/'}",
        )
        path.write_text("sources:\n" + "".join(f"  - {line}\n" for line in lines))
        command = [sys.executable, "-m", "stream", "demo", "--feeds", str(path)]
        output = tmp_path / "output"
        with output.open("w") as file, ended(subprocess.Popen(command, stdout=file, stderr=file)) as demo:
            deadline = time.monotonic() + 400
            while "documents published: 7" not in output.read_text() and time.monotonic() < deadline:
                assert demo.poll() is None, output.read_text()
                time.sleep(0.5)
            assert time.monotonic() < deadline, output.read_text()
            demo.send_signal(signal.SIGINT)
            demo.wait(300)
    said = output.read_text()
    assert "1 ok, 1 failing; documents published: 7" in said
    assert "a: a.invalid did not answer" in said


def test_a_file_without_a_source_that_is_on_starts_nothing(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text("sources: []")
    with pytest.raises(SettingsError, match="no source is on"):
        run_own_feeds(str(tmp_path / "sources.yaml"))
