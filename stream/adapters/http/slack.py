"""The notification as a Slack message, in the form of incoming webhooks that Mattermost takes, too.

All text that came from outside is shown as it stands, see :mod:`stream.adapters.http.escaping`; what a document says
stands in quotation marks, so that it begins no heading and no list. An address becomes a link only if it is http(s).
"""

from __future__ import annotations

from typing import Any

import msgspec

from stream.adapters.http.chat import WHOLE, Style, chat_lines
from stream.adapters.http.escaping import escape, link_label, safe_address
from stream.adapters.http.summary import Tone, headline, tone
from stream.pipeline.notify.payload import Notification

MAX_CHARACTERS = WHOLE.characters
RED, AMBER, GREEN, GREY = "#b3261e", "#c77700", "#2e7d32", "#6b7280"
COLORS = {Tone.CRITICAL: RED, Tone.WARNING: AMBER, Tone.OVER: GREEN, Tone.TEST: GREY}


def slack_message(note: Notification) -> bytes:
    """Return the message, as JSON: what happened, the figures, three documents, the dashboard at that time."""
    title = escape(headline(note))
    attachment: dict[str, Any] = {
        "color": COLORS[tone(note)],
        "fallback": title,
        "title": title,
        "text": "\n".join(chat_lines(note, STYLE, WHOLE)),
        "mrkdwn_in": ["text"],
    }
    if note.data.links.dashboard:
        attachment["title_link"] = note.data.links.dashboard
    return msgspec.json.encode({"text": f"*{title}*", "attachments": [attachment]})


def _link(url: str, label: str) -> str:
    if (safe := safe_address(url)) is None:
        return escape(label)
    return f"<{safe.replace('&', '&amp;')}|{escape(link_label(label))}>"


STYLE = Style(escape, escape, _link, quote="> ")
