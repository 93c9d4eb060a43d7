"""What a backtest found, and how `--json` prints it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec

from stream.cli.work.past import Past
from stream.pipeline.backtest import BacktestResult, Difference, DocumentHistory, RaisedAlert
from stream.pipeline.documents.document import EPOCH
from stream.view.backtest.events import Event


@dataclass(frozen=True, slots=True)
class BacktestFound:
    """What there is to tell; ``others`` are the events of the other rules, where there are any."""

    collected: DocumentHistory
    past: Past
    result: BacktestResult
    events: tuple[Event, ...]
    differences: list[Difference] | None = None
    others: int | None = None


def as_json(found: BacktestFound) -> dict[str, Any]:
    """Return all of it, as `--json` prints it."""
    collected, past, result, differences = found.collected, found.past, found.result, found.differences
    return {
        "documents": collected.documents,
        "refused": past.refused.total,
        "not_read": past.unread.total,
        "undated": past.undated.undated,
        "far": len(collected.far),
        "repeated": len(collected.repeated),
        "series": len(collected.members),
        "artifacts": collected.hashes,
        "first": EPOCH + timedelta(minutes=result.first),
        "last": EPOCH + timedelta(minutes=result.last),
        "rules": [{"name": rule.name, "hash": rule.hash} for rule in result.rules],
        "reasons": result.reasons,
        "hearing": [{**msgspec.to_builtins(one), "heard": one.heard} for one in result.hearing],
        "alerts": [_alert(alert) for alert in result.alerts],
        "events": [_event(event) for event in found.events],
        "differences": None if differences is None else [_difference(item) for item in differences],
        "events_of_the_other": found.others,
    }


def _alert(alert: RaisedAlert) -> dict[str, Any]:
    fired = EPOCH + timedelta(minutes=alert.minute)
    resolved = None if alert.resolved is None else EPOCH + timedelta(minutes=alert.resolved)
    return {"series": alert.series, "fired_at": fired, "resolved_at": resolved, **msgspec.to_builtins(alert)}


def _difference(item: Difference) -> dict[str, Any]:
    other = None if item.other is None else _alert(item.other)
    return {"sign": item.sign, "why": item.why, "alert": _alert(item.alert), "other": other}


def _event(event: Event) -> dict[str, Any]:
    """Return an event as JSON; its head and its members are named as they stand in ``alerts``."""
    return {
        "fired_at": EPOCH + timedelta(minutes=event.minute),
        "resolved_at": None if event.resolved is None else EPOCH + timedelta(minutes=event.resolved),
        "severity": event.severity,
        "peak_score": event.peak,
        "threshold": event.threshold,
        "headline": event.headline,
        "receivers": event.receivers,
        "head": _key(event.head),
        "members": [_key(alert) for alert in event.members],
    }


def _key(alert: RaisedAlert) -> dict[str, Any]:
    return {"rule": alert.rule, "series": alert.series, "fired_at": EPOCH + timedelta(minutes=alert.minute)}
