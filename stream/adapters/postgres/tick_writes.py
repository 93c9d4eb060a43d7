"""What of a tick is written beside its alerts: the state, the latest decisions, and those of the past."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, delete
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.ext.asyncio import AsyncConnection

from stream.adapters.postgres.decision_rows import latest_decision_rows, past_decision_rows
from stream.adapters.postgres.engine import arrays, bulk_insert, replaced
from stream.adapters.postgres.rule_states import RuleStates, StateWrite
from stream.adapters.postgres.tables import series_decisions, series_state
from stream.pipeline.notify import RuleTick

# Rows in one statement, few enough that neither making its arrays nor sending them holds the event loop for long.
BATCH_ROWS = 500
Parameters = dict[str, list[Any]]


def _upsert(table: Table) -> Insert:
    statement = bulk_insert(table)
    key = list(table.primary_key.columns)
    return statement.on_conflict_do_update(index_elements=key, set_=replaced(table, statement))


_PUT_LATEST, _PUT_PAST = _upsert(series_state), _upsert(series_decisions)


@dataclass(frozen=True, slots=True)
class TickWrite:
    """A tick of one rule as it is to be written after ``version``; the parameters are those of whole statements."""

    rule: str
    version: int
    state: StateWrite
    latest: list[Parameters]
    past: list[Parameters]
    forgotten: Sequence[str]

    async def write_decisions(self, connection: AsyncConnection) -> None:
        """Write the rows of decisions."""
        for batch in self.latest:
            await connection.execute(_PUT_LATEST, batch)
        if self.forgotten:
            are_forgotten = series_state.c.series.in_(self.forgotten)
            await connection.execute(delete(series_state).where(series_state.c.rule == self.rule, are_forgotten))
        for batch in self.past:
            await connection.execute(_PUT_PAST, batch)


async def prepare_tick(states: RuleStates, one: RuleTick) -> TickWrite:
    """Return what is to be written; making it takes a thread."""
    state = await states.prepare(one.rule, one.version, one.tick.before, one.tick.state)
    latest, past = await asyncio.to_thread(_batches, one)
    return TickWrite(one.rule, one.version, state, latest, past, one.tick.forgotten)


def _batches(one: RuleTick) -> tuple[list[Parameters], list[Parameters]]:
    """Return the parameters of the statements that write the latest decisions, and those of the past."""
    latest = _in_batches(series_state, list(latest_decision_rows(one.rule, one.tick)))
    return latest, _in_batches(series_decisions, list(past_decision_rows(one.rule, one.tick)))


def _in_batches(table: Table, rows: Sequence[Sequence[Any]]) -> list[Parameters]:
    return [arrays(table, rows[at : at + BATCH_ROWS]) for at in range(0, len(rows), BATCH_ROWS)]
