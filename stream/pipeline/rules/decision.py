"""What was decided, and why."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from stream.pipeline.detect.observation import Observation


class Reason(StrEnum):
    """Why a decision is what it is."""

    WARMING_UP = "warming up"
    TOO_FEW = "too few"
    CANNOT_TELL = "cannot tell"
    EXPECTED = "expected"
    MUTED = "muted"
    COOLING_DOWN = "cooling down"
    TOLD = "already told"
    PENDING = "pending"
    FIRING = "firing"
    KEEP_FIRING = "keep firing"
    ESCALATED = "severity rose"
    RESOLVING = "resolving"
    RESOLVED = "resolved"
    ACCEPTED = "accepted as normal"


ENDS = frozenset({Reason.RESOLVED, Reason.ACCEPTED})
CHANGES = frozenset({Reason.FIRING, Reason.ESCALATED}) | ENDS


class Without(msgspec.Struct, frozen=True, gc=False):
    """What the same window would say without the ``largest`` source, or story: the robustness of an alert."""

    largest: str
    documents: float
    negatives: float
    score: float
    fires: bool


class Decision(msgspec.Struct, frozen=True, gc=False):
    """What was decided on one series at one minute, and on what ground; ``detail`` says it in words.

    ``level`` is how bad ``severity`` is, on the scale of all rules; None where an older release decided.
    """

    reason: Reason
    observation: Observation
    fired: int | None = None
    severity: str = "warning"
    detail: str = ""
    without_source: Without | None = None
    without_story: Without | None = None
    level: int | None = None


class Ground(msgspec.Struct, frozen=True, gc=False):
    """What was expected of the window that was decided on: enough to score other counts as it was scored.

    ``usual`` counts documents; ``dispersion`` is that of the tested count, ``correlation`` that of the share.
    """

    share: float
    correlation: float
    usual: float
    dispersion: float
