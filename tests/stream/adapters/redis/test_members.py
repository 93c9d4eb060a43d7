"""Members of windows as Redis keeps them, also those that older releases wrote."""

from __future__ import annotations

import msgspec
import pytest

from stream.adapters.redis.members import decode_member, encode_member, weight_of
from stream.pipeline.documents.record import Origin
from stream.pipeline.windows.independence import WindowMember, digest

MEMBER = WindowMember("d1", "story", "wire", 1_700_000_000_000, "negative", Origin("news", 0, 7, 1_700_000_000_500))


@pytest.mark.parametrize("relevance", [1000, 420])
def test_a_member_comes_back_with_its_relevance(relevance: int) -> None:
    member = msgspec.structs.replace(MEMBER, relevance=relevance)
    assert decode_member(encode_member(member)) == member


def test_what_was_kept_before_there_was_a_relevance_is_whole() -> None:
    stored = '["d1","story","wire",1700000000000,"negative",["news",0,7,1700000000500]]'
    assert decode_member(stored) == MEMBER
    assert encode_member(MEMBER) == stored
    entry = [MEMBER.millisecond, digest("d1"), digest("wire")[:8], 1, 0]
    assert weight_of(MEMBER, [1, 0, entry]) == 1000
    assert weight_of(MEMBER, [1, 0, [*entry, 420]]) == 420
