"""Grouping: one event makes a topic, three companies and their tickers fire; people want one notification, not thirty.

The rule. An alert joins the group of alerts that fired at most ``within`` (event time, default 30 minutes) before or
after it, of which one is still open, and one of which it is related to by at least ``shared`` (default 0.3):

- of the same series (two rules see the same surge), or equal in all labels of ``by`` that the file names: 1
- stories that both have in their evidence, as a share of the smaller evidence
- documents in the evidence of one that name the watchlist entry of the other, as a share

Of several groups it joins the one that it is related to most, the older one if that is equal. Groups are not merged
afterwards: a message that was sent stays true.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from stream.pipeline.evidence import Evidence
from stream.pipeline.notify.matching import named
from stream.pipeline.notify.model import Incident
from stream.pipeline.notify.routing import Routing

# More than that is not one event but a day; the next one opens a group of its own.
MAX_MEMBERS = 100


def group_of(new: Incident, groups: Mapping[str, Sequence[Incident]], routing: Routing) -> str:
    """Return the id of the group that ``new`` joins, its own id where there is none."""
    best, chosen = 0.0, new.alert.id
    for group_id, members in sorted(groups.items(), key=lambda item: (min(_times(item[1])), item[0])):
        if len(members) >= MAX_MEMBERS or not any(member.alert.open for member in members):
            continue
        if not _close(new, members, routing.grouping.within):
            continue
        found = max(relation(new, member, routing) for member in members)
        if found >= routing.grouping.shared and found > best:
            best, chosen = found, group_id
    return chosen


def relation(one: Incident, other: Incident, routing: Routing) -> float:
    """Return how much two alerts are of the same event, 0 to 1."""
    if one.alert.series == other.alert.series or _equal_labels(one, other, routing):
        return 1.0
    return max(_shared(one.evidence, other.evidence), _naming(one, other), _naming(other, one))


def _equal_labels(one: Incident, other: Incident, routing: Routing) -> bool:
    mine, theirs = routing.labels(one.alert), routing.labels(other.alert)
    by = routing.grouping.by
    return bool(by) and all(mine[label] and mine[label] == theirs[label] for label in by)


def _shared(one: Iterable[Evidence], other: Iterable[Evidence]) -> float:
    mine, theirs = {item.story or item.id for item in one}, {item.story or item.id for item in other}
    smaller = min(len(mine), len(theirs))
    return len(mine & theirs) / smaller if smaller else 0.0


def _naming(one: Incident, other: Incident) -> float:
    entry, _ = named(other.alert.series)
    if not entry or not one.evidence:
        return 0.0
    return sum(entry in item.entries for item in one.evidence) / len(one.evidence)


def _close(new: Incident, members: Sequence[Incident], within: timedelta) -> bool:
    return any(abs(new.alert.fired_at - fired) <= within for fired in _times(members))


def _times(members: Sequence[Incident]) -> list[datetime]:
    return [member.alert.fired_at for member in members]
