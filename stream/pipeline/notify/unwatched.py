"""Series that a rule names and the watchlist does not have: such a rule is silent for ever. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.notify.possible import SHIPPED
from stream.pipeline.rules.rule import Rule, written_name
from stream.pipeline.windows.contribution import ENTRY, GROUP, TOPIC
from stream.translation import _


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
    series = list(dict.fromkeys(_series_of(entries.values())))
    return list(dict.fromkeys(said for rule in rules for said in _doubts_of(rule, series)))


def _series_of(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield the series that entries and their groups can have, by topic with the topics of the models that ship."""
    for entry in entries:
        name = ENTRY + entry.name
        yield name
        if entry.group:
            yield GROUP + entry.group
        if entry.by_topic:
            yield from (f"{name}/{TOPIC}{topic}" for topic in SHIPPED)


def _doubts_of(rule: Rule, series: Sequence[str]) -> Iterator[str]:
    named = [glob for glob in rule.series if _names(glob)]
    lacking = [glob for glob in named if not _is_there(glob, series)]
    words = _("rule '{rule}': the watchlist has nothing for series '{glob}'")
    for glob in lacking:
        yield words.format(rule=written_name(rule.name), glob=glob) + _hint(glob, series)
    meant = [one for one in series if any(fnmatchcase(one, glob) for glob in named)]
    if meant and len(named) == len(rule.series) and not any(map(rule.watches, meant)):
        words = _("rule '{rule}': it watches nothing, for 'without' leaves out all that the watchlist has of 'series'")
        yield words.format(rule=written_name(rule.name))


def _is_there(glob: str, series: Sequence[str]) -> bool:
    """Whether a series can match; a topic may be that of one's own model."""
    entry, by_topic, _topic = glob.partition("/" + TOPIC)
    if by_topic and any(one.startswith(f"{entry}/{TOPIC}") for one in series):
        return True
    return any(fnmatchcase(one, glob) for one in series)


def _names(glob: str) -> bool:
    """Whether a pattern is one of entries or groups, and says more than that it may be any of them."""
    kind = next((kind for kind in (ENTRY, GROUP) if glob.startswith(kind)), None)
    return kind is not None and bool(glob.removeprefix(kind).strip("*?"))


def _hint(glob: str, series: Sequence[str]) -> str:
    """Return what may be meant."""
    entry, by_topic, _topic = glob.partition("/" + TOPIC)
    if by_topic and entry in series:
        return _("; it needs `by_topic: true` of that entry")
    near = get_close_matches(glob, series, 1)
    return _("; did you mean {name}?").format(name=repr(near[0])) if near else ""
