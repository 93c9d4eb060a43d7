"""The life cycle of one series' alert, minute by minute: pending, firing, resolving, resolved, cooling down."""

from __future__ import annotations

import msgspec

from stream.pipeline.rules.decision import Reason
from stream.pipeline.rules.rule import Rule


class AlertState(msgspec.Struct, frozen=True, array_like=True):
    """What is going on in a series: all times are minutes.

    ``pending`` is when the score passed the threshold, ``fired`` when the alert began and ``over`` when its score was
    last high enough; nothing fires again before ``quiet``; ``rank`` is the highest severity so far.
    """

    pending: int | None = None
    fired: int | None = None
    over: int = 0
    quiet: int | None = None
    rank: int = 0


class Assessment(msgspec.Struct, frozen=True):
    """A series at one minute: score, threshold, and a ``doubt`` that speaks against firing whatever the score."""

    minute: int
    score: float
    threshold: float
    doubt: Reason | None = None
    muted: bool = False


def next_state(rule: Rule, before: AlertState | None, now: Assessment) -> tuple[Reason, AlertState | None]:
    """Return why the decision is what it is, and what is going on afterwards; None when nothing is."""
    if before is not None and before.fired is not None:
        return _while_firing(rule, before, now)
    cooling = before if before is not None and before.quiet is not None and now.minute < before.quiet else None
    if now.doubt is not None or now.score < now.threshold:
        return now.doubt or Reason.EXPECTED, cooling and msgspec.structs.replace(cooling, pending=None)
    if now.muted:
        return Reason.MUTED, cooling and msgspec.structs.replace(cooling, pending=None)
    rank = rule.rank(now.score, now.threshold)
    if cooling is not None and rank <= cooling.rank:
        return Reason.COOLING_DOWN, cooling
    since = now.minute if before is None or before.pending is None else before.pending
    if now.minute - since < rule.pending:
        return Reason.PENDING, msgspec.structs.replace(cooling or AlertState(), pending=since)
    return Reason.FIRING, AlertState(fired=now.minute, over=now.minute, rank=rank)


def _while_firing(rule: Rule, before: AlertState, now: Assessment) -> tuple[Reason, AlertState | None]:
    assert before.fired is not None  # noqa: S101 - the caller has looked
    # The longest window remembers an event that is over: so long an alert may outlive it.
    if now.minute - before.fired >= rule.accept + max(rule.detector.windows):
        return Reason.ACCEPTED, _cool(rule, before, now)
    if now.score >= now.threshold / 2:
        rank = rule.rank(now.score, now.threshold)
        reason = Reason.ESCALATED if rank > before.rank else Reason.KEEP_FIRING
        return reason, msgspec.structs.replace(before, over=now.minute, rank=max(rank, before.rank))
    if now.minute - before.over < rule.keep_firing:
        return Reason.RESOLVING, before
    return Reason.RESOLVED, _cool(rule, before, now)


def _cool(rule: Rule, before: AlertState, now: Assessment) -> AlertState | None:
    return AlertState(quiet=now.minute + rule.cooldown, rank=before.rank) if rule.cooldown else None
