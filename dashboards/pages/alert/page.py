"""One alert: why it fired, whether it stands on more than one voice, the documents, and its life since."""

from __future__ import annotations

from typing import Any

from dashboards.kit.colors import BAD
from dashboards.kit.layout import Page, assemble, choice, derived, marks
from dashboards.kit.sql import ALERT, name_of
from dashboards.pages.alert import course, decision, earlier, life, status

PAGE = Page(
    "bellwether-alert",
    "Bellwether: why did this alert fire?",
    "One alert: the decision in words and numbers, the half hours around it, evidence, steps, deliveries, delays.",
    "now-24h",
    refresh="1m",
)
ALL_ALERTS = f"""
    SELECT id AS "__value",
      {name_of()} || ', ' || to_char(fired_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC, '
      || status AS "__text" FROM alerts ORDER BY fired_at DESC, id LIMIT 500"""


def build() -> dict[str, Any]:
    """Return the dashboard."""
    about = "An alert, newest first; type to search. An older one is found by its id."
    span = f"""
        SELECT extract(epoch FROM fired_at)::bigint * 1000 AS "time",
          extract(epoch FROM coalesce(resolved_at, now()))::bigint * 1000 AS "timeend",
          'this alert: ' || status AS "text", severity AS "tags"
        FROM alerts WHERE id = {ALERT}"""
    return assemble(
        PAGE,
        [
            [decision.reason()],
            [status.status(), status.severity(), decision.score(), status.sources()],
            [course.observed_and_expected(), course.volume()],
            [decision.numbers(), decision.robustness()],
            [life.evidence()],
            [earlier.counted(), earlier.documents()],
            [life.event()],
            [life.steps()],
            [life.deliveries()],
            [life.delays()],
        ],
        [
            choice("alert_id", "Alert", about, ALL_ALERTS),
            derived("name", f'SELECT {name_of()} AS "name" FROM alerts WHERE id = {ALERT}'),
        ],
        [marks("this alert", BAD, span)],
    )
