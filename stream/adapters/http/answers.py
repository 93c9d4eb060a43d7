"""What a receiver answers, as it may stand in an error: without the secrets of its address, however it repeats them."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterable
from urllib.parse import unquote, unquote_to_bytes

import httpx

MASK = "***"
NOT_TOLD = "(its answer repeats a part of its address, so it is not shown)"
# Characters from which on a part of a path or a query may be a secret. Shorter ones are words such as "hook" or "api".
SHORTEST_PART = 6
# An answer may be escaped once for HTML, once for JSON and once more as an address.
LAYERS = 3
# What services write into every address of theirs is no secret, and their answers speak of it. Whatever else is as long
# as a secret is taken for one, words too: nobody can tell a password from a word.
PUBLIC = {"access_token", "api", "bot", "cgi-bin", "hook", "hooks", "key", "open-apis", "robot", "send", "services"}
PUBLIC |= {"v2", "webhook", "webhooks"}
_ESCAPED_IN_JSON = re.compile(r"\\u([0-9a-f]{4})", re.IGNORECASE)
_PARTS = re.compile(r"[/?&=]")


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Return ``text`` with ``secrets`` masked; where one stands in it in another spelling, nothing of it."""
    longest_first = sorted(set(secrets), key=len, reverse=True)
    for secret in longest_first:
        text = re.sub(re.escape(secret), MASK, text, flags=re.IGNORECASE)
    read = _unescaped(text)
    return NOT_TOLD if any(_unescaped(secret) in read for secret in longest_first) else text


def secrets_of_url(address: str) -> Iterable[str]:
    """Return what is or may be secret in an address: all but its host, PUBLIC words, and short parts of its path."""
    url = httpx.URL(address)
    target = url.raw_path.decode()
    yield address
    yield from (part for part in (url.password, url.username) if len(part) > 1)
    yield from (one for one in (target, target.partition("?")[0]) if set(_PARTS.split(one)) - PUBLIC - {""})
    yield from (part for part in set(_PARTS.split(target)) - PUBLIC if len(unquote(part)) >= SHORTEST_PART)
    if url.userinfo:
        yield base64.b64encode(unquote_to_bytes(url.userinfo)).decode()


def _unescaped(text: str) -> str:
    for _ in range(LAYERS):
        text = html.unescape(_ESCAPED_IN_JSON.sub(lambda found: chr(int(found[1], 16)), text).replace("\\", ""))
        text = unquote(text.replace("+", " "))
    return text.casefold()
