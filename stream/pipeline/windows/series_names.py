"""What the name of a series says: whom it is about, and how exactly."""

from __future__ import annotations

from stream.pipeline.windows.contribution import ALL, ENTRY, GROUP, TOPIC


def split_series(series: str) -> tuple[str, str]:
    """Return the watchlist entry and the topic of a series; empty where it has none.

    >>> split_series("entry:Acme/topic:Earnings"), split_series("topic:Macro"), split_series("group:banks")
    (('Acme', 'Earnings'), ('', 'Macro'), ('', ''))
    """
    if series == ALL or series.startswith(GROUP):
        return "", ""
    if series.startswith(TOPIC):
        return "", series.removeprefix(TOPIC)
    entry, _, topic = series.removeprefix(ENTRY).partition(f"/{TOPIC}")
    return entry, topic


def group_of(series: str) -> str:
    """Return the group whose series it is; empty where it is none of a group."""
    return series.removeprefix(GROUP) if series.startswith(GROUP) else ""


def vagueness(series: str) -> int:
    """Return how little a series says of whom it is about.

    0 is an entry within a topic, 1 an entry, 2 a group of entries, 3 a topic, 4 all entries.

    >>> [vagueness(series) for series in ("entry:Acme/topic:Earnings", "entry:Acme", "group:banks", "topic:Macro")]
    [0, 1, 2, 3]
    """
    entry, topic = split_series(series)
    if entry:
        return 0 if topic else 1
    return 2 if group_of(series) else 3 if topic else 4
