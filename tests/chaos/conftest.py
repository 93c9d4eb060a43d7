"""Options of the chaos tests, and the table of what they found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.faults import Fault
from tests.chaos.run import Run
from tests.chaos.stored import Outcome

HEAD = (
    "| fault | broker | lost or twice | decisions | ended with | healthy after | settled after | /healthz said |\n"
    "|---|---|---|---|---|---|---|---|\n"
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--chaos"):
        return
    left_out = [item for item in items if isinstance(item, pytest.Function) and _is_long(item)]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def _is_long(item: pytest.Function) -> bool:
    fault = item.callspec.params.get("fault") if hasattr(item, "callspec") else None
    return isinstance(fault, Fault) and not fault.short


class Report:
    """Rows of the table."""

    def __init__(self) -> None:
        self.rows: list[str] = []

    def add(self, broker: str, fault: Fault, found: Run, expected: Outcome) -> None:
        """Add what came of ``fault``."""
        same = found.outcome.windows == found.outcome.rows == found.outcome.expected
        decisions = sum(found.outcome.decisions.get(key) != value for key, value in expected.decisions.items())
        decided = (
            f"{len(expected.decisions)} the same"
            if not decisions
            else f"{decisions} of {len(expected.decisions)} differ"
        )
        counts = "0" if same and found.outcome.documents == expected.documents else "differs"
        ends = ", ".join(map(str, found.ends)) or "-"
        said = "; ".join(line.replace("|", "/") for line in found.said[:3]) or "ok"
        times = f"{found.recovered:.0f} s | {found.settled:.0f} s"
        self.rows.append(f"| {fault.name} | {broker} | {counts} | {decided} | {ends} | {times} | {said} |")


@pytest.fixture(scope="session")
def report(request: pytest.FixtureRequest) -> Iterator[Report]:
    found = Report()
    yield found
    if path := request.config.getoption("--chaos-report"):
        with Path(path).open("a") as file:
            file.write("\n".join(found.rows) + "\n")
