"""The life cycle of one series' alert, minute by minute.

::

    nothing ── score over the threshold ──> pending ── for long enough ──> firing <── score at half of it or more ──┐
       ^                                       │                             │  └────────────────────────────────────┘
       │<── score under the threshold ─────────┘                             │ score under half of it
       │                                                                     v
       └── cooled down ── cooling down <── resolved, or accepted ─────── resolving

What a long window remembers keeps no alert up by itself: only a minute does that has something ``fresh``.

While it cools down, a series fires again only if that is more severe. Nothing leaves ``nothing`` and ``pending`` while
something speaks against firing: too little past, too few documents, muted hours, or that an alert of another series has
told of the same documents.
"""

from __future__ import annotations

import msgspec

from stream.pipeline.rules.decision import Reason
from stream.pipeline.rules.rule import Rule

# An alert is kept up by a score from this part of the threshold on: one that hovers around it would else end and begin.
KEEPS_UP = 0.5


class AlertState(msgspec.Struct, frozen=True, array_like=True):
    """What is going on in a series. Times are minutes since 1970.

    Attributes:
        pending_since: when the score passed the threshold; None where it is not over it, or fires.
        fired: when the alert began; None where none is on.
        last_over: when the score was last high enough to keep the alert up.
        quiet_until: nothing fires again before, unless it is more severe; None where no alert has resolved lately.
        rank: severity rank of the alert that is or was on, the highest so far; 0 is the mildest.
    """

    pending_since: int | None = None
    fired: int | None = None
    last_over: int = 0
    quiet_until: int | None = None
    rank: int = 0


class Assessment(msgspec.Struct, frozen=True):
    """A series at one minute.

    Attributes:
        minute: since 1970.
        score: -log10 of the chance of what came.
        threshold: the score from which on an alert fires.
        doubt: what speaks against firing whatever the score, or None.
        muted: whether the rule keeps quiet at this time.
        fresh: whether something came lately that speaks for the alert.
        told: whether what would fire was told of by an alert that is over; see :mod:`stream.pipeline.rules.told`.
    """

    minute: int
    score: float
    threshold: float
    doubt: Reason | None = None
    muted: bool = False
    fresh: bool = True
    told: bool = False


def next_state(rule: Rule, before: AlertState | None, now: Assessment) -> tuple[Reason, AlertState | None]:
    """Return what is decided at one minute and what is going on after it.

    Args:
        rule: how long an alert is pending, kept up and cooled down, and its severities.
        before: what was going on up to this minute; None: nothing.
        now: the series at this minute.

    Returns:
        The reason of the decision, and what is going on afterwards; None: nothing.

    >>> state, rule = None, Rule(pending=1, keep_firing=2)
    >>> for minute, score in enumerate([6.0, 6.0, 9.0, 4.0, 1.0, 1.0, 6.0]):
    ...     reason, state = next_state(rule, state, Assessment(minute, score, threshold=5.0))
    ...     print(score, reason)
    6.0 pending
    6.0 firing
    9.0 severity rose
    4.0 keep firing
    1.0 resolving
    1.0 resolved
    6.0 cooling down
    """
    if before is not None and before.fired is not None:
        return _while_firing(rule, before, before.fired, now)
    quiet = before is not None and before.quiet_until is not None and now.minute < before.quiet_until
    cooling = before if quiet else None
    if (against := _against_firing(now)) is not None:
        return against, cooling and msgspec.structs.replace(cooling, pending_since=None)
    rank = rule.rank(now.score, now.threshold)
    if cooling is not None and rank <= cooling.rank:
        return Reason.COOLING_DOWN, cooling
    since = now.minute if before is None or before.pending_since is None else before.pending_since
    if now.minute - since < rule.pending:
        return Reason.PENDING, msgspec.structs.replace(cooling or AlertState(), pending_since=since)
    if now.told:
        waited = msgspec.structs.replace(cooling or AlertState(), pending_since=since)
        return Reason.TOLD, waited if rule.pending else cooling
    return Reason.FIRING, AlertState(fired=now.minute, last_over=now.minute, rank=rank)


def max_life(rule: Rule) -> int:
    """Return the minutes after which an alert that is still on is accepted as the new normal."""
    # The longest window remembers an event that is over: so long an alert may outlive it.
    return rule.accept + max(rule.detector.windows)


def _against_firing(now: Assessment) -> Reason | None:
    if now.doubt is not None or now.score < now.threshold:
        return now.doubt or Reason.EXPECTED
    return Reason.MUTED if now.muted else None


def _while_firing(rule: Rule, before: AlertState, fired: int, now: Assessment) -> tuple[Reason, AlertState | None]:
    if now.minute - fired >= max_life(rule):
        return Reason.ACCEPTED, _cool_down(rule, before, now)
    if now.fresh and now.score >= now.threshold * KEEPS_UP:
        rank = rule.rank(now.score, now.threshold)
        reason = Reason.ESCALATED if rank > before.rank else Reason.KEEP_FIRING
        return reason, msgspec.structs.replace(before, last_over=now.minute, rank=max(rank, before.rank))
    if now.minute - before.last_over < rule.keep_firing:
        return Reason.RESOLVING, before
    return Reason.RESOLVED, _cool_down(rule, before, now)


def _cool_down(rule: Rule, before: AlertState, now: Assessment) -> AlertState | None:
    return AlertState(quiet_until=now.minute + rule.cooldown, rank=before.rank) if rule.cooldown else None
