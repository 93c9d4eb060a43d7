"""What is said of documents that a past leaves out: without a time, with an id of before, far from all others."""

from __future__ import annotations

from itertools import pairwise

from stream.cli.operating import TIME, say, shown
from stream.cli.work.past import Past
from stream.errors import SettingsError
from stream.pipeline.backtest import DocumentHistory
from stream.pipeline.backtest.far import APART_DAYS
from stream.pipeline.figures import number
from stream.pipeline.notify import moment_of
from stream.pipeline.units import DAY, MINUTE_MS
from stream.translation import _

_SHOWN = 5
_ID_SHOWN = 60


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
    for sentence in filter(None, (undated.sentence, _repeated(history), _far(history), _gap(history))):
        say(sentence)


def _repeated(history: DocumentHistory) -> str:
    """Return how many documents have the id of another; "" where none has."""
    if not history.repeated:
        return ""
    one = _("1 document has an id that came before, '{id}', and is not counted")
    many = _("{count} documents have an id that came before, such as '{id}', and are not counted")
    count = len(history.repeated)
    return shown((one if count == 1 else many).format(count=number(count), id=history.repeated[0][:_ID_SHOWN]))


def _far(history: DocumentHistory) -> str:
    """Return which documents were left out for their times; "" where none was."""
    if not history.far:
        return ""
    one = _("1 document is over {days} days from all others and left out; is its time right? {places}")
    many = _("{count} documents are over {days} days from all others and left out; are their times right? {places}")
    named = [f"{moment_of(time // MINUTE_MS):{TIME}} (id {name})" for time, name in history.far[:_SHOWN]]
    places = ", ".join([*named, *(["..."] if len(history.far) > _SHOWN else [])])
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
