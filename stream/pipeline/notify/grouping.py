"""Grouping: one event makes a topic, three companies and their tickers fire; people want one notification, not thirty.

The rule. An alert joins a group of which one alert is still open, and to one of which it is related by at least
``shared`` (default 0.3):

- of the same series (two rules see the same surge): 1
- equal in all labels of ``by`` that the file names: 1
- stories that both have in their evidence, as a share of the smaller evidence
- documents in the evidence of one that name the watchlist entry of the other, as a share

Related are alerts of one time. A group is near where one of its alerts fired at most ``within`` (event time, default 30
minutes) before or after the new one; then each of its alerts counts. Of another group those count whose window, or that
of the new one, reaches so far, a day at most: a window of a day tells at noon of what a window of minutes told of at
nine. There labels do not count.

Of several groups it joins the one that it is related to most, the older one if that is equal. Groups are not merged
afterwards: a message that was sent stays true.

The head of a group is the alert that names the event best; see :func:`head_of`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from stream.pipeline.notify.model import Alert, AlertSnapshot
from stream.pipeline.notify.routing import Routing
from stream.pipeline.windows.evidence import Evidence
from stream.pipeline.windows.series_names import split_series, vagueness

replace = msgspec.structs.replace
# More alerts than that are not one event but a day; the next one opens a group of its own. It also bounds the work of
# every change, which compares a new alert with all members.
MAX_MEMBERS = 100
# However long a window is: what was written more than a day apart is not one event.
LONGEST_REACH = timedelta(days=1)
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

    def with_new_heads(self, group_ids: Iterable[str]) -> list[AlertSnapshot]:
        """Return the alerts of these groups of which another one is the head than they say, with it."""
        found = []
        for group_id in sorted(group_ids):
            members = self.members(group_id)
            head = head_of(members).alert.id
            found += [
                replace(member, alert=replace(member.alert, head=head))
                for member in members
                if member.alert.head != head
            ]
        return found

    def ids(self) -> set[str]:
        """Return the groups' ids."""
        return set(self._members)

    def group_for(self, new: AlertSnapshot) -> str:
        """Return the id of the group that ``new`` is to join; its own id, of a group yet to open, where none fits."""
        candidates = [group_id for group_id in self._with_common_traits(new) if self._may_join(group_id)]
        relations = {group_id: self._relation(new, group_id) for group_id in sorted(candidates, key=self._age)}
        # Of equal ones, max() takes the first: the oldest.
        closest = max(relations, key=relations.__getitem__, default=None)
        if closest is None or relations[closest] == 0.0 or relations[closest] < self._routing.grouping.shared:
            return new.alert.id
        return closest

    def _with_common_traits(self, new: AlertSnapshot) -> set[str]:
        traits = _sought_traits(new, self._routing)
        return {group_id for trait in traits for group_id in self._groups_by_trait.get(trait, ())}

    def _may_join(self, group_id: str) -> bool:
        """Whether there is room, and something in the group is still open."""
        alerts = [member.alert for member in self.members(group_id)]
        return len(alerts) < MAX_MEMBERS and any(alert.open for alert in alerts)

    def _relation(self, new: AlertSnapshot, group_id: str) -> float:
        """Return how strongly ``new`` is related to a group's alerts of its time, 0 to 1."""
        members = self.members(group_id)
        within = self._routing.grouping.within
        if any(abs(new.alert.fired_at - member.alert.fired_at) <= within for member in members):
            return max(relation(new, member, self._routing) for member in members)
        return max((_told_relation(new, member) for member in members if _windows_meet(new, member)), default=0.0)

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
    return 1.0 if _have_equal_labels(one, other, routing) else _told_relation(one, other)


def head_of(members: Sequence[AlertSnapshot]) -> AlertSnapshot:
    """Return the member that stands for the group.

    An open one comes before those that have resolved, and what says most exactly whom it is about before what says
    less: an entry within a topic, an entry, a group, a topic. Then the most severe, the first that fired, and the one
    whose entry most documents name.
    """
    named = _named(members)

    def rank(one: AlertSnapshot) -> tuple[bool, int, int, datetime, int, str]:
        entry, _ = split_series(one.alert.series)
        about = len(named.get(entry, ()))
        return (
            not one.alert.open,
            vagueness(one.alert.series),
            -one.alert.level,
            one.alert.fired_at,
            -about,
            one.alert.id,
        )

    return min(members, key=rank)


def by_event(alerts: Iterable[Alert]) -> list[Alert]:
    """Return alerts so that those of one event stand together, its head first, where its first one stood."""
    events: dict[str, list[Alert]] = {}
    for alert in alerts:
        events.setdefault(alert.group_id or alert.id, []).append(alert)
    return [alert for members in events.values() for alert in sorted(members, key=lambda one: not one.heads)]


def _named(members: Iterable[AlertSnapshot]) -> dict[str, set[str]]:
    """Return the ids of the documents that name an entry, by entry."""
    named: dict[str, set[str]] = {}
    for member in members:
        for item in member.evidence:
            for entry in item.entries:
                named.setdefault(entry, set()).add(item.id)
    return named


def _windows_meet(one: AlertSnapshot, other: AlertSnapshot) -> bool:
    """Whether the window of one reaches to where the other fired."""
    reach = min(timedelta(minutes=max(one.window, other.window)), LONGEST_REACH)
    return abs(one.alert.fired_at - other.alert.fired_at) <= reach


def _told_relation(one: AlertSnapshot, other: AlertSnapshot) -> float:
    if one.alert.series == other.alert.series:
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
