"""``bellwether bench detect``: does the budget of false alarms hold, and what is found within it?"""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec
import numpy as np

from stream.bench.simulation import Event, Scenario, Simulation, rhythm
from stream.pipeline.detect import CELL, Baselines
from stream.pipeline.rules import Decision, Reason, Rule, advance, begin
from stream.pipeline.units import DAY, HOUR

FOUND_WITHIN = HOUR
BELONGS = 2 * HOUR  # an alert so long after the end of an event still belongs to it
NEGATIVES_A_CELL = 1.0  # with fewer usual negatives per five minutes, a changed share cannot be seen


class Cell(msgspec.Struct, frozen=True):
    """One scenario and budget. ``alarms`` and ``budget`` are false alarms a month of all series of one stream.

    ``found`` is the part of the events with an alert within an hour; of neutral ones that should be none. ``coverage``
    is how often a count lay inside its expected interval, which is meant to hold 95 %.
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
    """Yield what is measured, with the budget."""
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


def measure(scenario: Scenario, budget: float) -> Cell:
    """Run a scenario through the detector, as it runs live, and compare with what happened."""
    began = time.monotonic()
    simulation = Simulation(scenario)
    rule = Rule(budget=budget * scenario.streams)
    state = begin(rule, 0, names=simulation.names)
    changes: list[Decision] = []
    for counts in simulation.days():
        outcome = advance(rule, state, counts, counts.last, keep=False)
        state = outcome.state
        changes += outcome.changes
    fired = [change for change in changes if change.reason is Reason.FIRING]
    return _cell(simulation, budget, fired, state.baselines, time.monotonic() - began)


def _cell(simulation: Simulation, budget: float, fired: list[Decision], baselines: Baselines, seconds: float) -> Cell:
    scenario = simulation.scenario
    rows = {name: row for row, name in enumerate(simulation.names)}
    alerts = [(rows[item.observation.series], item.observation.minute) for item in fired]
    near = [event for event in simulation.events if event.start >= simulation.judged - DAY]
    false = sum(at > simulation.judged and not _belongs(near, row, at) for row, at in alerts)
    judged = [event for event in simulation.events if event.start >= simulation.judged and _counts(simulation, event)]
    delays = [delay for event in judged if (delay := _delay(event, alerts)) is not None]
    months = scenario.streams * scenario.days[1] / 30
    return Cell(
        noise="one-hour memory" if scenario.memory else "independent",
        events=scenario.kind,
        surges_in_history=scenario.surges[0],
        budget=budget,
        months=round(months),
        alarms=round(false / months, 2),
        ratio=round(false / months / budget, 2),
        found=round(len(delays) / len(judged), 4) if judged else None,
        delay_minutes=round(float(np.mean(delays)), 1) if delays else None,
        delay_p90=round(float(np.quantile(delays, 0.9)), 1) if delays else None,
        happened=len(judged),
        coverage=round(float(baselines.interval_hits.sum() / max(baselines.interval_trials.sum(), 1.0)), 4),
        threshold=round(float(baselines.threshold.mean()), 2),
        seconds=round(seconds, 1),
    )


def _belongs(events: list[Event], row: int, at: int) -> bool:
    return any(event.row == row and event.start < at <= event.start + event.length + BELONGS for event in events)


def _delay(event: Event, alerts: list[tuple[int, int]]) -> int | None:
    """Return minutes from the beginning of ``event`` to its alert; None when there was none within an hour."""
    found = [at - event.start for row, at in alerts if row == event.row and 0 < at - event.start <= FOUND_WITHIN]
    return min(found, default=None)


def _counts(simulation: Simulation, event: Event) -> bool:
    """Whether ``event`` can be found at all: a changed share shows only where there are negatives at that time."""
    usual = simulation.rates[event.row] * simulation.shares[event.row] * CELL * rhythm(event.start)
    return simulation.scenario.kind != "share" or bool(usual >= NEGATIVES_A_CELL)
