"""A changed file of rules is in force at the detector's next tick; a broken one is said and changes nothing."""

import asyncio
import logging
import os
from pathlib import Path

import pytest

from stream import metrics
from stream.adapters.files.rules import RulesFile
from stream.worker.stages import Detect, Reload
from tests.fakes.alerts import FakeAlertStore
from tests.stream.worker.test_detection import FACTS, NOW, SERIES, _quiet, _windows


def _write(path: Path, text: str) -> None:
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text)
    os.utime(path, ns=(before + 10**9, before + 10**9))


def _reads(result: str) -> float:
    return float(metrics.FILE_READS.labels("rules", result)._value.get())


def test_rules_change_while_the_detector_runs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path, store = tmp_path / "rules.yaml", FakeAlertStore()
    _write(path, "rules:\n  - name: first\n    series: ['entry:*']\n")
    file = RulesFile(path)
    accepted, refused = _reads("accepted"), _reads("refused")

    async def work() -> None:
        reload, detect = (
            Reload("rules", file.refresh, lambda: len(file.current)),
            Detect(lambda: file.current, await _windows(_quiet()[:60]), store, ["webhook"], FACTS, lambda: NOW),
        )
        while await detect.tick():
            pass
        assert await store.latest_decisions() == {}
        _write(path, "rules:\n  - name: second\n    kind: loud\n")
        await reload.tick()
        await reload.tick()
        assert [rule.name for rule in file.current] == ["first", "first.slow", "first.sparse"]
        _write(path, "rules:\n  - name: second\n")
        await reload.tick()
        while await detect.tick():
            pass
        assert ("second", SERIES) in await store.latest_decisions()
        assert (await store.load("second"))[1] is not None

    with caplog.at_level(logging.WARNING):
        asyncio.run(work())
    assert (_reads("accepted") - accepted, _reads("refused") - refused) == (1, 1)
    assert "refused, what was in use stays" in caplog.text
