"""Records as feeds have them and as they should not: right, lenient, damaged."""

import json
from random import Random
from typing import Any

SIGNS = ["a", " ", "é", "\ud83d", "\udc00", "\U0001f600", "\x00", "\x01", '"', "\\", "\u2028", "\ufeff", "NaN"]
ODD: list[Any] = [float("nan"), float("inf"), float("-inf"), None, True, 0, -1, 10**30, 1e308, [], {}, [[[]]], {"a": 1}]
TIMES: list[Any] = ["2026-01-31T12:00:00Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-02-30", 0]
TIMES += [1769860800000, -(10**18), 10**18, "2026-01-31T12:00:60Z", "2026-01-31T12:00:00", float("nan"), "x" * 1000]
NAMES = ["id", "source", "text", "title", "body", "author", "url", "lang", "published_at", "x"]


def fuzzed(pick: Random) -> bytes:
    """Return a record; a few have half characters, a tenth changed bytes, some are cut or nested deeply."""
    record: dict[Any, Any] = {"source": "wire", "text": f"Shares fall {pick.randrange(50)} %"}
    for _ in range(pick.choice([0, 0, 1, 1, 2, 5])):
        name = pick.choice(NAMES)
        text = "".join(pick.choices(SIGNS, k=pick.choice([0, 1, 3, 20])))
        record[name] = pick.choice(TIMES) if name == "published_at" else pick.choice([text, text, pick.choice(ODD)])
    raw = bytearray(json.dumps(record, ensure_ascii=pick.random() < 0.9).encode(errors="surrogatepass"))
    if pick.random() < 0.1:
        for _ in range(pick.choice([1, 3])):
            raw[pick.randrange(len(raw))] = pick.randrange(256)
    if pick.random() < 0.05:
        raw = raw[: pick.randrange(len(raw))]
    if pick.random() < 0.02:
        raw += b'"deep": ' + b"[" * pick.choice([10, 5000]) + b"NaN"
    return bytes(raw)
