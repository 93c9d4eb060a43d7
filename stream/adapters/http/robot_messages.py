"""The notification as the message of a group's robot: a card of Feishu, the Markdown of DingTalk and WeCom.

What their documentation says, as read in December 2026; none was tried against the real service:

- Feishu, https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: a body of at most 20 KB. A card's
  ``plain_text`` has no marks, and a button is the only link, so nothing from outside can be one.
- DingTalk, https://open.dingtalk.com/document/orgapp/custom-robot-access: headings, bold, links, lists. The service
  answers "message too long, exceed 20000 bytes" (460101) above that.
- WeCom, https://developer.work.weixin.qq.com/document/path/91770: a content of at most 4096 bytes of UTF-8; three
  colors; ``<@userid>`` in the content is a mention.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from stream.adapters.http.chat import (
    SIZES,
    Size,
    Style,
    chat_lines,
    dashboard_words,
    facts,
    member_lines,
    origin_of,
    quote_of,
)
from stream.adapters.http.escaping import link_label, one_line, safe_address, unmarked, unmarked_quote
from stream.adapters.http.summary import Tone, headline, tone
from stream.pipeline.notify.payload import Brief, Data, Notification

Message = dict[str, Any]
FEISHU_BYTES = DINGTALK_BYTES = 19_500  # of the 20 000 of a body; the rest is for a signature
WECOM_BYTES = 4096  # of the content
MAX_TITLE, MAX_SOURCE, MAX_ADDRESS = 200, 80, 1000  # characters; a longer address is no link
TEMPLATES = {Tone.CRITICAL: "red", Tone.WARNING: "orange", Tone.OVER: "green", Tone.TEST: "grey"}
# DingTalk's documentation knows no colors. The sign stands in the notice of a locked phone, too.
SIGNS = {Tone.CRITICAL: "🔴", Tone.WARNING: "🟠", Tone.OVER: "🟢", Tone.TEST: "⚪"}
# The three colors of WeCom: warning is orange-red, info green, comment grey. What is not critical has none.
FONTS = {Tone.CRITICAL: "warning", Tone.OVER: "info", Tone.TEST: "comment"}


def feishu_message(note: Notification, keyword: str) -> Message:
    """Return the message as a card."""

    def build(size: Size) -> Message:
        return {"msg_type": "interactive", "card": _card(note, keyword, size)}

    return _fitting(build, lambda made: len(msgspec.json.encode(made)), FEISHU_BYTES)


def dingtalk_message(note: Notification, keyword: str) -> Message:
    """Return the message as DingTalk's Markdown, where only an empty line surely begins a new one."""

    def build(size: Size) -> Message:
        title = f"{SIGNS[tone(note)]} {_title(note)}"
        lines = _with_keyword([f"### {title}", *chat_lines(note, MARKDOWN, size)], keyword)
        text = {"title": title, "text": "\n\n".join(lines)}
        return {"msgtype": "markdown", "markdown": text, "at": {"isAtAll": False}}

    return _fitting(build, lambda made: len(msgspec.json.encode(made)), DINGTALK_BYTES)


def wecom_message(note: Notification, keyword: str) -> Message:
    """Return the message as WeCom's Markdown."""
    color = FONTS.get(tone(note))
    title = f'<font color="{color}">{_title(note)}</font>' if color else _title(note)

    def build(size: Size) -> Message:
        lines = _with_keyword([f"### {title}", *chat_lines(note, MARKDOWN, size)], keyword)
        return {"msgtype": "markdown", "markdown": {"content": "\n".join(lines)}}

    return _fitting(build, lambda made: len(made["markdown"]["content"].encode()), WECOM_BYTES)


def _fitting(build: Callable[[Size], Message], measure: Callable[[Message], int], most: int) -> Message:
    """Return the fullest message that fits. The least one always does: all that stands in it is cut."""
    made = (build(size) for size in SIZES)
    return next((message for message in made if measure(message) <= most), build(SIZES[-1]))


def _title(note: Notification) -> str:
    return unmarked(headline(note, MAX_TITLE))


def _with_keyword(lines: list[str], keyword: str) -> list[str]:
    """Always in a line of its own: whether a title counts, or the address of a link, no documentation says."""
    return [*lines, one_line(keyword)] if keyword else lines


def _short_address(url: str | None) -> str | None:
    safe = safe_address(url) if url else None
    return safe if safe is not None and len(safe) <= MAX_ADDRESS else None


def _link(url: str, label: str) -> str:
    words = unmarked_quote(link_label(label[:MAX_SOURCE]))
    return f"[{words}]({safe})" if (safe := _short_address(url)) else words


MARKDOWN = Style(unmarked, unmarked_quote, _link)


def _card(note: Notification, keyword: str, size: Size) -> Message:
    data = note.data
    elements = [_words("\n".join(facts(note, unmarked, size)))]
    if others := member_lines(note, unmarked, size):
        elements.append(_words("\n".join(others)))
    elements += [_quoted(data, item, size.characters) for item in data.evidence[: size.evidence]]
    if dashboard := _short_address(data.links.dashboard):
        elements.append({"tag": "action", "actions": [_button(dashboard_words(), dashboard, "primary")]})
    elements += [_words(word) for word in _with_keyword([], keyword)]
    header = {"title": {"tag": "plain_text", "content": _title(note)}, "template": TEMPLATES[tone(note)]}
    return {"config": {"wide_screen_mode": True}, "header": header, "elements": elements}


def _quoted(data: Data, item: Brief, characters: int) -> Message:
    source, address = unmarked_quote(item.source[:MAX_SOURCE]), _short_address(item.url)
    element = _words(f"{quote_of(item, unmarked_quote, characters)} ({origin_of(data, item, source)})")
    return {**element, "extra": _button(source, address, "default")} if address else element


def _words(text: str) -> Message:
    return {"tag": "div", "text": {"tag": "plain_text", "content": text}}


def _button(words: str, url: str, kind: str) -> Message:
    return {"tag": "button", "type": kind, "text": {"tag": "plain_text", "content": words}, "url": url}
