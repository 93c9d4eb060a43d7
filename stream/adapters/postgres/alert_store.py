"""Alerts and the detector's state in Postgres, written together or not at all."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from stream.adapters.postgres.alert_rows import (
    alert_of,
    delivery_state_of,
    record_row,
    transition_of,
)
from stream.adapters.postgres.board import concerned_by, load_board, lock_alerts, unresolved, write_plan
from stream.adapters.postgres.document_rows import storable_change, with_documents
from stream.adapters.postgres.earlier import earlier
from stream.adapters.postgres.engine import storable, store_errors
from stream.adapters.postgres.rule_states import RuleStates
from stream.adapters.postgres.tables import (
    alert_evidence,
    alert_records,
    alert_transitions,
    alerts,
    deliveries,
    detector_state,
    series_state,
)
from stream.adapters.postgres.tick_writes import prepare_tick
from stream.pipeline.notify import Alert, AlertStory, Change, ReplayRecord, RuleTick, Status, Tick
from stream.pipeline.notify.ports import changes_together
from stream.pipeline.rules import Decision, RuleState
from stream.pipeline.windows.earlier import Earlier


class PostgresAlertStore:
    """The port :class:`stream.pipeline.notify.AlertStore`. The caller disposes of the engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._states = RuleStates()

    async def load(self, rule: str, known: tuple[int, RuleState] | None = None) -> tuple[int, RuleState | None]:
        """Return the version of the state of ``rule`` and the state; version 0 and None where there is none.

        Raises:
            StoreError: the store did not answer, or holds a state that cannot be read.
        """
        with store_errors("return the detector's state"):
            async with self._engine.connect() as connection:
                # One snapshot for the state and what changed since.
                await connection.execution_options(isolation_level="REPEATABLE READ")
                return await self._states.load(connection, rule, known)

    async def last_evaluated_minute(self) -> int:
        """Return the furthest minute that any rule was decided on; 0 where there is none.

        Raises:
            StoreError: the store did not answer.
        """
        with store_errors("return how far the detector is"):
            async with self._engine.connect() as connection:
                return int(await connection.scalar(select(func.max(detector_state.c.evaluated))) or 0)

    async def replay_record(self, alert_id: str) -> ReplayRecord | None:
        """Return what a replay of an alert needs, or None when nothing was recorded.

        Raises:
            StoreError: the store did not answer.
        """
        query = select(alert_records).where(alert_records.c.alert_id == storable(alert_id))
        with store_errors("return the record of an alert"):
            async with self._engine.connect() as connection:
                row = (await connection.execute(query)).one_or_none()
        return None if row is None else ReplayRecord(row.rule_hash, row.artifact_hash, row.record)

    async def earlier(self, series: str, first: int) -> Earlier | None:
        """Return what was written of a series before the minute ``first``; see the port.

        Raises:
            StoreError: the store did not answer.
        """
        with store_errors("return what was written before"):
            async with self._engine.connect() as connection:
                return await earlier(connection, storable(series), first)

    async def commit(self, rule: str, version: int, tick: Tick) -> bool:
        """Write a tick in one transaction, or nothing when the version has moved on; see the port.

        A change that is recorded already is not recorded, and not sent, again.

        Raises:
            StoreError: the store did not answer, or refused a second open alert of one rule and series.
        """
        return await self.commit_together([RuleTick(rule, version, tick)])

    async def commit_together(self, ticks: Sequence[RuleTick]) -> bool:
        """Write the ticks of several rules in one transaction, or nothing when one version has moved on; see the port.

        Raises:
            StoreError: as :meth:`commit`.
        """
        # By name, so that two workers never wait for each other in a circle.
        writes = [await prepare_tick(self._states, one) for one in sorted(ticks, key=lambda one: one.rule)]
        with store_errors("commit a tick"):
            async with self._engine.connect() as connection:
                # First, for its lock makes others wait here before they write anything.
                for write in writes:
                    if not await self._states.write(connection, write.rule, write.version, write.state):
                        await connection.rollback()
                        return False
                if changes := changes_together(ticks):
                    await _write_changes(connection, changes, ticks[0].tick)
                for write in writes:
                    await write.write_decisions(connection)
                await connection.commit()
        for write in writes:
            self._states.committed(write.rule, write.state)
        return True

    async def alerts(self, status: Status | None, limit: int) -> list[Alert]:
        """Return the latest alerts, newest first.

        Raises:
            StoreError: the store did not answer.
        """
        query = select(alerts).order_by(alerts.c.fired_at.desc(), alerts.c.id).limit(limit)
        if status is not None:
            query = query.where(alerts.c.status == status.value)
        with store_errors("return the alerts"):
            async with self._engine.connect() as connection:
                return [alert_of(row) for row in await connection.execute(query)]

    async def open_alerts(self) -> list[Alert]:
        """Return every alert that is not resolved, newest first, as of one moment.

        Raises:
            StoreError: the store did not answer.
        """
        query = select(alerts).where(unresolved()).order_by(alerts.c.fired_at.desc(), alerts.c.id)
        with store_errors("return the open alerts"):
            async with self._engine.connect() as connection:
                return [alert_of(row) for row in await connection.execute(query)]

    async def ids_with_prefix(self, text: str, limit: int) -> list[str]:
        """Return the ids that begin with ``text``, up to ``limit`` of them.

        Raises:
            StoreError: the store did not answer.
        """
        query = select(alerts.c.id).where(alerts.c.id.startswith(storable(text), autoescape=True)).limit(limit)
        with store_errors("look an alert up"):
            async with self._engine.connect() as connection:
                return list(await connection.scalars(query))

    async def story(self, alert_id: str) -> AlertStory | None:
        """Return all about one alert, or None when there is no such alert.

        Raises:
            StoreError: the store did not answer.
        """
        with store_errors("return an alert"):
            async with self._engine.connect() as connection:
                # One snapshot for all four queries.
                await connection.execution_options(isolation_level="REPEATABLE READ")
                return await _story(connection, storable(alert_id))

    async def latest_decisions(self) -> dict[tuple[str, str], Decision]:
        """Return the latest decision of every rule on every series, by both.

        Raises:
            StoreError: the store did not answer.
        """
        query = select(series_state.c.rule, series_state.c.series, series_state.c.decision)
        with store_errors("return the latest decisions"):
            async with self._engine.connect() as connection:
                rows = (await connection.execute(query)).all()
        return {(row.rule, row.series): msgspec.convert(row.decision, Decision) for row in rows}


async def _write_changes(connection: AsyncConnection, made: Sequence[Change], tick: Tick) -> None:
    """Write what follows from the changes ``made``, to the receivers and at the wall clock of ``tick``."""
    changes = [storable_change(change) for change in made]
    await lock_alerts(connection)
    board = await load_board(connection, concerned_by(changes, tick.receivers), tick.receivers, tick.now)
    plan = board.apply(changes)
    await write_plan(connection, plan, tick.now)
    records = [record_row(change) for change in plan.new_changes if change.record and change.status is Status.FIRING]
    if records:
        await connection.execute(insert(alert_records).on_conflict_do_nothing(), records)


async def _story(connection: AsyncConnection, alert_id: str) -> AlertStory | None:
    row = (await connection.execute(select(alerts).where(alerts.c.id == alert_id))).one_or_none()
    if row is None:
        return None
    steps, documents = [
        (await connection.execute(select(table).where(table.c.alert_id == alert_id).order_by(*order))).all()
        for table, order in (
            (alert_transitions, (alert_transitions.c.recorded_at, alert_transitions.c.at, alert_transitions.c.step)),
            (alert_evidence, (alert_evidence.c.position,)),
        )
    ]
    sent, members = [
        (await connection.execute(select(table).where(table.c.group_id == row.group_id).order_by(table.c.id))).all()
        for table in (deliveries, alerts)
    ]
    alert, evidence = with_documents(alert_of(row), documents)
    return AlertStory(
        alert,
        tuple(map(transition_of, steps)),
        evidence,
        tuple(map(delivery_state_of, sent)),
        tuple(alert_of(member) for member in members if member.id != row.id),
    )
