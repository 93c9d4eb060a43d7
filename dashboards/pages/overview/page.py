"""Is anything wrong now? The page that stays open: a verdict in words, then topics, open alerts, and how it came."""

from __future__ import annotations

from typing import Any

from dashboards.kit.colors import BAD
from dashboards.kit.layout import Page, assemble, marks
from dashboards.pages.overview import alerts, status, topics

PAGE = Page(
    "bellwether-overview",
    "Bellwether: is anything wrong now?",
    "One page to keep open: whether there is unusually bad news, where, and whether Bellwether itself is up to date.",
    "now-6h",
)


def build() -> dict[str, Any]:
    """Return the dashboard."""
    return assemble(
        PAGE,
        [
            [status.verdict(), status.open_alerts(), status.over_threshold(), status.volume(), status.data_age()],
            [topics.negative_share()],
            [alerts.open_alerts(), alerts.most_suspicious()],
            [topics.deviations()],
        ],
        annotations=[marks("alerts", BAD, alerts.MARKS)],
    )
