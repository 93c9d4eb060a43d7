"""Series that a rule names and the watchlist does not have: such a rule is silent for ever. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import translate

from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.notify.possible import SHIPPED
from stream.pipeline.rules.rule import Rule, written_name
from stream.pipeline.windows.contribution import ENTRY, GROUP, TOPIC
from stream.translation import _

# Names that are compared to find what may be meant, 20 us each. Of a long list only the first patterns get a hint.
COMPARED = 100_000
_IN_TOPIC = "/" + TOPIC
_WILD = re.compile(r"[*?\[]")


def doubts_of_watched(rules: Sequence[Rule], entries: Mapping[str, Entry]) -> list[str]:
    """Return a sentence for each name or group of a rule that no entry has, and for each rule that is left with none.

    Args:
        rules: of any kind.
        entries: of the watchlist, by name; where there are none, nothing is said.

    >>> rules = [Rule(name="a", series=("entry:Acmee", "entry:Acme/topic:Macro", "group:*"))]
    >>> print(*doubts_of_watched(rules, {"Acme": Entry(name="Acme")}), sep="\\n")
    rule 'a': the watchlist has nothing for series 'entry:Acmee'; did you mean 'entry:Acme'?
    rule 'a': the watchlist has nothing for series 'entry:Acme/topic:Macro'; it needs `by_topic: true` of that entry
    """
    if not entries:
        return []
    watched = _Watched(entries)
    different = {
        (written_name(rule.name), rule.series, rule.without): rule for rule in rules
    }  # tests of one share them
    return list(dict.fromkeys(said for rule in different.values() for said in _doubts_of(rule, watched)))


class _Watched:
    """The series that entries and their groups can have."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = dict.fromkeys(ENTRY + name for name in entries)
        self._groups = dict.fromkeys(GROUP + entry.group for entry in entries.values() if entry.group)
        self._by_topic = dict.fromkeys(ENTRY + name for name, entry in entries.items() if entry.by_topic)
        in_topics = (f"{entry}{_IN_TOPIC}{topic}" for entry in self._by_topic for topic in SHIPPED)
        self._all = dict.fromkeys((*self._entries, *self._groups, *in_topics))
        self._left = COMPARED

    def of(self, glob: str) -> Iterator[str]:
        """Yield the series that a pattern may mean; a topic that no shipped model has may be that of one's own."""
        yield from _matching(glob, self._all)
        entry, in_topic, topic = glob.partition(_IN_TOPIC)
        if in_topic:
            yield from (one + in_topic + topic for one in _matching(entry, self._by_topic))

    def hint(self, glob: str) -> str:
        """Return what may be meant by a pattern that means none."""
        name, in_topic, topic = glob.partition(_IN_TOPIC)
        kind, names = (GROUP, self._groups) if name.startswith(GROUP) else (ENTRY, self._entries)
        if in_topic and any(_matching(name, names)):
            by_topic = _("; it needs `by_topic: true` of that entry")
            return by_topic if kind == ENTRY else _("; only an entry has series by topic, no group")
        if self._left <= 0:
            return ""
        self._left -= len(names)
        near = get_close_matches(name.removeprefix(kind), [one.removeprefix(kind) for one in names], 1)
        return _("; did you mean {name}?").format(name=repr(kind + near[0] + in_topic + topic)) if near else ""


def _doubts_of(rule: Rule, watched: _Watched) -> Iterator[str]:
    named = [glob for glob in rule.series if _names(glob)]
    words = _("rule '{rule}': the watchlist has nothing for series '{glob}'")
    for glob in named:
        if not any(watched.of(glob)):
            yield words.format(rule=written_name(rule.name), glob=glob) + watched.hint(glob)
    if rule.without and len(named) == len(rule.series) and _is_left_with_none(rule, watched):
        words = _("rule '{rule}': it watches nothing, for 'without' leaves out all that the watchlist has of 'series'")
        yield words.format(rule=written_name(rule.name))


def _is_left_with_none(rule: Rule, watched: _Watched) -> bool:
    """Whether a rule leaves out all that it names; not where there is nothing of that."""
    meant = left = {one for glob in rule.series for one in watched.of(glob)}
    for glob in rule.without:
        left = left.difference(_matching(glob, left))
    return bool(meant) and not left


def _matching(glob: str, series: Collection[str]) -> Iterator[str]:
    """Yield those of ``series`` that a pattern matches. Each pattern is compiled here: fnmatch keeps but 256."""
    if _WILD.search(glob) is None:
        return iter([glob] if glob in series else [])
    return filter(re.compile(translate(glob)).match, series)


def _names(glob: str) -> bool:
    """Whether a pattern is one of entries or groups, and says more than that it may be any of them."""
    kind = next((kind for kind in (ENTRY, GROUP) if glob.startswith(kind)), None)
    return kind is not None and bool(glob.removeprefix(kind).strip("*?"))
