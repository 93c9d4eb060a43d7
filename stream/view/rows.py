"""From what the stores hold to the rows of the screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from stream.pipeline.notify import AlertStory, Status
from stream.pipeline.rules import Decision
from stream.pipeline.units import HOUR
from stream.pipeline.windows.bucket import Bucket, merge_minutes
from stream.pipeline.windows.contribution import TOPIC, UNREAD
from stream.view.snapshot import CELL_MINUTES, CELLS, AlertRow, SeriesRow


def rows_of(
    minutes: Mapping[int, Mapping[str, Bucket]], end: int, latest: Mapping[str, Decision]
) -> tuple[SeriesRow, ...]:
    """Return a row of each series that was decided on, or that has documents in the minutes before ``end``."""
    cells: dict[str, list[float]] = {series: [0] * CELLS for series in latest}
    for minute, buckets in minutes.items():
        for series, bucket in _read(buckets).items():
            cells.setdefault(series, [0] * CELLS)[(minute - end) // CELL_MINUTES] += bucket.independent_negatives
    hour = merge_minutes(
        {minute: _read(minutes[minute]) for minute in range(end - HOUR, end) if minute in minutes}, end - HOUR, end
    )
    return tuple(
        _row(series, hour.get(series, Bucket()), counts, latest.get(series)) for series, counts in cells.items()
    )


def _read(buckets: Mapping[str, Bucket]) -> dict[str, Bucket]:
    """Return the series of documents that were read."""
    return {series: bucket for series, bucket in buckets.items() if not series.startswith(UNREAD)}


def unread_by_language(minutes: Mapping[int, Mapping[str, Bucket]]) -> dict[str, int]:
    """Return how many documents were not read, by language, most first."""
    found = Counter[str]()
    for buckets in minutes.values():
        for series, bucket in buckets.items():
            if series.startswith(UNREAD):
                found[series.removeprefix(UNREAD)] += bucket.documents
    return dict(found.most_common())


def late_documents(minutes: Mapping[int, Mapping[str, int]]) -> int:
    """Return how many documents came too late."""
    # A document is in one topic's rows, and in those of any number of watchlist entries.
    return sum(count for late in minutes.values() for series, count in late.items() if series.startswith(TOPIC))


def _row(series: str, hour: Bucket, cells: list[float], decision: Decision | None) -> SeriesRow:
    return SeriesRow(
        series,
        hour.documents,
        hour.independent_documents,
        hour.independent_negatives,
        tuple(round(cell, 3) for cell in cells),
        decision.observation if decision else None,
        decision.reason if decision else None,
    )


def alert_row(story: AlertStory) -> AlertRow:
    """Return the row of an alert."""
    fired = (step.decision.observation for step in story.transitions if step.decision and step.status is Status.FIRING)
    return AlertRow(story.alert, next(fired, None), story.deliveries, story.evidence)


def is_settled(story: AlertStory) -> bool:
    """Whether every notification is delivered or given up."""
    return all(item.delivered_at is not None or item.next_at is None for item in story.deliveries)


def is_finished(story: AlertStory) -> bool:
    """Whether it is over, and every notification of it is settled, too."""
    return story.alert.status is Status.RESOLVED and is_settled(story)
