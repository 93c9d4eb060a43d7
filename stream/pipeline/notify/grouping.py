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

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from stream.pipeline.notify.matching import split_series
from stream.pipeline.notify.model import AlertSnapshot
from stream.pipeline.notify.routing import Routing
from stream.pipeline.windows.evidence import Evidence

# More than that is not one event but a day; the next one opens a group of its own.
MAX_MEMBERS = 100


class Groups:
    """The groups of a board. Of many groups, only those that have anything in common with an alert are compared."""

    def __init__(self, incidents: Iterable[AlertSnapshot], routing: Routing) -> None:
        self._routing = routing
        self._members: dict[str, dict[str, AlertSnapshot]] = {}
        self._index: dict[tuple[str, str], set[str]] = {}
        for incident in incidents:
            self.put(incident)

    def put(self, incident: AlertSnapshot) -> None:
        """Add an incident to its group, or replace it there."""
        members = self._members.setdefault(incident.alert.group_id, {})
        if incident.alert.id not in members:
            for key in _has(incident, self._routing):
                self._index.setdefault(key, set()).add(incident.alert.group_id)
        members[incident.alert.id] = incident

    def members(self, group_id: str) -> list[AlertSnapshot]:
        """Return the incidents of a group."""
        return list(self._members.get(group_id, {}).values())

    def ids(self) -> set[str]:
        """Return the groups' ids."""
        return set(self._members)

    def of(self, new: AlertSnapshot) -> str:
        """Return the id of the group that ``new`` joins, its own id where there is none."""
        found = {group_id for key in _seeks(new, self._routing) for group_id in self._index.get(key, ())}
        near = {group_id: list(self._members[group_id].values()) for group_id in found}
        best, chosen = 0.0, new.alert.id
        for group_id, members in sorted(near.items(), key=lambda item: (min(_times(item[1])), item[0])):
            if len(members) >= MAX_MEMBERS or not any(member.alert.open for member in members):
                continue
            if not _close(new, members, self._routing.grouping.within):
                continue
            how_much = max(relation(new, member, self._routing) for member in members)
            if how_much >= self._routing.grouping.shared and how_much > best:
                best, chosen = how_much, group_id
        return chosen


def _has(incident: AlertSnapshot, routing: Routing) -> set[tuple[str, str]]:
    """Return what others may have in common with ``incident``, or seek in it."""
    names = {("names", name) for item in incident.evidence for name in item.entries}
    return _common(incident, routing) | names | _entry("entry", incident)


def _seeks(incident: AlertSnapshot, routing: Routing) -> set[tuple[str, str]]:
    """Return what :func:`_has` tells of those that ``incident`` may be related to."""
    names = {("entry", name) for item in incident.evidence for name in item.entries}
    return _common(incident, routing) | names | _entry("names", incident)


def _common(incident: AlertSnapshot, routing: Routing) -> set[tuple[str, str]]:
    keys = {("story", item.story or item.id) for item in incident.evidence} | {("series", incident.alert.series)}
    if routing.grouping.by:
        labels = routing.labels(incident.alert)
        keys.add(("labels", "\0".join(labels[label] for label in routing.grouping.by)))
    return keys


def _entry(kind: str, incident: AlertSnapshot) -> set[tuple[str, str]]:
    entry, _ = split_series(incident.alert.series)
    return {(kind, entry)} if entry else set()


def relation(one: AlertSnapshot, other: AlertSnapshot, routing: Routing) -> float:
    """Return how much two alerts are of the same event, 0 to 1."""
    if one.alert.series == other.alert.series or _equal_labels(one, other, routing):
        return 1.0
    return max(_shared(one.evidence, other.evidence), _naming(one, other), _naming(other, one))


def _equal_labels(one: AlertSnapshot, other: AlertSnapshot, routing: Routing) -> bool:
    mine, theirs = routing.labels(one.alert), routing.labels(other.alert)
    by = routing.grouping.by
    return bool(by) and all(mine[label] and mine[label] == theirs[label] for label in by)


def _shared(one: Iterable[Evidence], other: Iterable[Evidence]) -> float:
    mine, theirs = {item.story or item.id for item in one}, {item.story or item.id for item in other}
    smaller = min(len(mine), len(theirs))
    return len(mine & theirs) / smaller if smaller else 0.0


def _naming(one: AlertSnapshot, other: AlertSnapshot) -> float:
    entry, _ = split_series(other.alert.series)
    if not entry or not one.evidence:
        return 0.0
    return sum(entry in item.entries for item in one.evidence) / len(one.evidence)


def _close(new: AlertSnapshot, members: Sequence[AlertSnapshot], within: timedelta) -> bool:
    return any(abs(new.alert.fired_at - fired) <= within for fired in _times(members))


def _times(members: Sequence[AlertSnapshot]) -> list[datetime]:
    return [member.alert.fired_at for member in members]
