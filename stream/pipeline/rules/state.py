"""All that the detector keeps of one rule from tick to tick, and as bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec
import numpy as np

from stream.pipeline.detect.changes import pack_changes, unpack_changes
from stream.pipeline.detect.spec import DetectorSpec
from stream.pipeline.detect.state import Baselines, inherit, new_baselines, pack, select_rows, unpack
from stream.pipeline.rules.life import AlertState
from stream.pipeline.rules.rule import Rule

# 3: beside the whole state stand changes since then, which a release that wrote 2 would not see.
STATE_VERSION = 3
READ = (2, STATE_VERSION)


class _Stored(msgspec.Struct, array_like=True):
    version: int
    since: int
    evaluated: int
    silent: int
    shape: str
    names: tuple[str, ...]
    incidents: dict[str, AlertState]
    learned: bytes


class _Changes(msgspec.Struct, array_like=True):
    """The rows that came are ``names``; what went on is all there is of ``incidents``."""

    version: int
    evaluated: int
    silent: int
    rows: int
    names: tuple[str, ...]
    incidents: dict[str, AlertState]
    learned: bytes


@dataclass(frozen=True, slots=True, eq=False)
class RuleState:
    """Minutes before ``evaluated`` are done; ``since`` is the first one ever.

    Until ``silent`` the past is only learned from. ``shape`` says what was learned; a rule of another shape cannot go
    on from here. ``names`` are the rows of ``learned``.
    """

    since: int
    evaluated: int
    shape: str
    silent: int = 0
    names: tuple[str, ...] = ()
    incidents: Mapping[str, AlertState] = field(default_factory=dict)
    learned: Baselines = field(default_factory=lambda: new_baselines(DetectorSpec(), 0, 0))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RuleState) and self.encode() == other.encode()

    __hash__ = None  # type: ignore[assignment]

    def encode(self) -> bytes:
        """Return the state as bytes; :meth:`decode` gives it back digit for digit."""
        incidents = dict(sorted(self.incidents.items()))
        packed = pack(self.learned)
        place = self.since, self.evaluated, self.silent, self.shape
        return msgspec.msgpack.encode(_Stored(STATE_VERSION, *place, self.names, incidents, packed))

    @classmethod
    def decode(cls, content: bytes) -> RuleState:
        """Return the state of these bytes.

        Raises:
            ValueError: they are no state, or one of another version.
        """
        try:
            # The version alone first: what follows may look otherwise in another one.
            version = msgspec.msgpack.decode(content, type=list[msgspec.Raw])[0]
            if msgspec.msgpack.decode(version) not in READ:
                raise ValueError(f"version {msgspec.msgpack.decode(version)}, this release reads {STATE_VERSION}")
            kept = msgspec.msgpack.decode(content, type=_Stored)
        except (msgspec.DecodeError, IndexError) as error:
            raise ValueError(f"no detector's state: {error}") from error
        place = kept.since, kept.evaluated, kept.shape, kept.silent
        return cls(*place, kept.names, kept.incidents, unpack(kept.learned))

    def changes(self, before: RuleState) -> bytes | None:
        """Return what makes this state of ``before``, far less than all of it; None where it does not go on from there.

        It does not where series were dropped, or something else is looked for.
        """
        rows = len(before.names)
        if (before.shape, before.since, before.names) != (self.shape, self.since, self.names[:rows]):
            return None
        packed = pack_changes(before.learned, self.learned)
        head = STATE_VERSION, self.evaluated, self.silent, rows
        return msgspec.msgpack.encode(_Changes(*head, self.names[rows:], dict(sorted(self.incidents.items())), packed))

    def changed(self, content: bytes) -> RuleState:
        """Return the state that :meth:`changes` was asked for.

        Raises:
            ValueError: these are no changes of this state.
        """
        try:
            kept = msgspec.msgpack.decode(content, type=_Changes)
        except msgspec.DecodeError as error:
            raise ValueError(f"no changes of a detector's state: {error}") from error
        if (kept.version, kept.rows) != (STATE_VERSION, len(self.names)):
            raise ValueError(f"changes of version {kept.version} to {kept.rows} series, not to {len(self.names)}")
        learned = unpack_changes(self.learned, kept.learned)
        place = self.since, kept.evaluated, self.shape, kept.silent
        return RuleState(*place, (*self.names, *kept.names), kept.incidents, learned)


def shape_of(rule: Rule) -> str:
    """Return what has to be equal for one rule to go on with what another has learned."""
    test = rule.test
    known = f"{test.kind}/{','.join(map(str, test.windows))}/{test.every}/{test.level}/{test.share}"
    # Where nothing is said the hours are UTC, as they were before a rule could say anything.
    return known if test.time_zone == "UTC" else f"{known}/{test.time_zone}"


def begin(rule: Rule, minute: int, silent: int = 0, names: tuple[str, ...] = ()) -> RuleState:
    """Return the state of a stream whose first minute is ``minute``, of which what lies before ``silent`` is past.

    Series that are not among ``names`` begin with their first document.
    """
    nothing = new_baselines(rule.test, 0, minute)
    learned = new_baselines(rule.test, len(names), minute)
    inherit(learned, nothing, len(names), rule.budget)
    return RuleState(minute, minute, shape_of(rule), silent, names, learned=learned)


def resume(state: RuleState, firing: Mapping[str, int]) -> RuleState:
    """Return ``state`` with alerts that are known to fire: series -> the minute each fired."""
    known = {name: AlertState(fired=at, over=at) for name, at in firing.items()}
    return replace(state, incidents={**state.incidents, **known})


def adapt(rule: Rule, state: RuleState, first: int) -> RuleState:
    """Return what ``state`` is worth to ``rule``, which may have changed since it was stored.

    Series that are not watched any more are dropped. A rule that looks for something else learns anew from the minutes
    since ``first``, silently until where it stood.
    """
    # The ladder may have become shorter.
    top = len(rule.severities) - 1
    incidents = {
        name: msgspec.structs.replace(kept, rank=min(kept.rank, top))
        for name, kept in state.incidents.items()
        if rule.watches(name)
    }
    if state.shape != shape_of(rule):
        silent = max(state.evaluated, state.silent)
        firing = {name: kept for name, kept in incidents.items() if kept.fired is not None}
        return replace(begin(rule, min(first, state.evaluated), silent), incidents=firing)
    rows = [row for row, name in enumerate(state.names) if rule.watches(name)]
    if len(rows) == len(state.names):
        return state if incidents == state.incidents else replace(state, incidents=incidents)
    names = tuple(state.names[row] for row in rows)
    return replace(
        state, names=names, incidents=incidents, learned=select_rows(state.learned, np.array(rows, np.int64))
    )
