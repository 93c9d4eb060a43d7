"""States of the detector, minute after minute, for what stores them."""

from collections.abc import Iterator

import numpy as np

from stream.pipeline.detect import Counts
from stream.pipeline.rules import Rule, RuleState, advance, begin
from stream.pipeline.units import DAY
from stream.pipeline.windows.independence import UNIT

RULE = Rule()


def _counts(series: int, first: int, last: int, late: int) -> Counts:
    pick = np.random.default_rng(7)
    documents = pick.poisson(0.5, (series, last))
    documents[series // 2 :, :late] = 0  # Half of them begin later.
    negatives = pick.binomial(documents, 0.2)
    names = tuple(f"topic:{row}" for row in range(series))
    counts = Counts(names, 0, documents * UNIT, negatives * UNIT, np.zeros_like(documents))
    return counts.between(first, last)


def states_over_midnight(last: int) -> Iterator[RuleState]:
    """Yield the states minute by minute over midnight, at which thresholds and profiles are made anew."""
    whole = _counts(40, 0, last, DAY - 3)
    state = advance(RULE, begin(RULE, 0), _in(whole, begin(RULE, 0), DAY - 8), DAY - 8).state
    for until in range(DAY - 7, last + 1):
        yield state
        state = advance(RULE, state, _in(whole, state, until), until).state


def _in(whole: Counts, state: RuleState, until: int) -> Counts:
    return whole.between(state.evaluated - RULE.detector.lookback, until).ordered_after(state.names)
