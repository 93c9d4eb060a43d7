"""What a file of rules or routes says that is allowed, and hardly meant: told where the file is checked. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from stream.pipeline.detect.spec import Kind
from stream.pipeline.notify.matching import Matcher
from stream.pipeline.notify.routing import Route
from stream.pipeline.notify.wording import TOPICS
from stream.pipeline.rules.globs import can_match
from stream.pipeline.rules.rule import Rule, written_name
from stream.pipeline.units import WEEK
from stream.pipeline.windows.contribution import ALL, KINDS, TOPIC
from stream.translation import _

SHIPPED = sorted(TOPICS - {"Test"})
_NAME = re.compile("[a-z][a-z0-9-]{0,40}")  # of rules and severities, as their file takes them


def doubts_of_rules(rules: Sequence[Rule]) -> list[str]:
    """Return a sentence for each rule muted all week, and each series that can never be or has no shipped topic."""
    found: list[str] = []
    for rule in rules:
        if rule.mutes and all(map(rule.muted, range(WEEK))):
            words = _("rule '{rule}': it is muted at every minute of the week, so it never fires")
            found.append(words.format(rule=written_name(rule.name)))
        found += [_dead_glob(rule, glob) for glob in rule.series if not can_match(glob)]
        for glob in (*rule.series, *rule.without):
            found += unknown_topic(glob)
    return list(dict.fromkeys(found))


def _dead_glob(rule: Rule, glob: str) -> str:
    words = _("rule '{rule}': series '{glob}' can never be: one begins with {kinds} (or with *), or is {all}")
    return words.format(rule=written_name(rule.name), glob=glob, kinds=", ".join(KINDS), all=ALL)


def unknown_topic(series: str) -> list[str]:
    """Return a sentence about a series, or a pattern, with a topic that no shipped model has; none of another.

    >>> print(*unknown_topic("topic:Earningz"))
    topic 'Earningz': no model that ships has it, so it needs one of your own; did you mean 'Earnings'?
    """
    __, is_topic, topic = series.rpartition(TOPIC)
    if not is_topic or any(fnmatchcase(one, topic) for one in SHIPPED):
        return []
    words = _("topic '{topic}': no model that ships has it, so it needs one of your own")
    near = get_close_matches(topic, SHIPPED, 1)
    return [words.format(topic=topic) + (_("; did you mean {name}?").format(name=repr(near[0])) if near else "")]


def doubts_of_routes(routes: Sequence[Route]) -> list[str]:
    """Return a sentence for each route that takes all alerts before others, goes to nobody, or can never match."""
    found: list[str] = []
    for number, route in enumerate(routes, 1):
        if not route.match and not route.continue_ and number < len(routes):
            words = _("route {number} takes every alert, so those after it are never looked at")
            found.append(words.format(number=number))
        if not route.to:
            found.append(_("route {number} goes to nobody: what it takes is not told").format(number=number))
        for matcher in route.match:
            place = _("route {number}").format(number=number)
            found += (f"{place}: {said}" for said in _never(matcher))
    return found


def _never(matcher: Matcher) -> Iterator[str]:
    """Yield why a condition can never hold."""
    if matcher.op.startswith("!") or not matcher.value:
        return
    said = _("matcher {matcher} can never hold; ").format(matcher=matcher)
    if matcher.label == "kind" and not any(matcher.matches({"kind": kind.value}) for kind in Kind):
        yield said + _("kinds are {kinds}").format(kinds=", ".join(Kind))
    elif matcher.label in ("severity", "rule") and matcher.op == "=" and not _NAME.fullmatch(matcher.value):
        yield said + _("names have small letters, digits and hyphens")
    elif matcher.label == "series" and matcher.op == "=" and not can_match(matcher.value):
        yield said + _("a series begins with topic:, entry: or group:")
    elif matcher.label == "topic" and matcher.op == "=":
        yield from unknown_topic(TOPIC + matcher.value)
    elif matcher.label == "topic" and not any(matcher.matches({"topic": one}) for one in SHIPPED):
        yield _("matcher {matcher}: no topic of the models that ship").format(matcher=matcher)
