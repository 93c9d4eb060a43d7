"""The notification as a Slack message, in the form of incoming webhooks that Mattermost takes, too.

All text that came from outside is shown as it stands, see :mod:`stream.adapters.http.escaping`; what a document says
stands in quotation marks, so that it begins no heading and no list. An address becomes a link only if it is http(s).
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import msgspec

from stream.adapters.http.escaping import escape
from stream.adapters.http.summary import earlier, figures, headline, quoted, shares, times
from stream.pipeline.figures import estimate, number
from stream.pipeline.notify.payload import VOLUME, Brief, Data, Member, Notification
from stream.pipeline.notify.wording import detail_words, series_words, severity_words, state_words
from stream.pipeline.rules import CRITICAL
from stream.translation import _

# What is read at a glance: about a screen of a phone. The rest stands on the dashboard.
MAX_EVIDENCE, MAX_CHARACTERS, MAX_MEMBERS = 3, 280, 10
RED, AMBER, GREEN, GREY = "#b3261e", "#c77700", "#2e7d32", "#6b7280"
_ADDRESS = re.compile(r"https?://[^\s<>|]+")


def slack_message(note: Notification) -> bytes:
    """Return the message, as JSON: what happened, the figures, three documents, the dashboard at that time."""
    title = escape(headline(note))
    attachment: dict[str, Any] = {
        "color": _color(note),
        "fallback": title,
        "title": title,
        "text": "\n".join(_lines(note.data)),
        "mrkdwn_in": ["text"],
    }
    if note.data.links.dashboard:
        attachment["title_link"] = note.data.links.dashboard
    return msgspec.json.encode({"text": f"*{title}*", "attachments": [attachment]})


def _lines(data: Data) -> list[str]:
    lines = [escape(figures(data)), escape(times(data))]
    if data.detail:
        lines.append(escape(detail_words(data.detail)))
    lines += [escape(words) for words in earlier(data)]
    # The first member is the alert that the title names.
    lines += [_member(item) for item in data.members[1:MAX_MEMBERS]]
    if (omitted := data.members_total - min(len(data.members), MAX_MEMBERS)) > 0:
        lines.append(_("… and {omitted} more").format(omitted=omitted))
    lines += [_evidence(item) for item in data.evidence[:MAX_EVIDENCE]]
    if data.links.dashboard:
        lines.append(_link(data.links.dashboard, _("Open the dashboard at that time")))
    return lines


def _member(item: Member) -> str:
    compared = ""
    if item.observed is not None:
        negative = _(": {observed} negative, {expected} expected")
        words = _(": {observed} documents, {expected} expected") if item.kind == VOLUME else negative
        compared = words.format(observed=number(item.observed), expected=estimate(item.expected or 0))
    severity = escape(severity_words(item.severity))
    head = _("{series} ({severity}, {status})").format(
        series=escape(series_words(item.series)), severity=severity, status=state_words(item.status)
    )
    return f"• {head}{compared}"


def _evidence(item: Brief) -> str:
    # Before it is escaped: what is encoded in a document must not become a mention here.
    text, goes_on = quoted(item, MAX_CHARACTERS)
    source = _link(item.url, item.source) if item.url else escape(item.source)
    behind = "; ".join((f"{source}, {item.published_at:%H:%M} UTC", *shares(item)))
    return f"> “{escape(text)}{' …' if goes_on else ''}” ({behind})"


def _link(url: str, label: str) -> str:
    if not _ADDRESS.fullmatch(url):
        return escape(label)
    # Without what would end Mattermost's form of a link, [words](address), or begin another.
    safe = quote(url, safe="/:?#@!$&+,;=%-._~").replace("&", "&amp;")
    return f"<{safe}|{escape(label.replace('[', '(').replace(']', ')'))}>"


def _color(note: Notification) -> str:
    if note.type == "alert.test":
        return GREY
    if note.data.members_open == 0:
        return GREEN
    return RED if note.data.level >= CRITICAL else AMBER
