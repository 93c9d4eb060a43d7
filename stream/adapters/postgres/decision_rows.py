"""Decisions as rows: the latest of every series, and those of the past that dashboards show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from stream.pipeline.detect import Kind
from stream.pipeline.notify import Tick, moment_of


def latest_decision_rows(rule: str, tick: Tick) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of ``series_state``, one per series, in the order of the table's columns."""
    # Everyone writes them sorted by name, so that two writers never wait for each other in a circle.
    for series, decision in sorted(tick.latest.items()):
        observation = decision.observation
        yield (
            rule,
            series,
            moment_of(observation.minute),
            tick.now,
            observation.kind,
            decision.reason.value,
            observation.documents,
            observation.negatives,
            observation.expected_share,
            observation.expected_low,
            observation.expected_high,
            observation.usual_negatives,
            observation.score,
            observation.threshold,
            msgspec.json.encode(decision).decode(),
        )


def past_decision_rows(rule: str, tick: Tick) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of ``series_decisions``, in the order of the table's columns."""
    for decision in sorted(tick.decisions, key=lambda item: (item.observation.series, item.observation.minute)):
        observation = decision.observation
        counts_documents = observation.kind == Kind.VOLUME
        yield (
            rule,
            observation.series,
            moment_of(observation.minute),
            observation.window,
            decision.reason.value,
            observation.documents,
            observation.negatives,
            observation.usual_documents if counts_documents else observation.expected_negatives,
            observation.expected_low,
            observation.expected_high,
            observation.score,
            observation.threshold,
        )
