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

# The whole state is written again when the changes since weigh as much: so at most half of what is written is the
# whole, and at most twice its size is read. And after so many changes, so that a start reads few rows: with one for
# each closed minute, that is every four hours.
MAX_CHANGES = 240

Known = tuple[int, RuleState]
_INSERT = insert(detector_state).on_conflict_do_nothing().returning(detector_state.c.version)
_UNCHANGED = detector_state.c.rule == bindparam("of"), detector_state.c.version == bindparam("expected")
_UPDATE_WHOLE = update(detector_state).where(*_UNCHANGED).returning(detector_state.c.version)
_UPDATE_VERSION = (
    update(detector_state)
    .where(*_UNCHANGED)
    .values(version=bindparam("next"), evaluated=bindparam("until"))
    .returning(detector_state.c.version)
)


@dataclass(frozen=True, slots=True)
class _Sizes:
    """What stands in the database at ``version``, in bytes: the whole state, and the ``count`` changes since."""

    version: int
    whole: int
    changes: int = 0
    count: int = 0


@dataclass(frozen=True, slots=True)
class StateWrite:
    """A state as it is to be written.

    Attributes:
        evaluated: the minute up to which the rule was decided on.
        content: the encoded state where ``whole``, else what changed.
        sizes: what stands in the database once it is written.
    """

    evaluated: int
    content: bytes
    whole: bool
    sizes: _Sizes


class RuleStates:
    """Reads and writes the states of rules; remembers how much of each stands in the database as changes."""

    def __init__(self) -> None:
        self._sizes: dict[str, _Sizes] = {}

    async def load(self, connection: AsyncConnection, rule: str, known: Known | None) -> tuple[int, RuleState | None]:
        """Return version and state, 0 and None where there is none; the transaction must see one snapshot.

        Args:
            known: a version and state that were loaded before: if nothing but changes followed, only these are read.

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

    async def prepare(self, rule: str, version: int, before: RuleState | None, state: RuleState) -> StateWrite:
        """Return what is to be written after ``version``, at which the state was ``before`` (None: not known)."""
        return await asyncio.to_thread(self._prepare, rule, version, before, state)

    def _prepare(self, rule: str, version: int, before: RuleState | None, state: RuleState) -> StateWrite:
        sizes = self._sizes.get(rule)
        if before is not None and sizes is not None and sizes.version == version and sizes.count < MAX_CHANGES:
            changes = state.changes_since(before)
            if changes is not None and sizes.changes + len(changes) <= sizes.whole:
                after = _Sizes(version + 1, sizes.whole, sizes.changes + len(changes), sizes.count + 1)
                return StateWrite(state.evaluated, changes, whole=False, sizes=after)
        content = state.encode()
        return StateWrite(state.evaluated, content, whole=True, sizes=_Sizes(version + 1, len(content)))

    async def write(self, connection: AsyncConnection, rule: str, version: int, write: StateWrite) -> bool:
        """Write, and say whether it was: of those who loaded ``version``, only one may write the next."""
        new = {"version": version + 1, "evaluated": write.evaluated, "state": write.content}
        unchanged = {"of": rule, "expected": version}
        if version == 0:
            done = await connection.execute(_INSERT, {"rule": rule, **new})
        elif write.whole:
            done = await connection.execute(_UPDATE_WHOLE, {**unchanged, **new})
        else:
            # The column of the whole state is not touched, so that nothing of it is written again.
            done = await connection.execute(
                _UPDATE_VERSION, {**unchanged, "next": version + 1, "until": write.evaluated}
            )
        if done.scalar_one_or_none() is None:
            return False
        if write.whole:
            await connection.execute(delete(detector_changes).where(detector_changes.c.rule == rule))
        else:
            change = {"rule": rule, "version": version + 1, "changes": write.content}
            await connection.execute(insert(detector_changes), change)
        return True

    def committed(self, rule: str, write: StateWrite) -> None:
        """Remember what the database holds, now that the transaction is committed."""
        self._sizes[rule] = write.sizes


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
        state = state.apply_changes(content)
    return state
