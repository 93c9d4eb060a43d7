"""Stage 5, second half: from observations to decisions, and the state that carries them from minute to minute."""

from stream.pipeline.rules.advance import advance, read_counts
from stream.pipeline.rules.decision import CHANGES, Decision, Ground, Reason, Without
from stream.pipeline.rules.explain import Explanation, explain
from stream.pipeline.rules.hearing import Hearing, hearing_words, sharpest
from stream.pipeline.rules.held import Held
from stream.pipeline.rules.ladder import CRITICAL, WARNING, level_of
from stream.pipeline.rules.life import AlertState
from stream.pipeline.rules.listed import Listed
from stream.pipeline.rules.outcome import Outcome, Trace
from stream.pipeline.rules.record import DecisionRecord, differences, replay
from stream.pipeline.rules.robust import with_robustness
from stream.pipeline.rules.rule import Mute, Rule, Severity
from stream.pipeline.rules.state import RuleState, adapt, begin, resume, shape_of
from stream.pipeline.rules.told import Teller, may_have_told, was_told

__all__ = [
    "CHANGES",
    "CRITICAL",
    "WARNING",
    "AlertState",
    "Decision",
    "DecisionRecord",
    "Explanation",
    "Ground",
    "Hearing",
    "Held",
    "Listed",
    "Mute",
    "Outcome",
    "Reason",
    "Rule",
    "RuleState",
    "Severity",
    "Teller",
    "Trace",
    "Without",
    "adapt",
    "advance",
    "begin",
    "differences",
    "explain",
    "hearing_words",
    "level_of",
    "may_have_told",
    "read_counts",
    "replay",
    "resume",
    "shape_of",
    "sharpest",
    "was_told",
    "with_robustness",
]
