"""The dashboards on what a real run writes: the demo's scenario, up to the middle of its crisis, through all stages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from dashboards.build import committed
from tests.dashboards.frames import ask, complaints, connect, period_of, queries
from tests.dashboards.holding import Scenario, holding

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """The URL of the database of a demo that holds, with an alert that fires."""
    with holding(Scenario(into_the_crisis=timedelta(minutes=25))) as held:
        yield held.postgres


def test_every_query_draws_what_the_demo_wrote(demo: str) -> None:
    now = datetime.now(UTC)
    with connect(demo) as connection:
        [alert_id, series] = connection.execute(
            "SELECT id, series FROM alerts WHERE status <> 'resolved'"
        ).fetchone() or (
            "no alert",
            "none",
        )
        connection.rollback()
        values = {"series": series, "alert_id": alert_id}
        empty = []
        for uid, dashboard in committed().items():
            for name, panel, target in queries(dashboard):
                frame = ask(connection, target, period_of(panel, now - timedelta(hours=6), now), values)
                assert complaints(frame, target["format"]) == [], f"{uid}: {name}"
                empty += [] if frame.rows else [f"{uid}: {name}"]
        # In the demo no name is new or was silent, no document is late, and no source is read.
        assert sorted(empty) == [
            "bellwether-alert: Was $name new, or silent before?",
            "bellwether-alert: What was last written of it before?",
            "bellwether-pipeline: Which sources need a look?",
            "bellwether-pipeline: Whose documents come too late to count?",
        ]
        verdict = next(target for name, _, target in queries(committed()["bellwether-overview"]) if "anything" in name)
        # An alert is open; and no new data came, where a busy machine took over five minutes to play it.
        assert ask(connection, verdict, period_of({}, now, now), {}).rows in ([(2,)], [(4,)])
