"""Matchers, as in Alertmanager: ``severity="critical"``, ``entry=~"Acme.*"``; and silences, which are made of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache

import msgspec
import re2

from stream.errors import SettingsError
from stream.pipeline.notify.model import Alert
from stream.pipeline.rules.rule import SLOW, SPARSE, written_name
from stream.pipeline.windows.series_names import group_of, split_series

LABELS = ("series", "topic", "entry", "group", "severity", "rule", "kind")
# Bounds on what somebody may send: far above what people write, low enough that a silence is cheap to keep and match.
MAX_VALUE, MAX_MATCHERS, MAX_COMMENT, MAX_ACTOR = 300, 20, 1000, 100
OPERATORS = ("=", "!=", "=~", "!~")
_FORM = re.compile(r"([a-z_]+)\s*(=~|!~|!=|=)\s*(.*)", re.DOTALL)
_quiet = re2.Options()
_quiet.log_errors = False


class Matcher(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One condition on a label; ``=~`` and ``!~`` hold a regular expression (RE2) for the whole value."""

    label: str
    op: str
    value: str

    def __str__(self) -> str:
        return f'{self.label}{self.op}"{self.value}"'

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether the labels meet the condition; one that is not there is empty.

        >>> parse_matcher('entry=~"Acme.*"').matches({"entry": "Acme Corp"})
        True
        >>> parse_matcher("severity != critical").matches({"severity": "critical"})
        False
        """
        value = labels.get(self.label, "")
        is_pattern, is_negated = "~" in self.op, self.op.startswith("!")
        holds = _compiled(self.value).fullmatch(value) is not None if is_pattern else value == self.value
        return holds is not is_negated


class Silence(msgspec.Struct, frozen=True):
    """What must not be notified from ``starts_at`` to ``ends_at``, by whose word and why."""

    id: str
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    author: str
    comment: str
    created_at: datetime
    ended_by: str | None = None

    def covers(self, labels: Mapping[str, str], now: datetime) -> bool:
        """Whether it keeps an alert with these labels from being notified at ``now``."""
        return self.starts_at <= now < self.ends_at and matches_all(self.matchers, labels)


def parse_matcher(text: str) -> Matcher:
    """Read ``label = value``, with or without quotes around the value.

    >>> str(parse_matcher("severity=critical"))
    'severity="critical"'

    A test of a rule, as messages name it, is the rule: to whoever routes or silences it, its tests are one.

    >>> str(parse_matcher("rule=names.slow"))
    'rule="names"'

    Raises:
        SettingsError: it is no matcher; see :func:`validate`.
    """
    parts = _FORM.fullmatch(text.strip())
    if parts is None:
        raise SettingsError(f"matcher {text[:100]!r}: 'label=value', or with != =~ !~, is expected")
    label, op, value = parts.groups()
    if op.endswith("=") and value.startswith("="):
        raise SettingsError(f"matcher {text[:100]!r}: '=' stands twice; write it once, or quote a value that begins so")
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    if label == "rule" and "~" not in op and value.endswith((SLOW, SPARSE)):
        value = written_name(value)
    return validate(Matcher(label, op, value))


def validate(matcher: Matcher) -> Matcher:
    """Return ``matcher`` as it is.

    Raises:
        SettingsError: its label or operator is unknown, its value too long or no text, or its regular expression wrong.
    """
    if matcher.label not in LABELS:
        raise SettingsError(f"matcher '{matcher}': '{matcher.label}' is none of {', '.join(LABELS)}")
    if matcher.op not in OPERATORS:
        raise SettingsError(f"matcher '{matcher}': '{matcher.op}' is none of {' '.join(OPERATORS)}")
    if len(matcher.value) > MAX_VALUE:
        raise SettingsError(f"matcher of '{matcher.label}': the value may have {MAX_VALUE} characters")
    if any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in matcher.value):
        raise SettingsError(f"matcher of '{matcher.label}': the value holds a null byte or half of a character")
    if "~" in matcher.op:
        try:
            _compiled(matcher.value)
        except re2.error as error:
            raise SettingsError(f"matcher '{matcher}': no regular expression: {_reason(error)}") from None
    return matcher


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)


def matches_all(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Whether every one of ``matchers`` holds."""
    return all(matcher.matches(labels) for matcher in matchers)


def labels_of(alert: Alert, groups: Mapping[str, str]) -> dict[str, str]:
    """Return the labels of an alert, one for each of LABELS; ``groups`` is the watchlist's: entry -> group.

    >>> from stream.pipeline.documents.document import EPOCH
    >>> alert = Alert("1", "r", "entry:Acme/topic:Earnings", "firing", EPOCH)
    >>> labels = labels_of(alert, {"Acme": "banks"})
    >>> labels["entry"], labels["topic"], labels["group"]
    ('Acme', 'Earnings', 'banks')
    """
    entry, topic = split_series(alert.series)
    rule = written_name(alert.rule)
    labels = {"series": alert.series, "severity": alert.severity, "rule": rule, "kind": alert.kind}
    group = group_of(alert.series) or groups.get(entry, "")
    return labels | {"topic": topic, "entry": entry, "group": group}


@lru_cache(1024)
def _compiled(pattern: str) -> re2._Regexp:
    # RE2 takes time linear in the text, whatever the pattern: a matcher is somebody's input.
    return re2.compile(pattern, _quiet)
