"""The lines of a chat's message: figures, times, members, documents, the dashboard; and fewer where a service limits.

What a document says stands in quotation marks, so that it begins no heading and no list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from stream.adapters.http.summary import TIME, earlier, earlier_clock, figures, quoted, rule_name, shares, times
from stream.pipeline.figures import estimate, number, short_id
from stream.pipeline.notify.payload import VOLUME, Brief, Data, Member, Notification
from stream.pipeline.notify.wording import detail_words, series_words, severity_words, state_words
from stream.translation import _

MAX_DETAIL = 500  # characters


class Size(NamedTuple):
    """How much is shown: members with the head, documents, characters of each, and what explains the figures."""

    members: int
    evidence: int
    characters: int
    explained: bool = True


# What is read at a glance: about a screen of a phone. The rest stands on the dashboard.
WHOLE = Size(10, 3, 280)
# From all to the least: quotes are cut before documents go, those before other series; the figures and the dashboard
# stay.
SIZES = (
    WHOLE,
    Size(10, 3, 180),
    Size(10, 2, 140),
    Size(6, 1, 140),
    Size(3, 1, 100),
    Size(1, 1, 70),
    Size(1, 0, 0, explained=False),
)


@dataclass(frozen=True)
class Style:
    """How a service writes: its escape for names, that for what others wrote, a link of an address and words."""

    escape: Callable[[str], str]
    quote_escape: Callable[[str], str]
    link: Callable[[str, str], str]
    quote: str = ""


def chat_lines(note: Notification, style: Style, size: Size) -> list[str]:
    """Return the lines below the title."""
    data = note.data
    lines = [*facts(note, style.escape, size), *member_lines(note, style.escape, size)]
    lines += [_evidence(data, item, style, size.characters) for item in data.evidence[: size.evidence]]
    if data.links.dashboard:
        lines.append(style.link(data.links.dashboard, dashboard_words()))
    return lines


def dashboard_words() -> str:
    """Return the words of the link to the dashboard."""
    return _("Open the dashboard at that time")


def facts(note: Notification, escape: Callable[[str], str], size: Size = WHOLE) -> list[str]:
    """Return what was observed, when, and why that is an alert."""
    data = note.data
    lines = [escape(words) for words in (*figures(note), times(data))]
    if note.type != "alert.test":  # of which there is no alert
        lines[-1] += escape(_("; rule {rule}, id {id}").format(rule=rule_name(data), id=short_id(data.alert_id)))
    if data.detail and size.explained:
        lines.append(escape(detail_words(data.detail)[:MAX_DETAIL]))
    return lines + [escape(words) for words in earlier(data) if size.explained]


def member_lines(note: Notification, escape: Callable[[str], str], size: Size = WHOLE) -> list[str]:
    """Return the other alerts of the event, and how many do not fit."""
    data = note.data
    # The first member is the alert that the title names.
    lines = [_member(note, item, escape) for item in data.members[1 : size.members]]
    if (omitted := data.members_total - min(len(data.members), size.members)) > 0:
        lines.append(_("… and {omitted} more").format(omitted=omitted))
    return lines


def quote_of(item: Brief, escape: Callable[[str], str], characters: int) -> str:
    """Return what a document says, escaped and in quotation marks."""
    # Cut before it is escaped: what is encoded in a document must not become a mention here.
    text, goes_on = quoted(item, characters)
    return f"“{escape(text)}{' …' if goes_on else ''}”"


def origin_of(data: Data, item: Brief, source: str) -> str:
    """Return where a document is from, by the words for its source, when, and how negative it is.

    The day is that of the alert, which stands above, where none is given.
    """
    pattern = "%H:%M" if item.published_at.date() == data.fired_at.date() else TIME
    return "; ".join((f"{source}, {item.published_at:{pattern}} UTC", *shares(item)))


def _member(note: Notification, item: Member, escape: Callable[[str], str]) -> str:
    compared = ""
    if item.observed is not None:
        words = _(": {observed} negative{window}, {expected} expected")
        if item.kind == VOLUME:
            words = _(": {observed} documents{window}, {expected} usual")
        window = _(" in {minutes} min").format(minutes=item.window_minutes) if item.window_minutes else ""
        compared = words.format(observed=number(item.observed), window=window, expected=estimate(item.expected or 0))
        if before := earlier_clock(item.observed_at, note):
            compared += _(", at {time} UTC").format(time=before)
    head = _("{series} ({severity}, {status}; {rule}, {id})").format(
        series=escape(series_words(item.series)),
        severity=escape(severity_words(item.severity, item.level)),
        status=state_words(item.status),
        rule=escape(rule_name(item)),
        id=escape(short_id(item.alert_id)),
    )
    return f"• {head}{compared}"


def _evidence(data: Data, item: Brief, style: Style, characters: int) -> str:
    source = style.link(item.url, item.source) if item.url else style.quote_escape(item.source)
    return f"{style.quote}{quote_of(item, style.quote_escape, characters)} ({origin_of(data, item, source)})"
