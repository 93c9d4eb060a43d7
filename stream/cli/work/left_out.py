"""What is said of documents that a past leaves out: those without a time, and those far from all others."""

from __future__ import annotations

from itertools import pairwise

from stream.cli.operating import TIME, say
from stream.cli.work.past import Past
from stream.errors import SettingsError
from stream.pipeline.backtest import DocumentHistory
from stream.pipeline.backtest.far import APART_DAYS
from stream.pipeline.notify import moment_of
from stream.pipeline.units import DAY, MINUTE_MS
from stream.translation import _

_SHOWN = 5


def check_documents(history: DocumentHistory, past: Past) -> None:
    """Tell of documents that are left out.

    Raises:
        SettingsError: none has a time, or none can be read, and so there is no past.
    """
    undated = past.undated
    if not history.members and undated.undated > past.refused.total:
        raise SettingsError(f"backtest: {undated.sentence}")
    if not history.members and past.refused.total:
        raise SettingsError(f"backtest: no document could be read: {past.refused.sentences()[0]}")
    for sentence in filter(None, (undated.sentence, _far(history), _gap(history))):
        say(sentence)


def _far(history: DocumentHistory) -> str:
    """Return which documents were left out for their times; "" where none was."""
    if not history.far:
        return ""
    one = _("1 document is over {days} days from all others and left out; is its time right? {places}")
    many = _("{count} documents are over {days} days from all others and left out; are their times right? {places}")
    shown = [f"{moment_of(time // MINUTE_MS):{TIME}} (id {name})" for time, name in history.far[:_SHOWN]]
    places = ", ".join([*shown, *(["..."] if len(history.far) > _SHOWN else [])])
    return (one if len(history.far) == 1 else many).format(count=len(history.far), days=APART_DAYS, places=places)


def _gap(history: DocumentHistory) -> str:
    """Return the longest time without a document, where there is a long one; "" where there is none."""
    gaps = [(after.first - before.last, before.last, after.first) for before, after in pairwise(history.stretches)]
    if not gaps:
        return ""
    long, first, last = max(gaps)
    words = _("no document for {days} days, from {first} to {last}; these are decided on, too, which takes long")
    ends = {name: f"{moment_of(at // MINUTE_MS):{TIME}}" for name, at in (("first", first), ("last", last))}
    return words.format(days=long // (DAY * MINUTE_MS), **ends)
