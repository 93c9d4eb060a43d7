"""A process ends with the test that started it."""

from __future__ import annotations

import subprocess

import pytest

from tests import processes
from tests.processes import ended


@pytest.mark.parametrize("deaf", ["", "trap '' TERM; "])
def test_one_that_would_go_on_ends_where_the_test_fails(deaf: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "STOP_WITHIN", 2.0)
    command = ["sh", "-c", f"{deaf}echo; while :; do :; done"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    with pytest.raises(KeyError), ended(process):  # noqa: PT012
        assert process.stdout is not None
        process.stdout.readline()
        raise KeyError
    assert process.returncode == (-9 if deaf else -15)


def test_one_that_has_ended_keeps_its_code() -> None:
    with ended(subprocess.Popen(["sh", "-c", "exit 7"])) as process:
        assert process.wait(120) == 7
    assert process.returncode == 7
