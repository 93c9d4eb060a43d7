"""One event is told of once: documents that an alert has told of fire no wider series when that alert is over.

A name fires at nine and resolves at eleven. In the night its group, its topic, or another rule with a window of a day
looks back on the same documents and finds them unusual, too. To whoever was told of the name this is no news. So before
an alert fires it is decided again without the documents that alerts which are over have told of: what came while such
an alert was on, and the window on which it fired. Only if it still fires there is something new to tell.

- For a group or a topic it counts as told what an alert of something as narrow, or narrower, told of: that of a name.
- For a name it counts what an alert told of that was about it, which three tenths of its documents named. What others
  told of counts only where nothing else is left: that a topic of many names has become one of this name is news.
- What an alert of the same series and rule told of counts only where nothing else is left, too. That is copies of a
  day later. While it cools down, one that is more severe for something new is told.
- Volume, and the drift of days, are not decided on single documents.

What fires while the other alert is on joins its event; see :mod:`stream.pipeline.notify.grouping`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec
import numpy as np

from stream.pipeline.detect.spec import Kind
from stream.pipeline.rules.decision import Decision, Reason
from stream.pipeline.rules.outcome import Trace
from stream.pipeline.rules.record import DecisionRecord, replay
from stream.pipeline.rules.rule import Rule
from stream.pipeline.units import DAY
from stream.pipeline.windows.bucket import minute_of
from stream.pipeline.windows.evidence import Evidence, keys_of
from stream.pipeline.windows.series_names import split_series, vagueness

COPIED_WITHIN = DAY  # after its end: copies of what it told of weigh anew on the next day
ABOUT = 0.3  # of an alert's documents: so many name whom it is about; alerts are joined to events by as many


class Teller(msgspec.Struct, frozen=True):
    """An alert that is over, and what it has told of.

    Attributes:
        rule, series: whose alert it was.
        first, resolved: from the beginning of the window on which it fired to its end; minutes since 1970.
        keys: by what its documents are known, as of :func:`stream.pipeline.windows.evidence.keys_of`.
        about: the entries that many of them name.
    """

    rule: str
    series: str
    first: int
    resolved: int
    keys: frozenset[str] = frozenset()
    about: frozenset[str] = frozenset()

    def of(self, documents: Sequence[Evidence]) -> Teller:
        """Return it with the negative documents of its series in its time."""
        named = Counter(entry for item in documents for entry in item.entries)
        about = frozenset(entry for entry, count in named.items() if count >= ABOUT * len(documents))
        keys = frozenset[str]().union(*map(keys_of, documents))
        return msgspec.structs.replace(self, keys=keys, about=about)


def may_have_told(rule: Rule, decision: Decision, teller: Teller) -> bool:
    """Whether ``teller`` ended in what ``rule`` looks back on when it fires by ``decision``, or in the day before."""
    minute = decision.observation.minute
    first = minute - max(rule.detector.windows) - COPIED_WITHIN
    return rule.detector.kind is Kind.NEGATIVE and first < teller.resolved <= minute


def was_told(recorded: DecisionRecord, evidence: Sequence[Evidence], tellers: Sequence[Teller]) -> bool:
    """Whether an alert that is to fire would not, without what was told of before.

    Args:
        recorded: the decision by which it is to fire.
        evidence: the negative documents of its series, in the longest of the rule's windows.
        tellers: alerts that are over.
    """
    seen = recorded.decision.observation
    before = [one for one in tellers if may_have_told(recorded.rule, recorded.decision, one)]
    if not before or not evidence:
        return False
    in_window = [item for item in evidence if minute_of(item.published_at) >= seen.minute - seen.window]
    if in_window and not _new(in_window, before):
        return True
    new = _new(evidence, [one for one in before if _is_about_it(one, recorded)])
    if len(new) == len(evidence):
        return False
    left = msgspec.structs.replace(recorded.trace, counts=_counts_left(recorded.trace, evidence, new))
    return replay(msgspec.structs.replace(recorded, trace=left, members=())).reason is not Reason.FIRING


def _is_about_it(teller: Teller, recorded: DecisionRecord) -> bool:
    """Whether ``teller`` told of what ``recorded`` is about; not the same series and rule, which cools down."""
    series = recorded.decision.observation.series
    if (teller.rule, teller.series) == (recorded.rule.name, series):
        return False
    entry, _ = split_series(series)
    return entry in teller.about if entry else vagueness(teller.series) <= vagueness(series)


def _new(evidence: Sequence[Evidence], tellers: Sequence[Teller]) -> list[Evidence]:
    """Return the documents of which none of ``tellers`` has told, nor of a copy of them."""
    told = frozenset[str]().union(*(one.keys for one in tellers))
    return [item for item in evidence if not keys_of(item) & told]


def _counts_left(
    trace: Trace, evidence: Sequence[Evidence], new: Sequence[Evidence]
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Return the counts without the negatives that were told of: of each step the part that is told of."""
    documents, negatives, positives = (np.array(row, np.int64) for row in trace.counts)
    shown, left = (_by_step(trace, items) for items in (evidence, new))
    taken = np.where(shown > left, negatives * (1 - left / np.maximum(shown, 1)), 0).round().astype(np.int64)
    return tuple((documents - taken).tolist()), tuple((negatives - taken).tolist()), tuple(positives.tolist())


def _by_step(trace: Trace, evidence: Sequence[Evidence]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    steps = len(trace.counts[0])
    places = np.array([(minute_of(item.published_at) - trace.first) // trace.step for item in evidence], np.int64)
    return np.bincount(places[(places >= 0) & (places < steps)], minlength=steps)
