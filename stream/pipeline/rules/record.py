"""What makes an alert reproducible: all that its decision was computed from, and computing it again."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from stream.pipeline.detect.classifier_errors import ClassifierErrors
from stream.pipeline.detect.counts import Counts
from stream.pipeline.detect.packed import unpack
from stream.pipeline.rules.advance import advance
from stream.pipeline.rules.decision import Decision
from stream.pipeline.rules.outcome import Trace
from stream.pipeline.rules.robust import with_robustness
from stream.pipeline.rules.rule import Rule
from stream.pipeline.rules.state import RuleState, shape_of
from stream.pipeline.windows.independence import WindowMember

RECORD_VERSION = 2
# Until version 1 what was left without the largest source was not corrected for the classifier's errors.
_UNCORRECTED_VERSION = 1


class DecisionRecord(msgspec.Struct, frozen=True):
    """Rule, classifier's errors, the detector's state before the decision, counts, documents; and the decision.

    ``members`` are the documents of the decision's window: ids, stories, sources, and where they stand in the log.
    """

    rule: Rule
    errors: ClassifierErrors
    trace: Trace
    decision: Decision
    members: tuple[WindowMember, ...] = ()
    version: int = RECORD_VERSION

    def encode(self) -> bytes:
        """Return it as bytes."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def decode(cls, content: bytes) -> DecisionRecord:
        """Return what :meth:`encode` made bytes of.

        Raises:
            ValueError: these are no such bytes, or those of another version.
        """
        try:
            recorded = msgspec.msgpack.decode(content, type=cls)
        except msgspec.DecodeError as error:
            raise ValueError(f"no record of an alert that this release reads: {error}") from error
        if recorded.version not in (_UNCORRECTED_VERSION, RECORD_VERSION):
            raise ValueError(f"a record of version {recorded.version}, this release reads up to {RECORD_VERSION}")
        return recorded


def replay(recorded: DecisionRecord) -> Decision:
    """Decide again, with the code of today, on what was recorded."""
    observation, trace = recorded.decision.observation, recorded.trace
    documents, negatives, positives = (np.array([row], np.int64) for row in trace.counts)
    counts = Counts((observation.series,), trace.first, documents, negatives, positives, step=trace.step)
    state = RuleState(
        since=trace.first,
        evaluated=observation.minute - recorded.rule.detector.every,
        shape=shape_of(recorded.rule),
        names=(observation.series,),
        alert_states={observation.series: trace.alert_state} if trace.alert_state else {},
        baselines=unpack(trace.baselines),
    )
    outcome = advance(recorded.rule, state, counts, observation.minute, recorded.errors)
    errors = ClassifierErrors() if recorded.version == _UNCORRECTED_VERSION else recorded.errors
    now = with_robustness(recorded.rule, outcome.latest[observation.series], trace, recorded.members, errors)
    # A record of before severities had levels has none to compare.
    return now if recorded.decision.level is not None else msgspec.structs.replace(now, level=None)


def differences(before: Any, now: Any, path: str = "") -> list[str]:
    """Return in words where two decisions differ: one line per field."""
    before, now = msgspec.to_builtins(before), msgspec.to_builtins(now)
    if isinstance(before, dict) and isinstance(now, dict):
        names = [*before, *(name for name in now if name not in before)]
        return [
            line
            for name in names
            for line in differences(before.get(name), now.get(name), f"{path}.{name}" if path else name)
        ]
    return [] if before == now else [f"{path}: was {before}, is {now}"]
