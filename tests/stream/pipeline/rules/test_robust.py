"""What is left of an alert without its largest source: enough only where the whole would have to be, too."""

import msgspec
import pytest

from stream.pipeline.detect import ClassifierErrors, Observation
from stream.pipeline.rules import Decision, Reason, Rule, with_robustness
from stream.pipeline.rules.decision import Ground
from stream.pipeline.rules.outcome import Trace
from stream.pipeline.windows.independence import WindowMember

ERRORS = ClassifierErrors.of([[80, 20], [10, 190]], 0)
TRACE = Trace(Ground(0.05, 0.01, 5.0, 0.1), b"", None, 0, ((), (), ()), step=1)


def _member(number: int, source: str, sentiment: str) -> WindowMember:
    return WindowMember(f"d{number}", f"story {number}", source, number, sentiment, weight=1000)


def _decision(documents: float, negatives: float) -> Decision:
    counted = Observation("topic:Macro", 60, 30, documents, negatives, 0.05, 0.25, 9.0, 4.5, 0.0, 2.0)
    return Decision(Reason.FIRING, counted, fired=60)


def _members(loud: int, others: int, neutral: int = 3) -> list[WindowMember]:
    sources = ["loud"] * loud + [f"s{n}" for n in range(others)]
    members = [_member(n, source, "negative") for n, source in enumerate(sources)]
    return members + [_member(100 + n, f"n{n}", "neutral") for n in range(neutral)]


@pytest.mark.parametrize(
    ("others", "errors", "fires"),
    [
        (7, ClassifierErrors(), False),
        (8, ClassifierErrors(), True),
        (8, ERRORS, False),  # as many as are needed, but hardly by what the classifier gets wrong
        (14, ERRORS, True),
    ],
)
def test_what_is_left_is_corrected_for_the_classifiers_errors(
    others: int, errors: ClassifierErrors, fires: bool
) -> None:
    members, decision = _members(4, others), _decision(others + 7.0, others + 4.0)
    without = with_robustness(Rule(), decision, TRACE, members, errors).without_source
    assert without is not None
    assert (without.largest, without.negatives, without.fires) == ("loud", others, fires)
    low = errors.correct(without.negatives, without.documents)[1]
    assert without.fires is (without.score >= 4.5 and low >= Rule().detector.support)


def test_sparse_rules_are_not_corrected() -> None:
    rule = Rule()
    rule = msgspec.structs.replace(rule, detector=msgspec.structs.replace(rule.detector, sparse=True))
    without = with_robustness(rule, _decision(15.0, 12.0), TRACE, _members(4, 8), ERRORS).without_source
    assert without is not None
    assert without.fires is (without.score >= 4.5)
