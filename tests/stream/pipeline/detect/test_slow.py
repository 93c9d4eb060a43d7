"""Series of 25 to 200 documents a day: bad news of hours is heard, a neutral event is not, others are left alone."""

import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect import ClassifierErrors, Counts
from stream.pipeline.rules import DecisionRecord, Outcome, Reason, Rule, advance, begin, replay
from stream.pipeline.rules.book import BookSpec, rules_of
from stream.pipeline.units import DAY, HOUR
from stream.pipeline.windows.independence import UNIT

Whole = NDArray[np.int64]
BUSY, SLOW, SPARSE = rules_of(BookSpec())
DAYS, STEP = 6, 5
A_DAY = np.array([30, 60, 80, 100, 150, 4, 2000])
NAMES = tuple(f"entry:{rate} a day" for rate in A_DAY.tolist())
FEW, MANY = 5, 6  # rows of a sparse series and of a busy one
EVENT = (DAYS - 1) * DAY + 9 * HOUR
SPAN = slice(EVENT // STEP, (EVENT + 3 * HOUR) // STEP)


def _feed() -> tuple[Whole, Whole]:
    """Return documents and negatives by five minutes, a sixth of them negative."""
    pick = np.random.default_rng(11)
    documents = pick.poisson(A_DAY[:, None] * STEP / DAY, (len(A_DAY), DAYS * DAY // STEP))
    return documents, pick.binomial(documents, 1 / 6)


def _spread(count: int) -> Whole:
    """Return ``count`` documents by five minutes, evenly over three hours."""
    total = np.linspace(0, count, 3 * HOUR // STEP + 1).astype(np.int64)
    return np.asarray(total[1:] - total[:-1])


def _run(rule: Rule, documents: Whole, negatives: Whole) -> Outcome:
    # By the minute, as the test of minutes looks at them.
    documents, negatives = _by_minute(documents), _by_minute(negatives)
    counts = Counts(NAMES, 0, documents, negatives, np.zeros_like(documents)).resampled(rule.detector.step)
    return advance(rule, begin(rule, 0), counts.ordered_after(()), DAYS * DAY, keep=False)


def _by_minute(array: Whole) -> Whole:
    spread = np.zeros((len(array), array.shape[1] * STEP), np.int64)
    spread[:, ::STEP] = array * UNIT
    return spread


def _fired(outcome: Outcome) -> list[str]:
    return [change.observation.series for change in outcome.changes if change.reason is Reason.FIRING]


def test_bad_news_that_gathers_over_hours_is_heard_where_half_an_hour_says_nothing() -> None:
    documents, negatives = _feed()
    assert _fired(_run(SLOW, documents, negatives)) == []
    for row in (1, 3):
        documents[row, SPAN] += _spread(30)
        negatives[row, SPAN] += _spread(30)
    outcome = _run(SLOW, documents, negatives)
    assert sorted(_fired(outcome)) == sorted(NAMES[row] for row in (1, 3))
    for change in outcome.changes:
        if change.reason is Reason.FIRING:
            assert EVENT < change.observation.minute <= EVENT + 4 * HOUR
            assert change.observation.window >= 2 * HOUR
            trace = outcome.traces[change.observation.series, change.observation.minute]
            assert replay(DecisionRecord(SLOW, ClassifierErrors(), trace, change)) == change


def test_a_neutral_event_of_hours_is_no_bad_news() -> None:
    documents, negatives = _feed()
    for row, many in ((0, 40), (1, 60), (3, 90)):
        documents[row, SPAN] += _spread(many)
        negatives[row, SPAN] += _spread(many // 6)
    assert _fired(_run(SLOW, documents, negatives)) == []


def test_each_series_is_heard_by_its_own_test() -> None:
    documents, negatives = _feed()
    for row, many in ((1, 120), (FEW, 12), (MANY, 400)):
        documents[row, SPAN] += _spread(many)
        negatives[row, SPAN] += _spread(many)
    # Of an event that minutes show, too, there is one alert.
    assert _fired(_run(SLOW, documents, negatives)) == [NAMES[1]]
    assert _fired(_run(BUSY, documents, negatives)) == [NAMES[MANY]]


def test_an_alert_ends_soon_after_its_event_though_negatives_come_all_the_time() -> None:
    documents, negatives = _feed()
    at = np.arange(documents.shape[1])
    documents[4], negatives[4] = at % 2 == 0, at % 5 == 0  # a document in ten minutes, a negative in twenty-five
    documents[4] |= negatives[4]
    documents[4, SPAN] += _spread(40)
    negatives[4, SPAN] += _spread(40)
    changes = _run(SLOW, documents, negatives).changes
    life = [(change.reason, change.observation.minute) for change in changes if change.observation.series == NAMES[4]]
    fired = [minute for reason, minute in life if reason is Reason.FIRING]
    resolved = [minute for reason, minute in life if reason is Reason.RESOLVED]
    assert len(fired) == len(resolved) == 1  # one alert for one event
    (said,) = [one.detail for one in changes if (one.reason, one.observation.minute) == (Reason.RESOLVED, resolved[0])]
    # Its window still holds the event, so the score is no reason.
    assert said.startswith(f"resolved after {resolved[0] - fired[0]} min: the last 60 min were as usual; ")
    assert "score" not in said
    assert EVENT < fired[0] < EVENT + 3 * HOUR < resolved[0] <= EVENT + 5 * HOUR
