"""What rules, routes and silences say that is allowed, and hardly meant: told where they are checked or made. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from fnmatch import fnmatchcase
from itertools import pairwise

import msgspec

from stream.pipeline.detect.spec import Kind
from stream.pipeline.documents.document import EPOCH
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.notify.matching import Matcher
from stream.pipeline.notify.possible import SHIPPED, Possible
from stream.pipeline.notify.routing import Route
from stream.pipeline.notify.wording import topic_words
from stream.pipeline.rules.globs import can_match
from stream.pipeline.rules.ladder import LEVELS
from stream.pipeline.rules.rule import Rule, written_name
from stream.pipeline.units import WEEK
from stream.pipeline.windows.contribution import ALL, KINDS, TOPIC, UNREAD
from stream.pipeline.windows.series_names import split_series
from stream.translation import _

_NAME = re.compile("[a-z][a-z0-9-]{0,40}")  # of rules and severities, as their file takes them


# A week of winter and one of summer, in minutes since 1970: clocks differ. What is pure knows no year of its own, and
# zones seldom change; in 1970 they were others, London's an hour ahead all year.
_WEEKS = tuple((datetime(2027, month, 11, tzinfo=UTC) - EPOCH) // timedelta(minutes=1) for month in (1, 7))
EMPTY = ("topic", "entry", "group")  # labels that not every alert has


class Known(msgspec.Struct, frozen=True):
    """What alerts can be about, as far as it is known; where nothing is, all is possible.

    Attributes:
        entries: of the watchlist, by name.
    """

    rules: Sequence[Rule] = ()
    entries: Mapping[str, Entry] = {}

    def possible(self) -> Possible:
        """Return what labels can be by rules and watchlist."""
        return Possible(self.values(), self.entries or None)

    def values(self) -> dict[str, set[str]]:
        """Return, by label, what rules and watchlist name."""
        found: dict[str, set[str]] = {}
        if self.rules:
            found["rule"] = {written_name(rule.name) for rule in self.rules}
            found["severity"] = {step.name for rule in self.rules for step in rule.severities}
            found["kind"] = {rule.detector.kind.value for rule in self.rules}
        if self.entries:
            found["entry"] = {"", *self.entries}
            found["group"] = {"", *(entry.group for entry in self.entries.values())}
        return found

    def possible_with(self, decided: Collection[tuple[str, str]], open_alerts: Iterable[Mapping[str, str]]) -> Possible:
        """Return it with what was decided on so far, by rule and series, and with the labels of open alerts."""
        names = {written_name(rule) for rule, _series in decided}
        # A desk may have no file of rules, or an old one: rules that do not name all that decide say nothing.
        in_force = names and names <= {written_name(rule.name) for rule in self.rules}
        found = (self if in_force else Known(entries=self.entries)).values()
        if decided:
            found.setdefault("rule", set()).update(names)
            series = {name for _rule, name in decided}
            parts = list(map(split_series, series))
            found["series"] = series
            found.setdefault("entry", set()).update(entry for entry, _topic in parts)
            found["topic"] = {topic for _entry, topic in parts}
        for labels in open_alerts:
            for label in found.keys() & labels.keys():
                found[label].add(labels[label])
        return Possible(found, self.entries or None)


def doubts_of_rules(rules: Sequence[Rule]) -> list[str]:
    """Return a sentence for each rule that never fires or whose severities fall, and each series that cannot be."""
    found: list[str] = []
    for rule in rules:
        found += _muted(rule)
        if all(any(_covers(out, glob) for out in rule.without) for glob in rule.series):
            words = _("rule '{rule}': it watches nothing, for 'without' leaves out all of 'series'")
            found.append(words.format(rule=written_name(rule.name)))
        found += _falling(rule)
        globs = *rule.series, *(glob for glob in rule.without if not glob.startswith(UNREAD))
        found += [_dead_glob(rule, glob) for glob in globs if not can_match(glob)]
        for glob in (*rule.series, *rule.without):
            found += unknown_topic(glob)
    return list(dict.fromkeys(found))


def _muted(rule: Rule) -> Iterator[str]:
    """Yield a sentence where a rule is muted all week: in winter and in summer, or in one of them by its time zones."""
    if not rule.mutes:
        return
    deaf = [first for first in _WEEKS if all(map(rule.muted, range(first, first + WEEK)))]
    if len(deaf) == len(_WEEKS):
        words = _("rule '{rule}': it is muted at every minute of the week, so it never fires")
        yield words.format(rule=written_name(rule.name))
    elif deaf:
        words = _(
            "rule '{rule}': by its time zones it is muted at every minute of the week of {day}, and so that season"
        )
        yield words.format(rule=written_name(rule.name), day=f"{EPOCH + timedelta(minutes=deaf[0]):%Y-%m-%d}")


def _covers(outer: str, inner: str) -> bool:
    """Whether a pattern surely matches whatever another one does: it is the same, or has no wildcard but ``*``."""
    return outer == inner or (not set("?[") & set(outer) and fnmatchcase(inner, outer))


def _falling(rule: Rule) -> Iterator[str]:
    """Yield a sentence where a severity that all rules know stands above one that is worse."""
    known = [step.name for step in rule.severities if step.name in LEVELS]
    for milder, worse in pairwise(known):
        if LEVELS[worse] < LEVELS[milder]:
            words = _("rule '{rule}': severity '{above}' stands above '{below}', so it counts as worse; swap them")
            yield words.format(rule=written_name(rule.name), above=worse, below=milder)


def _dead_glob(rule: Rule, glob: str) -> str:
    words = _("rule '{rule}': series '{glob}' can never be: one begins with {kinds} (or with *), or is {all}")
    return words.format(rule=written_name(rule.name), glob=glob, kinds=", ".join(KINDS), all=ALL)


def unknown_topic(series: str, *, guessed: bool = False) -> list[str]:
    """Return a sentence about a series, or a pattern, with a topic that no shipped model has; none of another.

    With ``guessed`` only where one that a shipped model has is so near that it may be meant.

    >>> print(*unknown_topic("topic:Earningz"))
    topic 'Earningz': no model that ships has it, so it needs one of your own; did you mean 'Earnings'?
    """
    __, is_topic, topic = series.rpartition(TOPIC)
    if not is_topic or any(fnmatchcase(one, topic) for one in SHIPPED):
        return []
    words, meant = _("topic '{topic}': no model that ships has it, so it needs one of your own"), _meant(topic, SHIPPED)
    return [words.format(topic=topic) + meant] if meant or not guessed else []


def _meant(typed: str, names: Iterable[str]) -> str:
    """Return the question whether the nearest of ``names`` was meant; a topic is known by what people read, too."""
    by_words = {name.casefold(): name for name in sorted(names) if name}
    by_words |= {topic_words(name).casefold(): name for name in by_words.values()}
    near = get_close_matches(typed.casefold(), by_words, 1)
    if not near:
        return ""
    name = by_words[near[0]]
    words = topic_words(name)
    shown = repr(name) if words == name else _("'{name}' ({words})").format(name=name, words=words)
    return _("; did you mean {name}?").format(name=shown)


def doubts_of_routes(routes: Sequence[Route], known: Known | None = None) -> list[str]:
    """Return a sentence for each route that takes all alerts before others, goes to nobody, or can never match.

    Args:
        known: the rules and the watchlist that the routes are for, as far as they are known.
    """
    possible = (known or Known()).possible()
    found: list[str] = []
    for number, route in enumerate(routes, 1):
        if not route.match and not route.continue_ and number < len(routes):
            words = _("route {number} takes every alert, so those after it are never looked at")
            found.append(words.format(number=number))
        if not route.to:
            found.append(_("route {number} goes to nobody: what it takes is not told").format(number=number))
        place = _("route {number}").format(number=number)
        found += (f"{place}: {said}" for said in doubts_of_matchers(route.match, possible))
    return found


def doubts_of_matchers(matchers: Sequence[Matcher], possible: Possible) -> list[str]:
    """Return a sentence for each matcher that can never hold, or that wants what is not there so far.

    Where there is none, one is returned if no alert can meet all of them together.

    >>> from stream.pipeline.notify.matching import parse_matcher
    >>> print(*doubts_of_matchers([parse_matcher("entry=acme")], Possible({"entry": {"Acme"}})))
    matcher entry="acme": there is no such entry so far; did you mean 'Acme'?
    >>> print(*doubts_of_matchers([parse_matcher("entry=Acme"), parse_matcher("group!~.*")], Possible()))
    no alert can have all of these together: entry="Acme", group!~".*"
    """
    values = possible.values
    found = [said for matcher in matchers for said in _doubts_of(matcher, values.get(matcher.label, frozenset()))]
    if found or possible.allows(matchers):
        return found
    one, several = _("no alert can have {matchers}"), _("no alert can have all of these together: {matchers}")
    return [(one if len(matchers) == 1 else several).format(matchers=", ".join(map(str, matchers)))]


def _doubts_of(matcher: Matcher, values: Set[str]) -> Iterator[str]:
    label, is_plain = matcher.label, matcher.op == "="
    if matcher.op.startswith("!") or any(matcher.matches({label: one}) for one in values):
        return
    if not matcher.value and label in EMPTY:
        return
    never = _("matcher {matcher} can never hold; ").format(matcher=matcher)
    if label == "kind" and not any(matcher.matches({label: kind.value}) for kind in Kind):
        yield never + _("kinds are {kinds}").format(kinds=", ".join(Kind))
    elif label in ("severity", "rule") and is_plain and not _NAME.fullmatch(matcher.value):
        yield never + _("names have small letters, digits and hyphens") + _meant(matcher.value, values)
    elif label == "series" and is_plain and not can_match(matcher.value):
        yield never + _("a series begins with topic:, entry: or group:") + _meant(matcher.value, values)
    elif label == "topic" and is_plain and (said := unknown_topic(TOPIC + matcher.value)):
        yield from said
    elif label == "topic" and not any(matcher.matches({label: one}) for one in SHIPPED):
        words = _("matcher {matcher}: no topic of the models that ship").format(matcher=matcher)
        yield words + _meant(matcher.value, SHIPPED)
    elif values:
        words = _("matcher {matcher}: there is no such {label} so far").format(matcher=matcher, label=label)
        yield words + _meant(matcher.value, values)
