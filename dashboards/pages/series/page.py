"""One topic or watchlist entry: how much, how negative, whether that was expected, and the stories behind it."""

from __future__ import annotations

from typing import Any

from dashboards.kit.colors import BAD
from dashboards.kit.layout import Page, assemble, choice, marks
from dashboards.kit.sql import name_of
from dashboards.pages.series import alerts, course, status, stories

PAGE = Page(
    "bellwether-series",
    "Bellwether: topic or entity",
    "One topic, or one entry of the watchlist: volume by sentiment, score, observed against expected, alerts, stories.",
    "now-24h",
)
# One step along the primary key per series, for DISTINCT would read a month of rows.
ALL_SERIES = f"""
    WITH RECURSIVE found AS (
      (SELECT series FROM series_minutes ORDER BY series LIMIT 1)
      UNION ALL
      SELECT (SELECT m.series FROM series_minutes AS m WHERE m.series > found.series ORDER BY m.series LIMIT 1)
      FROM found WHERE found.series IS NOT NULL
    ) SELECT series AS "__value", {name_of()} AS "__text" FROM found WHERE series IS NOT NULL ORDER BY series"""


def build() -> dict[str, Any]:
    """Return the dashboard."""
    about = "A topic of the classifier, or an entry of the watchlist; type to search."
    return assemble(
        PAGE,
        [
            [status.verdict(), status.negative_share(), status.score(), status.copies()],
            [course.observed_and_expected(), course.scores()],
            [course.volume(copies=True), course.volume(copies=False)],
            [course.tone(), alerts.alerts()],
            [stories.stories()],
        ],
        [choice("series", "Series", about, ALL_SERIES)],
        [marks("alerts", BAD, alerts.MARKS)],
    )
