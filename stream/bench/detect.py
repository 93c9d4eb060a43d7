"""``bellwether bench detect``: does the budget of false alarms hold, and what is found within it?"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec
import numpy as np

from stream.bench.simulation import Event, Scenario, Simulation, rhythm
from stream.pipeline.detect import CELL, Baselines
from stream.pipeline.rules import Decision, Reason, Rule, advance, begin
from stream.pipeline.rules.parted import parted
from stream.pipeline.units import DAY, HOUR

FOUND_WITHIN = HOUR  # an alert later than that after the beginning of an event has not found it
BELONGS = 2 * HOUR  # an alert so long after the end of an event still belongs to it
HOURS_WITHIN, HOURS_BELONGS = 6 * HOUR, DAY  # the same of slow and sparse series, whose events last for three hours
EVENING_RISE = 1.1  # of the logit: 20 % become 43 %
NEGATIVES_A_CELL = 1.0  # with fewer usual negatives per five minutes, a changed share cannot be seen


class Cell(msgspec.Struct, frozen=True):
    """One scenario and budget, measured.

    Attributes:
        budget, alarms: false alarms a month of all series of one stream, wanted and raised; ``ratio`` is the second
            by the first.
        found: part of the events with an alert within an hour; of neutral ones that should be none.
        delay_minutes, delay_p90: from the beginning of those to the alert; mean and 90th percentile.
        happened: events that were judged.
        coverage: how often a count lay inside its expected interval, which is meant to hold 95 %.
        threshold: mean over the series, at the end.
    """

    noise: str
    events: str
    surges_in_history: float
    budget: float
    months: int
    alarms: float
    ratio: float
    found: float | None
    delay_minutes: float | None
    delay_p90: float | None
    happened: int
    coverage: float
    threshold: float
    seconds: float


def scenarios(streams: int, seed: int) -> Iterator[tuple[Scenario, float]]:
    """Yield the scenarios of docs/detection.md, each with its budget of false alarms a month."""
    for memory in (False, True):
        for number, surges in enumerate((0.0, 2.0, 8.0)):
            of = Scenario(streams=streams, memory=memory, surges=(surges, max(surges, 2.0)), seed=seed + number)
            yield of, 3.0
            yield of, 10.0
        yield Scenario(streams=streams, memory=memory, surges=(0.0, 4.0), kind="share", length=60, seed=seed + 10), 3.0
        yield (
            Scenario(streams=streams, memory=memory, surges=(0.0, 4.0), kind="neutral", length=60, seed=seed + 11),
            3.0,
        )
    sparse = Scenario(series=200, surges=(0.0, 0.02), kind="headlines", length=3 * HOUR, pace="sparse", seed=seed + 20)
    yield replace(sparse, streams=max(streams // 5, 1)), 3.0
    slow = Scenario(streams=streams, kind="headlines", length=3 * HOUR, pace="slow", seed=seed + 40)
    for memory in (False, True):
        yield replace(slow, memory=memory), 3.0
    yield replace(slow, kind="neutral", surges=(0.0, 4.0), seed=seed + 41), 3.0
    usual = Scenario(streams=streams, seed=seed + 30)
    yield replace(usual, gap=12 * HOUR), 3.0
    yield replace(usual, evening=EVENING_RISE), 3.0
    yield replace(sparse, streams=max(streams // 5, 1), kind="new", surges=(0.0, 0.1), seed=seed + 31), 3.0


def measure(scenario: Scenario, budget: float) -> Cell:
    """Run a scenario through the detector, as it runs live, and compare its alerts with what happened.

    Args:
        scenario: what is simulated.
        budget: false alarms a month, over all series of one stream.
    """
    began = time.monotonic()
    simulation = Simulation(scenario)
    rules = _rules(scenario, budget * scenario.streams)
    states = [begin(rule, 0, names=simulation.names) for rule in rules]
    changes: list[Decision] = []
    for counts in simulation.days():
        for place, rule in enumerate(rules):
            outcome = advance(rule, states[place], counts, counts.last, keep=False)
            states[place] = outcome.state
            changes += outcome.changes
    alerts = _alerts(simulation, changes)
    false, delays = _false_alarms(simulation, alerts), _delays(simulation, alerts)
    months = scenario.streams * scenario.days[1] / 30
    return Cell(
        noise="one-hour memory" if scenario.memory else "independent",
        events=scenario.label,
        surges_in_history=scenario.surges[0],
        budget=budget,
        months=round(months),
        alarms=round(false / months, 2),
        ratio=round(false / months / budget, 2),
        **_found(delays),
        **_fit(states[-1].baselines),
        seconds=round(time.monotonic() - began, 1),
    )


def _rules(scenario: Scenario, budget: float) -> list[Rule]:
    """Return the tests that are measured: the one that the series are for, of slow ones that of minutes, too."""
    rule = Rule(budget=budget)
    busy, slow, sparse = parted(rule, ())
    return {"busy": [rule], "slow": [busy, slow], "sparse": [sparse]}[scenario.pace]


class _Alert(NamedTuple):
    """A series, by its row, and the minute at which it fired."""

    row: int
    minute: int


def _alerts(simulation: Simulation, changes: Sequence[Decision]) -> list[_Alert]:
    rows = {name: row for row, name in enumerate(simulation.names)}
    fired = [change.observation for change in changes if change.reason is Reason.FIRING]
    return [_Alert(rows[observation.series], observation.minute) for observation in fired]


def _false_alarms(simulation: Simulation, alerts: Sequence[_Alert]) -> int:
    """Count the alerts in the months that are judged that belong to no event."""
    events = [event for event in simulation.events if event.start >= simulation.judged - DAY]
    belongs = BELONGS if simulation.scenario.pace == "busy" else HOURS_BELONGS
    return sum(alert.minute > simulation.judged and not _belongs(events, alert, belongs) for alert in alerts)


def _belongs(events: Sequence[Event], alert: _Alert, belongs: int) -> bool:
    return any(
        event.row == alert.row and event.start < alert.minute <= event.start + event.length + belongs
        for event in events
    )


def _delays(simulation: Simulation, alerts: Sequence[_Alert]) -> list[int | None]:
    """Return, for each event that is judged, the minutes from its beginning to its alert; None: not soon."""
    events = [event for event in simulation.events if event.start >= simulation.judged and _shows(simulation, event)]
    within = FOUND_WITHIN if simulation.scenario.pace == "busy" else HOURS_WITHIN
    return [_delay(event, alerts, within) for event in events]


def _delay(event: Event, alerts: Sequence[_Alert], within: int) -> int | None:
    delays = [alert.minute - event.start for alert in alerts if alert.row == event.row]
    return min((delay for delay in delays if 0 < delay <= within), default=None)


def _shows(simulation: Simulation, event: Event) -> bool:
    """Whether ``event`` can be found at all: a changed share shows only where there are negatives at that time."""
    usual = simulation.rates[event.row] * simulation.shares[event.row] * CELL * rhythm(event.start)
    return simulation.scenario.kind != "share" or bool(usual >= NEGATIVES_A_CELL)


def _found(delays: Sequence[int | None]) -> dict[str, Any]:
    """Return how many events there were, the part of them that was found, and how late: mean and 90th percentile."""
    found = [delay for delay in delays if delay is not None]
    return {
        "happened": len(delays),
        "found": round(len(found) / len(delays), 4) if delays else None,
        "delay_minutes": round(float(np.mean(found)), 1) if found else None,
        "delay_p90": round(float(np.quantile(found, 0.9)), 1) if found else None,
    }


def _fit(baselines: Baselines) -> dict[str, Any]:
    """Return what the detector came to: coverage of its intervals, mean threshold."""
    hits, trials = baselines.interval_hits.sum(), baselines.interval_trials.sum()
    return {
        "coverage": round(float(hits / max(trials, 1.0)), 4),
        "threshold": round(float(baselines.threshold.mean()), 2),
    }
