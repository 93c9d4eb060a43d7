"""Which alerts there can be, by what is known of rules, watchlist and past: can one meet several conditions? Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from itertools import islice

import msgspec

from stream.pipeline.detect.spec import Kind
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.notify.matching import LABELS, Matcher, matches_all
from stream.pipeline.notify.wording import TOPICS
from stream.pipeline.windows.contribution import ALL, ENTRY, GROUP, TOPIC
from stream.pipeline.windows.series_names import group_of, split_series

Values = Mapping[str, Set[str]]  # label -> the values that it can have; one that is not there may have any
SHIPPED = sorted(TOPICS - {"Test"})
_OF_SERIES = "series", "topic", "entry", "group"
# Alerts that are tried, 16 us each, while others wait for the API: of more names with more topics nobody can tell.
MOST_TRIED = 30_000
_ANY = "A", "a", "Zz 9", "zz-9", "0", "\u4e00"  # names that may be, where nobody knows them


class Possible(msgspec.Struct, frozen=True):
    """What labels of alerts can be.

    Attributes:
        entries: of the watchlist; None where it is not known.
    """

    values: Values = {}
    entries: Mapping[str, Entry] | None = None

    def allows(self, matchers: Collection[Matcher]) -> bool:
        """Whether an alert could meet all of ``matchers``; in doubt it could."""
        # Which names a pattern finds nobody knows where the names are not known.
        sure = [one for one in matchers if one.op != "=~" or one.label in ("topic", "kind") or self._knows(one.label)]
        alone = (label for label in LABELS if label not in _OF_SERIES)
        if not all(self._of(label, sure) for label in alone):
            return False
        own = [one for one in sure if one.label in _OF_SERIES]
        tried = enumerate(islice(self._labels(own), MOST_TRIED + 1))
        return any(at == MOST_TRIED or matches_all(own, labels) for at, labels in tried)

    def _knows(self, label: str) -> bool:
        return bool(self.values.get(label))

    def _of(self, label: str, matchers: Iterable[Matcher]) -> list[str]:
        """Return values of a label that meet its own matchers: those that are known or named, else some that may be."""
        own = [one for one in matchers if one.label == label]
        known: Iterable[str] = self.values.get(label, ())
        if label == "kind":
            known = list(Kind)
        elif label == "topic":
            known = [*known, *SHIPPED]
        elif not self._knows(label):
            known = _ANY
        named = {one.value for one in own if one.op == "="}
        return [value for value in {*known, *named} if matches_all(own, {label: value})]

    def _labels(self, matchers: Sequence[Matcher]) -> Iterator[dict[str, str]]:
        """Yield the labels of the series that there can be, those named by ``matchers`` among them."""
        named = [split_series(one.value) for one in matchers if one.label == "series" and one.op == "="]
        groups = {name for name in self._of("group", matchers) if name}
        groups |= {group_of(one.value) for one in matchers if one.label == "series" and one.op == "="} - {""}
        entries = {name for name in self._of("entry", matchers) if name} | {entry for entry, _topic in named if entry}
        topics = {name for name in self._of("topic", matchers) if name} | {topic for _entry, topic in named if topic}
        seen = [(name, *split_series(name)) for name in self.values.get("series", ())]
        by_topic = {entry for _name, entry, topic in seen if topic}
        yield _labels_of(ALL)
        for name, entry, _topic in seen:
            yield from (_labels_of(name, group) for group in self._groups_of(entry, groups))
        yield from (_labels_of(TOPIC + topic) for topic in topics)
        yield from (_labels_of(GROUP + group) for group in groups)
        for entry in entries:
            for group in self._groups_of(entry, groups):
                yield _labels_of(ENTRY + entry, group)
                if entry in by_topic or self._may_be_by_topic(entry):
                    yield from (_labels_of(f"{ENTRY}{entry}/{TOPIC}{topic}", group) for topic in topics)

    def _groups_of(self, entry: str, groups: Iterable[str]) -> Iterable[str]:
        if self.entries is None:
            return {"", *groups} if entry else {""}
        return {self.entries[entry].group if entry in self.entries else ""}

    def _may_be_by_topic(self, entry: str) -> bool:
        return self.entries is None or entry not in self.entries or self.entries[entry].by_topic


def _labels_of(series: str, group: str = "") -> dict[str, str]:
    entry, topic = split_series(series)
    return {"series": series, "topic": topic, "entry": entry, "group": group_of(series) or group}
