"""The words of decisions are stored, and a replay compares them: they stay what they are, sign by sign."""

from __future__ import annotations

import pytest

from stream.pipeline.detect.observation import Observation
from stream.pipeline.rules.decision import Reason
from stream.pipeline.rules.words import (
    AS_USUAL,
    FELL,
    LASTED,
    NO_NEGATIVE,
    UNWATCHED,
    UNWATCHED_BEFORE,
    detail_of,
    ending_of,
)


def _seen(kind: str) -> Observation:
    return Observation("topic:Macro", 96, 15, 1148.8446, 31.0, 0.05, 3.1, 17.04, 4.0, 5.0, 15.26, kind=kind)


@pytest.mark.parametrize("kind", ["negative", "drift"])
def test_negatives(kind: str) -> None:
    counted = "31 of 1148.84 documents negative in 15 min, expected 57.4 (5.0 to 15.3)"
    assert detail_of(Reason.FIRING, _seen(kind)) == f"firing: {counted}; score 17.0, threshold 4.0"
    ended = ending_of(Reason.RESOLVED, _seen(kind), 1, LASTED)
    assert ended == f"resolved after 95 min: it has lasted so long that it is usual now; {counted}"


def test_volume() -> None:
    seen, counted = _seen("volume"), "1148.84 documents in 15 min, usually 0.0"
    assert detail_of(Reason.ESCALATED, seen) == f"severity rose: {counted}; score 17.0, threshold 4.0"
    ended = ending_of(Reason.ACCEPTED, seen, 1, AS_USUAL.format(length=60))
    assert ended == f"accepted as normal after 95 min: the last 60 min were as usual; {counted}"


def test_reasons() -> None:
    assert UNWATCHED.format(state=Reason.RESOLVED, rule="fast") == (
        "resolved: rule 'fast' no longer watches this; the event may go on"
    )
    assert UNWATCHED_BEFORE.format(state=Reason.RESOLVED) == "resolved: no rule in force watches this any more"
    assert NO_NEGATIVE.format(length=30) == "no negative document in the last 30 min"
    assert FELL.format(score="1.2", threshold="4.5") == "the score fell to 1.2, under half of the threshold 4.5"
