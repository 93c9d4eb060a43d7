"""Options of the chaos tests, and the table of what they found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.chaos.faults import Fault
from tests.chaos.run import Run
from tests.chaos.stored import Outcome


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--chaos"):
        return
    left_out = [item for item in items if isinstance(item, pytest.Function) and _is_long(item)]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def _is_long(item: pytest.Function) -> bool:
    fault = item.callspec.params.get("fault") if hasattr(item, "callspec") else None
    return isinstance(fault, Fault) and not (fault.short and item.callspec.id.endswith(fault.short))


class Report:
    """Writes the rows of the table to ``file``, each as soon as it is known."""

    def __init__(self, file: Path | None) -> None:
        self._file = file

    def add(self, broker: str, fault: Fault, found: Run, expected: Outcome) -> None:
        """Add what came of ``fault``."""
        if self._file is not None:
            with self._file.open("a") as file:
                file.write(_row(broker, fault, found, expected) + "\n")


def _row(broker: str, fault: Fault, found: Run, expected: Outcome) -> str:
    same = found.outcome.windows == found.outcome.rows == found.outcome.expected
    counts = "0" if same and found.outcome.documents == expected.documents else "differs"
    differ = sum(found.outcome.decisions.get(key) != value for key, value in expected.decisions.items())
    decided = f"{differ} of {len(expected.decisions)} differ" if differ else "the same"
    ends = ", ".join(map(str, found.ends)) or "-"
    kinds = {re.sub(r"\d+ s\b", "# s", line): line for line in found.said}  # the last one of each kind
    said = "; ".join(line.replace("|", "/") for line in list(kinds.values())[:4]) or "ok"
    times = f"{found.recovered:.0f} s | {found.settled:.0f} s"
    return f"| {fault.name} | {broker} | {counts} | {decided} | {ends} | {times} | {said} |"


@pytest.fixture(scope="session")
def report(request: pytest.FixtureRequest) -> Report:
    path = request.config.getoption("--chaos-report")
    return Report(Path(path) if path else None)
