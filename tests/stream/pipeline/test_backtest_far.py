"""Which documents of a past are far from all others."""

import pytest

from stream.pipeline.backtest.far import APART_DAYS, far_from_all, stretches_of

DAY = 86_400_000


@pytest.mark.parametrize(
    ("days", "far"),
    [
        ([0, 1, 2, 400], [400]),
        ([-9000, 0, 1, 2, 400], [-9000, 400]),
        ([0, 1, APART_DAYS, 2 * APART_DAYS - 1], []),
        ([0, 400], []),  # nobody knows which is wrong
        ([at * 90 for at in range(40)], []),  # once a quarter
        ([*range(40), *range(400, 410)], []),  # two episodes
        ([*range(400), 1000, 1001, 1002, 1003], [1000, 1001, 1002, 1003]),
        ([], []),
    ],
)
def test_a_few_documents_far_from_all_others_are_found_and_episodes_are_not(days: list[int], far: list[int]) -> None:
    stretches = far_from_all(stretches_of(day * DAY for day in days))
    assert [day for day in days if any(stretch.holds(day * DAY) for stretch in stretches)] == far
