"""Stage 5, second half: from observations to decisions, and the state that carries them from minute to minute."""

from stream.pipeline.rules.advance import Outcome, Trace, advance, read
from stream.pipeline.rules.decision import CHANGES, Decision, Ground, Reason, Without
from stream.pipeline.rules.explain import Explained, explain
from stream.pipeline.rules.ladder import CRITICAL, WARNING, level_of
from stream.pipeline.rules.life import Incident
from stream.pipeline.rules.record import Recorded, differences, replay
from stream.pipeline.rules.robust import with_robustness
from stream.pipeline.rules.rule import Mute, Rule, Severity
from stream.pipeline.rules.state import RuleState, adapted, begin, resume, shape_of

__all__ = [
    "CHANGES",
    "CRITICAL",
    "WARNING",
    "Decision",
    "Explained",
    "Ground",
    "Incident",
    "Mute",
    "Outcome",
    "Reason",
    "Recorded",
    "Rule",
    "RuleState",
    "Severity",
    "Trace",
    "Without",
    "adapted",
    "advance",
    "begin",
    "differences",
    "explain",
    "level_of",
    "read",
    "replay",
    "resume",
    "shape_of",
    "with_robustness",
]
