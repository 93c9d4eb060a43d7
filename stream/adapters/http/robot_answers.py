"""What the robot of a group answers: with HTTP 200 also what it did not take, and why in a code of its own.

The codes of DingTalk and WeCom that are not in their documentation are of answers that people reported. The sentence
that a service adds is told, too, so a code that is not known here is no riddle.
"""

from __future__ import annotations

import re
import zlib
from contextlib import suppress
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec

_KEYS = ("code", "errcode", "StatusCode")  # the last is what Feishu answers, too, for programs of its first version
_WORDS = ("msg", "errmsg", "StatusMessage")

URL = "no robot has this URL, copy it again from the robot's settings"
SIGNATURE = (
    "its signature was not taken: 'secrets' must hold the robot's signing secret, and the clock of this machine"
    " must be right"
)
KEYWORD = "the robot asks for a keyword: set 'keyword' of this receiver to one of the robot's"
ADDRESS = "the robot takes messages from listed addresses only: add this machine's in the robot's settings"
STOPPED = "the robot or its group is gone or switched off, make another one, or switch it on"
CONTENT = "the service did not like the content of the message"
NO_ROBOT = "this is no answer of a group's robot, is the URL right?"
LIMITED = "too many messages in a short time, it is sent again later"

_HINTS = {
    "feishu": {19001: URL, 19021: SIGNATURE, 19022: ADDRESS, 19024: KEYWORD, 11232: LIMITED, 99991400: LIMITED},
    "dingtalk": dict.fromkeys((300001, 300005, 400101), URL)
    | dict.fromkeys((400013, 400102, 400106), STOPPED)
    | dict.fromkeys((90030, 130101, 410100, 660026), LIMITED)
    | dict.fromkeys((430101, 430102, 430103, 430104), CONTENT),
    "wecom": {93000: URL, 45009: LIMITED, 45033: LIMITED},
}
# Feishu's 9499 and DingTalk's 310000 say several things, apart only by their words.
_BY_WORDS = (
    ("too many request", LIMITED),
    ("too fast", LIMITED),
    ("frequency limit", LIMITED),
    ("keyword", KEYWORD),
    ("关键词", KEYWORD),
    ("whitelist", ADDRESS),
    ("白名单", ADDRESS),
    ("sign", SIGNATURE),
    ("签名", SIGNATURE),
    ("timestamp", SIGNATURE),
    ("时间戳", SIGNATURE),
)
_UNCLEAR = frozenset((9499, 310000))
_DIGITS = re.compile(r"-?[0-9]{1,9}")
# What is read of an answer, and what it may be once it is unpacked: none is near that long.
READ_BYTES = 65_536
_PACKED = {"gzip", "x-gzip", "deflate"}


class Refusal(NamedTuple):
    """Why a robot took nothing: its code, what to do, its own words; and whether it was too much at a time."""

    code: int | None
    hint: str
    said: str

    @property
    def is_limit(self) -> bool:
        """Whether the same message will be taken later."""
        return self.hint == LIMITED

    def __str__(self) -> str:
        code = "" if self.code is None else f", code {self.code}"
        said = f"{self.hint} ({self.said})" if self.hint and self.said else self.hint or self.said
        return f"did not take it{code}: {said}"


def readable_answer(answer: bytes, packing: str = "") -> str:
    """Return an answer as text: unpacked, though we ask for none that is packed, and in GB 18030 where it is no UTF-8.

    >>> readable_answer(b"\\xef\\xbb\\xbf{}"), readable_answer("成功".encode("gbk")), readable_answer(b"\\xff\\x00")
    ('{}', '成功', '�\\x00')
    """
    if packing.strip().lower() in _PACKED:
        with suppress(zlib.error):
            answer = zlib.decompressobj(wbits=47).decompress(answer, READ_BYTES)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return answer.decode(encoding)
        except UnicodeDecodeError:
            continue
    return answer.decode(errors="replace")


def refusal(form: str, status: int, answer: str, kind: str = "") -> Refusal | None:
    """Return why the robot did not take a message; None where it did, or where its status alone says so.

    ``kind`` is the answer's content type.

    >>> print(refusal("wecom", 200, '{"errcode": 93000, "errmsg": "invalid webhook url"}'))
    did not take it, code 93000: no robot has this URL, copy it again from the robot's settings (invalid webhook url)
    >>> refusal("feishu", 200, '{"StatusCode": 0, "code": 0, "msg": "success"}')
    """
    fields = _fields(answer)
    codes = [code for key in _KEYS if (code := _code(fields.get(key))) is not None]
    if status == HTTPStatus.TOO_MANY_REQUESTS:  # of a gateway before the robot; whatever code it has
        return Refusal(next(filter(None, codes), None), LIMITED, _quoted(status, answer, kind))
    if not codes:
        return Refusal(None, NO_ROBOT, _quoted(status, answer, kind)) if 200 <= status < 300 else None
    code = next((code for code in codes if code != 0), 0)
    if code == 0:
        return None
    said = next((fields[key] for key in _WORDS if isinstance(fields.get(key), str)), "")
    return Refusal(code, _hint(form, code, said.lower()), said)


def _fields(answer: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(answer, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError):
        return {}


def _code(value: object) -> int | None:
    """Return a code, which some gateways write as text or as a fraction."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if type(value) is int else None


def _quoted(status: int, answer: str, kind: str) -> str:
    kind = kind.partition(";")[0].strip()
    text = " ".join(answer[: READ_BYTES // 32].split())
    return f"answered {status}{f', {kind}' if kind else ''}: " + (f'"{text}"' if text else "nothing")


def _hint(form: str, code: int, said: str) -> str:
    if known := _HINTS[form].get(code):
        return known
    return next((hint for word, hint in _BY_WORDS if word in said), "") if code in _UNCLEAR else ""
