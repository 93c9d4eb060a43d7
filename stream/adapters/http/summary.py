"""A notification in a few lines of words: what happened, the figures, the times; for the messages that people read."""

from __future__ import annotations

from stream.pipeline.notify.payload import VOLUME, Data, Notification

WORDS = {"alert.firing": "FIRING", "alert.updated": "UPDATED", "alert.resolved": "RESOLVED", "alert.test": "TEST"}


def headline(note: Notification) -> str:
    """Return what happened to what, in one line.

    Of a group: the leading series and how many others.
    """
    data = note.data
    others = data.members_total - 1
    more = f" and {others} more" if others > 0 else ""
    again = f", reminder {data.repeat}" if data.repeat else ""
    who = f", acknowledged by {data.acknowledged_by}" if data.status == "acknowledged" and data.acknowledged_by else ""
    word = "FIRED AND RESOLVED" if data.unannounced else WORDS[note.type]
    return f"{word} ({data.severity}{again}{who}): {data.series}{more}"


def figures(data: Data) -> str:
    """Return what was observed against what was expected, in one line."""
    observed, expected = data.observed, data.expected
    if data.kind == VOLUME:
        return (
            f"{observed.documents:g} independent documents in {data.window_minutes} min, {observed.negatives:g} of them"
            f" negative; usual {data.usual.documents:.1f} ({expected.low:g} to {expected.high:g});"
            f" score {data.score:.1f}"
        )
    share = f"{observed.negatives / observed.documents:.0%}" if observed.documents else "none"
    return (
        f"{observed.negatives:g} negative of {observed.documents:g} independent documents ({share})"
        f" in {data.window_minutes} min; expected {expected.negatives:.1f} ({expected.share:.0%}),"
        f" usual {data.usual.negatives:.1f}; score {data.score:.1f}"
    )


def times(data: Data) -> str:
    """Return since when it fires, and when it resolved, in one line."""
    resolved = f", resolved {data.resolved_at:%Y-%m-%d %H:%M} UTC" if data.resolved_at else ""
    return f"fired {data.fired_at:%Y-%m-%d %H:%M} UTC{resolved}"
