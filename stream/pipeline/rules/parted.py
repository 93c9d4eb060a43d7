"""A rule that names no windows has three tests: busy series by minutes, slow ones by hours, sparse ones by days."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from stream.pipeline.detect.spec import DetectorSpec
from stream.pipeline.rules.rule import SLOW, SPARSE, Rule, written_name
from stream.pipeline.units import DAY, HOUR

# Documents a day up to which a series is sparse, and up to which it is slow. A sparse one rarely has the eight
# negatives that a test by the share asks for within hours; a slow one rarely has them within the half hour of minutes.
SPARSE_LIMIT, SLOW_LIMIT = 25.0, 200.0
# More than two stories weigh, whoever copies them (1.6 each): four documents that are about an entry, or five that name
# it late in their headlines (0.8 each). With four of full weight, Crypto.com, Terra, Coinbase and Russia were no longer
# heard in crypto news once relevance weighed; with three, half as many alerts more were raised, most of topics. Windows
# of 3 h, 6 h and a day found as much as six from half an hour on; the short ones find it sooner. Level and share are
# those of weeks: of three documents a day, two days say nothing.
SPARSE_TEST = DetectorSpec(
    windows=(30, 2 * HOUR, 6 * HOUR, DAY),
    every=15,
    support=3.2,
    level=20 * DAY,
    share=20 * DAY,
    sparse=True,
    limit=SPARSE_LIMIT,
)
# As the test of minutes, but for the windows. On simulated months of 25 to 200 documents a day it found 65 to 69 % of
# events of 14 negatives in three hours, where the test of minutes found 2 to 4 %.
SLOW_TEST = DetectorSpec(windows=(30, 2 * HOUR, 6 * HOUR), every=5, limit=SPARSE_LIMIT, ceiling=SLOW_LIMIT)
# What a window remembers is not told of again while it does. Three quarters of an hour bridge the gaps between the
# headlines of one event.
SLOW_KEEP_FIRING, SLOW_COOLDOWN = 45, 6 * HOUR
# A window of a day remembers for a day: what was told of once is not told of again within it, unless it is worse.
KEEP_FIRING, COOLDOWN, ACCEPT = HOUR, DAY, 3 * DAY


def parted(rule: Rule, given: Collection[str]) -> list[Rule]:
    """Return the three tests of a rule that names no windows: of busy, slow and sparse series.

    Args:
        rule: as it is for busy series.
        given: what of its life, or its least count, somebody has written, and holds for all: fields of a rule, or
            ``support``.
    """
    busy = msgspec.structs.replace(rule.detector, limit=SLOW_LIMIT, spares=SPARSE_LIMIT)
    slow = {"keep_firing": SLOW_KEEP_FIRING, "cooldown": SLOW_COOLDOWN}
    sparse = {"keep_firing": KEEP_FIRING, "cooldown": COOLDOWN, "accept": ACCEPT}
    return [
        msgspec.structs.replace(rule, detector=busy),
        _test(rule, SLOW, SLOW_TEST, slow, given),
        _test(rule, SPARSE, SPARSE_TEST, sparse, given),
    ]


def test_for(rule: Rule, daily: float) -> str:
    """Return the name of the test that decides on series of so many documents a day, of those of this test's rule.

    >>> from stream.pipeline.rules.rule import Rule
    >>> slow = parted(Rule(name="banks"), ())[1]
    >>> test_for(slow, 3), test_for(slow, 100), test_for(slow, 300)
    ('banks.sparse', 'banks.slow', 'banks')
    """
    if not rule.detector.limit:
        return rule.name
    return written_name(rule.name) + (SPARSE if daily < SPARSE_LIMIT else SLOW if daily < SLOW_LIMIT else "")


def _test(rule: Rule, suffix: str, test: DetectorSpec, life: Mapping[str, int], given: Collection[str]) -> Rule:
    support = rule.detector.support if "support" in given else test.support
    hours = rule.detector.time_zone
    detector = msgspec.structs.replace(test, time_zone=hours, warm_up=rule.detector.warm_up, support=support)
    changed = {name: minutes for name, minutes in life.items() if name not in given}
    return msgspec.structs.replace(rule, name=rule.name + suffix, detector=detector, **changed)
