"""A rule that names no windows has two tests: of busy series by minutes, of sparse ones by hours and days."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from stream.pipeline.detect.spec import DetectorSpec
from stream.pipeline.rules.rule import SPARSE, Rule
from stream.pipeline.units import DAY, HOUR

# Documents a day up to which a series is sparse. Of fewer than these, half an hour rarely brings the eight negatives
# that the test of minutes asks for.
SPARSE_LIMIT = 25.0
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
# A window of a day remembers for a day: what was told of once is not told of again within it, unless it is worse.
KEEP_FIRING, COOLDOWN, ACCEPT = HOUR, DAY, 3 * DAY


def parted(rule: Rule, given: Collection[str]) -> list[Rule]:
    """Return the two tests of a rule that names no windows.

    Args:
        rule: as it is for busy series.
        given: what of its life, or its least count, somebody has written, and holds for both: fields of a rule, or
            ``support``.
    """
    busy = msgspec.structs.replace(rule.detector, limit=SPARSE_LIMIT)
    support = busy.support if "support" in given else SPARSE_TEST.support
    test = msgspec.structs.replace(SPARSE_TEST, time_zone=busy.time_zone, warm_up=busy.warm_up, support=support)
    lives = {"keep_firing": KEEP_FIRING, "cooldown": COOLDOWN, "accept": ACCEPT}
    changed = {name: minutes for name, minutes in lives.items() if name not in given}
    sparse = msgspec.structs.replace(rule, name=rule.name + SPARSE, detector=test, **changed)
    return [msgspec.structs.replace(rule, detector=busy), sparse]
