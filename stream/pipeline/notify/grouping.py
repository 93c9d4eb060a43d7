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

from collections.abc import Iterable
from datetime import datetime

from stream.pipeline.notify.matching import split_series
from stream.pipeline.notify.model import AlertSnapshot
from stream.pipeline.notify.routing import Routing
from stream.pipeline.windows.evidence import Evidence

# More alerts than that are not one event but a day; the next one opens a group of its own. It also bounds the work of
# every change, which compares a new alert with all members.
MAX_MEMBERS = 100
# What two alerts may have in common: its kind (story, series, labels, entry, names) and its value.
Trait = tuple[str, str]


class Groups:
    """The groups of a board.

    An index from traits to groups finds the few groups that an alert may be related to; only those are compared.
    """

    def __init__(self, snapshots: Iterable[AlertSnapshot], routing: Routing) -> None:
        self._routing = routing
        self._members: dict[str, dict[str, AlertSnapshot]] = {}
        self._groups_by_trait: dict[Trait, set[str]] = {}
        for snapshot in snapshots:
            self.put(snapshot)

    def put(self, snapshot: AlertSnapshot) -> None:
        """Add an alert to its group, or replace it there."""
        alert = snapshot.alert
        members = self._members.setdefault(alert.group_id, {})
        if alert.id not in members:
            for trait in _own_traits(snapshot, self._routing):
                self._groups_by_trait.setdefault(trait, set()).add(alert.group_id)
        members[alert.id] = snapshot

    def members(self, group_id: str) -> list[AlertSnapshot]:
        """Return the alerts of a group."""
        return list(self._members.get(group_id, {}).values())

    def ids(self) -> set[str]:
        """Return the groups' ids."""
        return set(self._members)

    def group_for(self, new: AlertSnapshot) -> str:
        """Return the id of the group that ``new`` is to join; its own id, of a group yet to open, where none fits."""
        candidates = [group_id for group_id in self._with_common_traits(new) if self._may_join(new, group_id)]
        relations = {group_id: self._relation(new, group_id) for group_id in sorted(candidates, key=self._age)}
        # Of equal ones, max() takes the first: the oldest.
        closest = max(relations, key=relations.__getitem__, default=None)
        if closest is None or relations[closest] == 0.0 or relations[closest] < self._routing.grouping.shared:
            return new.alert.id
        return closest

    def _with_common_traits(self, new: AlertSnapshot) -> set[str]:
        traits = _sought_traits(new, self._routing)
        return {group_id for trait in traits for group_id in self._groups_by_trait.get(trait, ())}

    def _may_join(self, new: AlertSnapshot, group_id: str) -> bool:
        """Whether there is room, something in the group is still open, and something fired about when ``new`` did."""
        alerts = [member.alert for member in self.members(group_id)]
        if len(alerts) >= MAX_MEMBERS or not any(alert.open for alert in alerts):
            return False
        within = self._routing.grouping.within
        return any(abs(new.alert.fired_at - alert.fired_at) <= within for alert in alerts)

    def _relation(self, new: AlertSnapshot, group_id: str) -> float:
        return max(relation(new, member, self._routing) for member in self.members(group_id))

    def _age(self, group_id: str) -> tuple[datetime, str]:
        return min(member.alert.fired_at for member in self.members(group_id)), group_id


def _own_traits(snapshot: AlertSnapshot, routing: Routing) -> set[Trait]:
    """Return under which traits an alert's group is found: what it has, its entry, and the entries it names."""
    named = {("names", entry) for item in snapshot.evidence for entry in item.entries}
    return _shared_traits(snapshot, routing) | named | _entry_trait("entry", snapshot)


def _sought_traits(snapshot: AlertSnapshot, routing: Routing) -> set[Trait]:
    """Return the traits of groups that an alert may be related to: as :func:`_own_traits`, entry and names swapped."""
    named = {("entry", entry) for item in snapshot.evidence for entry in item.entries}
    return _shared_traits(snapshot, routing) | named | _entry_trait("names", snapshot)


def _shared_traits(snapshot: AlertSnapshot, routing: Routing) -> set[Trait]:
    traits = {("story", story) for story in _stories(snapshot.evidence)} | {("series", snapshot.alert.series)}
    if routing.grouping.by:
        labels = routing.labels(snapshot.alert)
        traits.add(("labels", "\0".join(labels[label] for label in routing.grouping.by)))
    return traits


def _entry_trait(kind: str, snapshot: AlertSnapshot) -> set[Trait]:
    entry, _ = split_series(snapshot.alert.series)
    return {(kind, entry)} if entry else set()


def relation(one: AlertSnapshot, other: AlertSnapshot, routing: Routing) -> float:
    """Return how strongly two alerts point at the same event, 0 to 1; see the rule above."""
    if one.alert.series == other.alert.series or _have_equal_labels(one, other, routing):
        return 1.0
    return max(_story_overlap(one, other), _naming_share(one, other), _naming_share(other, one))


def _have_equal_labels(one: AlertSnapshot, other: AlertSnapshot, routing: Routing) -> bool:
    labels, other_labels = routing.labels(one.alert), routing.labels(other.alert)
    by = routing.grouping.by
    return bool(by) and all(labels[label] and labels[label] == other_labels[label] for label in by)


def _story_overlap(one: AlertSnapshot, other: AlertSnapshot) -> float:
    """Return the overlap coefficient of their stories: those in common, as a share of the smaller set."""
    stories, other_stories = _stories(one.evidence), _stories(other.evidence)
    smaller = min(len(stories), len(other_stories))
    return len(stories & other_stories) / smaller if smaller else 0.0


def _stories(evidence: Iterable[Evidence]) -> set[str]:
    return {item.story or item.id for item in evidence}


def _naming_share(one: AlertSnapshot, other: AlertSnapshot) -> float:
    """Return the share of the documents of ``one`` that name the watchlist entry of ``other``."""
    entry, _ = split_series(other.alert.series)
    if not entry or not one.evidence:
        return 0.0
    return sum(entry in item.entries for item in one.evidence) / len(one.evidence)
