"""Members of a minute as Redis keeps them: JSON, of which add.lua reads nothing; their weight stands in their story."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from stream.pipeline.documents.record import Origin
from stream.pipeline.windows.independence import UNIT, WindowMember, digest, first_copy_weight


class _Stored(msgspec.Struct, array_like=True):
    id: str
    story: str
    source: str
    millisecond: int
    sentiment: str
    origin: tuple[str, int, int, int] | None
    relevance: int = UNIT  # in thousandths; it stands there only where it is not whole


_decoder = msgspec.json.Decoder(_Stored)


def encode_member(member: WindowMember) -> str:
    """Return what is kept of ``member``: all but its weight."""
    origin = msgspec.structs.astuple(member.origin) if member.origin else None
    parts = (member.id, member.story, member.source, member.millisecond, member.sentiment, origin)
    return msgspec.json.encode(parts if member.relevance == UNIT else (*parts, member.relevance)).decode()


def decode_member(stored: str) -> WindowMember:
    """Return the member that :func:`encode_member` made, without its weight."""
    kept = _decoder.decode(stored)
    origin = Origin(*kept.origin) if kept.origin else None
    return WindowMember(
        kept.id, kept.story, kept.source, kept.millisecond, kept.sentiment, origin, relevance=kept.relevance
    )


def weight_of(member: WindowMember, story: Sequence[Any]) -> int:
    """Return what ``member`` adds, in thousandths of a document.

    Args:
        member: of ``story``.
        story: its array, as independence.lua describes it: behind two counters the first copies of its sources.
    """
    document = digest(member.id)
    for sources_before, (_, first_copy, _, _, stories_before, *relevance) in enumerate(story[2:]):
        if first_copy == document:
            return first_copy_weight(sources_before, stories_before, *relevance)
    return 0
