"""The detector's state in Postgres: whole now and then, and between these only what each tick changed.

All that is heavy, making bytes of arrays and arrays of bytes, runs in a thread: Kafka's heartbeat needs the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from stream.adapters.postgres.tables import detector_changes, detector_state
from stream.errors import StoreError
from stream.pipeline.rules import RuleState

# The whole is written again when what changed since weighs as much: at most half of what is written is the whole, and
# at most twice of it is read. And after so many ticks, so that few rows are read.
MOST_CHANGES = 240

Known = tuple[int, RuleState]
_FIRST = insert(detector_state).on_conflict_do_nothing().returning(detector_state.c.version)
_OF = detector_state.c.rule == bindparam("of"), detector_state.c.version == bindparam("seen")
_WHOLE = update(detector_state).where(*_OF).returning(detector_state.c.version)
_VERSION = (
    update(detector_state)
    .where(*_OF)
    .values(version=bindparam("next"), evaluated=bindparam("until"))
    .returning(detector_state.c.version)
)


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Of the whole state and of the ``count`` changes since, up to ``version``, in bytes."""

    version: int
    whole: int
    changes: int = 0
    count: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """A state as it is to be written, whole or as what changed; and what then stands in the database."""

    evaluated: int
    content: bytes
    whole: bool
    after: _Sizes


class RuleStates:
    """Reads and writes the states of rules; keeps how much of each is written as changes."""

    def __init__(self) -> None:
        self._sizes: dict[str, _Sizes] = {}

    async def load(self, connection: AsyncConnection, rule: str, known: Known | None) -> tuple[int, RuleState | None]:
        """Return version and state; the transaction must see one snapshot.

        Raises:
            StoreError: what stands there is no state that this release reads.
        """
        version = await connection.scalar(select(detector_state.c.version).where(detector_state.c.rule == rule))
        if version is None:
            return 0, None
        if known is not None and known[0] <= version:
            changes = await _changes(connection, rule, known[0], version)
            if changes is not None:
                self._sizes.pop(rule, None)  # Another worker's: what the whole weighs is not known here.
                return version, await _decoded(rule, known[1], changes)
        content = await connection.scalar(select(detector_state.c.state).where(detector_state.c.rule == rule))
        changes = await _changes(connection, rule, None, version)
        if content is None or changes is None:
            raise StoreError(f"Postgres holds changes of rule '{rule}' that do not lead to version {version}")
        self._sizes[rule] = _Sizes(version, len(content), sum(map(len, changes)), len(changes))
        return version, await _decoded(rule, content, changes)

    async def written(self, rule: str, version: int, before: RuleState | None, state: RuleState) -> Written:
        """Return what is to be written after ``version``, at which the state was ``before`` (None: not known)."""
        return await asyncio.to_thread(self._written, rule, version, before, state)

    def _written(self, rule: str, version: int, before: RuleState | None, state: RuleState) -> Written:
        sizes = self._sizes.get(rule)
        if before is not None and sizes is not None and sizes.version == version and sizes.count < MOST_CHANGES:
            changes = state.changes(before)
            if changes is not None and sizes.changes + len(changes) <= sizes.whole:
                after = _Sizes(version + 1, sizes.whole, sizes.changes + len(changes), sizes.count + 1)
                return Written(state.evaluated, changes, whole=False, after=after)
        content = state.encode()
        return Written(state.evaluated, content, whole=True, after=_Sizes(version + 1, len(content)))

    async def write(self, connection: AsyncConnection, rule: str, version: int, written: Written) -> bool:
        """Take the turn: True for one alone of those who saw ``version``."""
        new = {"version": version + 1, "evaluated": written.evaluated, "state": written.content}
        seen = {"of": rule, "seen": version}
        if version == 0:
            done = await connection.execute(_FIRST, {"rule": rule, **new})
        elif written.whole:
            done = await connection.execute(_WHOLE, {**seen, **new})
        else:
            # The column of the whole state is not touched, so that nothing of it is written again.
            done = await connection.execute(_VERSION, {**seen, "next": version + 1, "until": written.evaluated})
        if done.scalar_one_or_none() is None:
            return False
        if written.whole:
            await connection.execute(delete(detector_changes).where(detector_changes.c.rule == rule))
        else:
            row = {"rule": rule, "version": version + 1, "changes": written.content}
            await connection.execute(insert(detector_changes), row)
        return True

    def committed(self, rule: str, written: Written) -> None:
        """Remember that it stands."""
        self._sizes[rule] = written.after


async def _changes(connection: AsyncConnection, rule: str, after: int | None, until: int) -> list[bytes] | None:
    """Return the changes that lead from version ``after`` (None: from the whole) to ``until``; None: they do not."""
    of = detector_changes.c
    query = select(of.version, of.changes).where(of.rule == rule, of.version <= until).order_by(of.version)
    if after is not None:
        query = query.where(of.version > after)
    rows = (await connection.execute(query)).all()
    begins = until - len(rows) if after is None else after
    if [row.version for row in rows] != list(range(begins + 1, until + 1)):
        return None
    return [row.changes for row in rows]


async def _decoded(rule: str, base: bytes | RuleState, changes: Sequence[bytes]) -> RuleState:
    try:
        return await asyncio.to_thread(_applied, base, changes)
    except ValueError as error:
        raise StoreError(f"Postgres holds a state of rule '{rule}' that cannot be read: {error}") from error


def _applied(base: bytes | RuleState, changes: Sequence[bytes]) -> RuleState:
    state = base if isinstance(base, RuleState) else RuleState.decode(base)
    for content in changes:
        state = state.changed(content)
    return state
