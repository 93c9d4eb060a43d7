"""Would it still fire without its biggest voice? The same window without its largest source, and story."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from models.labels import NEGATIVE
from stream.pipeline.detect.classifier_errors import ClassifierErrors
from stream.pipeline.detect.expect import Expectation
from stream.pipeline.detect.score import score_evidence
from stream.pipeline.detect.spec import Kind
from stream.pipeline.rules.decider import doubt_of_count
from stream.pipeline.rules.decision import Decision, Without
from stream.pipeline.rules.outcome import Trace
from stream.pipeline.rules.rule import Rule
from stream.pipeline.windows.independence import WindowMember, independent_weights

MEMBERS_KEPT = 180  # minutes for which the windows hold documents


def with_robustness(
    rule: Rule, decision: Decision, trace: Trace, members: Sequence[WindowMember], errors: ClassifierErrors
) -> Decision:
    """Return ``decision`` with what it would be without the largest source, and without the largest story.

    Args:
        members: the documents of the decision's window. Where the store kept only some, nothing is said; nor is it of
            a drift, whose window is a day.
        errors: the classifier's, by which the decision was made: what is left must be enough as it had to be.
    """
    observation = decision.observation
    total, _ = independent_weights(members)
    if not members or rule.detector.kind is Kind.DRIFT or abs(total - observation.documents) > 0.5:
        return decision
    return msgspec.structs.replace(
        decision,
        without_source=_without(rule, decision, trace, members, errors, lambda item: item.source),
        without_story=_without(rule, decision, trace, members, errors, lambda item: item.story),
    )


def _without(
    rule: Rule,
    decision: Decision,
    trace: Trace,
    members: Sequence[WindowMember],
    errors: ClassifierErrors,
    key: Callable[[WindowMember], str],
) -> Without:
    weights: Counter[str] = Counter()
    for item in members:
        if item.sentiment == NEGATIVE or rule.detector.kind is Kind.VOLUME:
            weights[key(item)] += item.weight
    largest = min(weights, key=lambda name: (-weights[name], name))
    documents, negatives = independent_weights([item for item in members if key(item) != largest])
    k = documents if rule.detector.kind is Kind.VOLUME else negatives
    score = _score(rule, trace, k, documents)
    enough = doubt_of_count(rule.detector, errors, k, documents) is None
    fires = enough and score >= decision.observation.threshold
    return Without(largest, documents, negatives, score, fires)


def _score(rule: Rule, trace: Trace, k: float, n: float) -> float:
    ground = trace.ground
    values = (ground.share, ground.correlation, ground.usual, ground.dispersion)
    expected = Expectation(*(np.array([value]) for value in values))
    return float(score_evidence(rule.detector, np.array([float(k)]), np.array([float(n)]), expected)[0])
