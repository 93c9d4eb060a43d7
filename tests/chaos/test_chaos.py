"""Faults on real servers, on both brokers: nothing lost, nothing twice, and the decisions of an undisturbed run.

The short form runs with all tests. ``pytest tests/chaos --chaos`` runs every fault, in an hour or two, and
``--chaos-report FILE`` writes the table that stands in docs/chaos.md.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from stream.embedded import Broker, Server
from tests.brokers import BROKERS
from tests.chaos.conftest import Report
from tests.chaos.faults import FAKETIME, FAULTS, Fault
from tests.chaos.feed import COUNT
from tests.chaos.run import Run, run
from tests.chaos.stored import Outcome

pytestmark = pytest.mark.slow


@functools.cache
def _undisturbed() -> Outcome:
    """What every run must come to, whatever breaks and whichever broker it has."""
    with TemporaryDirectory(prefix="bellwether-") as name:
        Path(name).chmod(0o755)
        found = run(Broker, Path(name), None)
    _check_counts(found)
    assert found.ends == []
    return found.outcome


@pytest.mark.kafka
@pytest.mark.chaos
@pytest.mark.timeout(1500)
# kafka-python leaves the socket of a connection that was refused to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", BROKERS)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_nothing_is_lost_and_every_decision_is_the_same(
    kind: type[Server], fault: Fault, open_folder: Path, report: Report
) -> None:
    if problem := _cannot(kind, fault):
        pytest.skip(problem)
    expected = _undisturbed()
    found = run(kind, open_folder, fault)
    report.add(kind.__name__, fault, found, expected)
    _check_counts(found)
    assert found.outcome.steps == expected.steps
    assert found.outcome.decisions == expected.decisions
    assert any(step[1] == "firing" for step in expected.steps)


def _check_counts(found: Run) -> None:
    assert found.outcome.documents == COUNT
    assert found.outcome.windows == found.outcome.expected
    assert found.outcome.rows == found.outcome.expected
    assert found.outcome.letters == found.poison
    assert found.stopped == 0


def _cannot(kind: type[Server], fault: Fault) -> str:
    if kind is Broker and fault.log_survives:
        return "the embedded broker keeps its records in memory"
    if fault.small and os.geteuid() != 0:
        return "only root can make a disk that is small"
    if fault.name.startswith("worker two hours") and not FAKETIME.exists():
        return "libfaketime is not there"
    return ""
