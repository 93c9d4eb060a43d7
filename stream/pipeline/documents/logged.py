"""What tells records of the scored topic from raw documents, in files that may hold either."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from stream.pipeline.documents.conversion import read_object


def is_scored(row: Mapping[str, Any]) -> bool:
    """Whether an object is a scored document: many a raw one has a ``sentiment`` of somebody else's, as a number.

    >>> is_scored({"text": "Up", "sentiment": -0.4})
    False
    """
    sentiment = row.get("sentiment")
    return isinstance(sentiment, dict) and {"label", "probabilities"} <= sentiment.keys() and "artifact" in row


def is_logged(row: Mapping[str, Any]) -> bool:
    """Whether an object is a record of the scored topic, scored or not read."""
    return is_scored(row) or (row.get("not_read") is True and bool(row.get("language")))


def is_logged_record(raw: bytes) -> bool:
    """Whether a record is one of the scored topic. Where none of their marks stands in it, it is not decoded."""
    if b'"sentiment"' not in raw and b'"not_read"' not in raw:
        return b'"text":"[withdrawn]"' in raw
    try:
        row = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        row = read_object(raw)  # it may hold NaN
    return isinstance(row, dict) and is_logged(row)
