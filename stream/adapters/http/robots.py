"""The robots of groups in Feishu, DingTalk and WeCom: how each is written to, signed for, and how often.

How often, by their documentation: Feishu 100 a minute and 5 a second, DingTalk and WeCom 20 a minute; DingTalk takes
nothing for ten minutes after that. A robot signs with the one secret that its settings show, or not at all.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import httpx
import msgspec

from stream.adapters.http.pace import Rate
from stream.adapters.http.robot_messages import Message, dingtalk_message, feishu_message, wecom_message
from stream.pipeline.notify.payload import Notification


def _in_body(url: httpx.URL, message: Message, secret: str, now: datetime) -> tuple[httpx.URL, Message]:
    """Sign as Feishu asks for it: its key is what others sign, and what is signed is empty."""
    seconds = str(int(now.timestamp()))
    return url, {**message, "timestamp": seconds, "sign": _digest(f"{seconds}\n{secret}", "")}


def _in_address(url: httpx.URL, message: Message, secret: str, now: datetime) -> tuple[httpx.URL, Message]:
    """Sign as DingTalk asks for it."""
    milliseconds = str(int(now.timestamp() * 1000))
    sign = _digest(secret, f"{milliseconds}\n{secret}")
    return url.copy_merge_params({"timestamp": milliseconds, "sign": sign}), message


def _digest(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


@dataclass(frozen=True)
class Robot:
    """One service.

    Attributes:
        limited: the seconds until it takes messages again, after there were too many.
    """

    message: Callable[[Notification, str], Message]
    rate: Rate
    limited: float
    sign: Callable[[httpx.URL, Message, str, datetime], tuple[httpx.URL, Message]] | None = None

    def request(
        self, note: Notification, url: httpx.URL, secrets: tuple[str, ...], keyword: str, now: datetime
    ) -> tuple[httpx.URL, bytes]:
        """Return where to post, and what."""
        message = self.message(note, keyword)
        if self.sign is not None and secrets:
            url, message = self.sign(url, message, secrets[0], now)
        return url, msgspec.json.encode(message)


# The rates leave room for a test a minute, and for clocks that differ: 18 of 20 a minute; of Feishu 88 of 100 a minute,
# and 4 of 5 a second.
ROBOTS = {
    "feishu": Robot(feishu_message, Rate(3, 0.7), 60.0, _in_body),
    "dingtalk": Robot(dingtalk_message, Rate(6, 5.0), 600.0, _in_address),
    "wecom": Robot(wecom_message, Rate(6, 5.0), 60.0),
}
