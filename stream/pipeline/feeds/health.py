"""How a source is, look by look, and whether it has been silent for too long against its own rhythm."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import asdict, replace

from stream.errors import FeedError
from stream.pipeline.feeds.ports import Gathered, Health, Position, SourceState
from stream.translation import N_

# A source is silent when nothing new has come for twice its longest pause so far. The pause is known after some
# arrivals; it fades by half in a month, so that a quiet August is forgotten, and a weekend is not. None was tuned.
RHYTHM_AFTER, SILENT_TIMES, SILENT_LEAST = 5, 2.0, timedelta(hours=1)
PAUSE_HALF_LIFE = timedelta(days=30)
GONE = 410
_DAY = timedelta(days=1)


def after_step(health: Health, step: Gathered, new: int, now: datetime) -> Health:
    """Return how a source is after a step of which ``new`` documents were published."""
    failed = step.damage is not None
    health = replace(
        health,
        kind=step.kind or health.kind,
        tried_at=now,
        succeeded_at=health.succeeded_at if failed else now,
        failures=health.failures + 1 if failed else 0,
        error=step.damage,
        looks=health.looks + (not failed),
        unchanged=health.unchanged + step.unchanged,
        documents=health.documents + new,
    )
    return _arrived(health, now) if new else health


def after_failure(health: Health, error: FeedError, now: datetime) -> Health:
    """Return how a source is that could not be read; one that its server calls gone for good is not asked again."""
    said = str(error)
    gone = f"{said}; it is gone for good" if error.status == GONE else health.disabled
    return replace(health, tried_at=now, failures=health.failures + 1, error=said, disabled=gone)


def silent_for(health: Health, now: datetime) -> timedelta | None:
    """Return for how long nothing new has come, where that is too long against the source's own rhythm; else None."""
    if health.new_at is None or health.arrivals < RHYTHM_AFTER:
        return None
    silence = now - health.new_at
    bound = max(SILENT_TIMES * timedelta(seconds=health.longest_gap), SILENT_LEAST)
    return silence if silence > bound else None


def state_of(health: Health, now: datetime) -> str:
    """Return in a word how a source is: waiting (not asked yet), disabled, failing, silent or ok."""
    if health.disabled is not None:
        return N_("disabled")
    if health.failures:
        return N_("failing")
    if health.tried_at is None:
        return N_("waiting")
    return N_("silent") if silent_for(health, now) else N_("ok")


def described(name: str, health: Health, next_at: datetime | None, now: datetime) -> SourceState:
    """Return how a source is, for people and programs that ask."""
    silence = silent_for(health, now)
    return SourceState(
        name=name,
        state=state_of(health, now),
        next_at=next_at,
        silent_seconds=None if silence is None else silence.total_seconds(),
        unchanged_share=health.unchanged / health.looks if health.looks else None,
        **asdict(health),
    )


def asked_in_full(position: Position, health: Health, every: timedelta) -> Position:
    """Return the position to ask from: about once a day without validators.

    Some servers go on saying that nothing has changed when something has.
    """
    looks_a_day = max(1, round(_DAY / every))
    if health.looks == 0 or health.looks % looks_a_day:
        return position
    return replace(position, etag=None, last_modified=None)


def _arrived(health: Health, now: datetime) -> Health:
    if health.new_at is None:  # what was there when we began says nothing of its rhythm
        return replace(health, new_at=now)
    gap = max((now - health.new_at).total_seconds(), 0.0)
    faded = health.longest_gap * 0.5 ** (gap / PAUSE_HALF_LIFE.total_seconds())
    return replace(health, new_at=now, arrivals=health.arrivals + 1, longest_gap=max(gap, faded))
