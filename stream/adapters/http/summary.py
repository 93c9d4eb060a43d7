"""A notification in words, for the messages that people read."""

from __future__ import annotations

from stream.pipeline.notify.payload import VOLUME, Data, Notification

SIGNS = {"alert.firing": "FIRING", "alert.updated": "UPDATED", "alert.resolved": "RESOLVED", "alert.test": "TEST"}


def headline(note: Notification) -> str:
    """Return what happened to what, in one line.

    Of a group: the leading series and how many others.
    """
    data = note.data
    others = data.members_total - 1
    more = f" and {others} more" if others > 0 else ""
    again = f", reminder {data.repeat}" if data.repeat else ""
    who = f", acknowledged by {data.acknowledged_by}" if data.status == "acknowledged" and data.acknowledged_by else ""
    return f"{SIGNS[note.type]} ({data.severity}{again}{who}): {data.series}{more}"


def numbers(data: Data) -> str:
    """Return what was seen against what was expected."""
    seen, expected = data.observed, data.expected
    if data.kind == VOLUME:
        return (
            f"{seen.documents:g} independent documents in {data.window_minutes} min, {seen.negatives:g} of them"
            f" negative; usual {data.usual.documents:.1f} ({expected.low:g} to {expected.high:g});"
            f" score {data.score:.1f}"
        )
    share = f"{seen.negatives / seen.documents:.0%}" if seen.documents else "none"
    return (
        f"{seen.negatives:g} negative of {seen.documents:g} independent documents ({share}) in {data.window_minutes}"
        f" min; expected {expected.negatives:.1f} ({expected.share:.0%}), usual {data.usual.negatives:.1f};"
        f" score {data.score:.1f}"
    )


def times(data: Data) -> str:
    """Return since when it fires, and when it ended."""
    ended = f", resolved {data.resolved_at:%Y-%m-%d %H:%M} UTC" if data.resolved_at else ""
    return f"fired {data.fired_at:%Y-%m-%d %H:%M} UTC{ended}"
