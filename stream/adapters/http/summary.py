"""A notification in a few lines of words: what happened, the figures, the times; for the messages that people read."""

from __future__ import annotations

import msgspec

from stream.pipeline.figures import estimate, negative_of_both, number
from stream.pipeline.notify.payload import VOLUME, Brief, Data, Notification

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
    documents, negatives = number(observed.documents), number(observed.negatives)
    if data.kind == VOLUME:
        return (
            f"{documents} independent documents in {data.window_minutes} min, {negatives} of them negative;"
            f" usual {estimate(data.usual.documents)} ({number(expected.low)} to {number(expected.high)});"
            f" score {estimate(data.score)}"
        )
    share = f"{observed.negatives / observed.documents:.0%}" if observed.documents else "none"
    return (
        f"{negatives} negative of {documents} independent documents ({share})"
        f" in {data.window_minutes} min; expected {estimate(expected.negatives)} ({expected.share:.0%}),"
        f" usual {estimate(data.usual.negatives)}; score {estimate(data.score)}"
    )


def times(data: Data) -> str:
    """Return since when it fires, and when it resolved, in one line."""
    resolved = f", resolved {data.resolved_at:%Y-%m-%d %H:%M} UTC" if data.resolved_at else ""
    return f"fired {data.fired_at:%Y-%m-%d %H:%M} UTC{resolved}"


def shares(item: Brief) -> tuple[str, ...]:
    """Return how negative a document is of the name and as a whole, in words; nothing where that is much the same."""
    of_text = item.negative_of_text
    both = "" if isinstance(of_text, msgspec.UnsetType) else negative_of_both(item.negative, of_text)
    return (both,) if both else ()
