"""All that the detector keeps of one rule from tick to tick, and as bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.changes import pack_changes, unpack_changes
from stream.pipeline.detect.packed import pack, unpack
from stream.pipeline.detect.spec import DetectorSpec
from stream.pipeline.detect.state import Baselines, inherit, new_baselines, select_rows
from stream.pipeline.rules.life import AlertState
from stream.pipeline.rules.rule import Rule

# 3: beside the whole state stand changes since then, which a release that wrote 2 would not see.
STATE_VERSION = 3
READ = (2, STATE_VERSION)
Span = tuple[int, int]  # minutes, the second exclusive


class _Stored(msgspec.Struct, array_like=True):
    version: int
    since: int
    evaluated: int
    silent_until: int
    shape: str
    names: tuple[str, ...]
    alert_states: dict[str, AlertState]
    baselines: bytes


class _Changes(msgspec.Struct, array_like=True):
    """The rows that came are ``names``; what went on is all there is of ``alert_states``."""

    version: int
    evaluated: int
    silent_until: int
    rows: int
    names: tuple[str, ...]
    alert_states: dict[str, AlertState]
    baselines: bytes


@dataclass(frozen=True, slots=True, eq=False)
class RuleState:
    """What a rule knows after the minutes before ``evaluated``.

    Attributes:
        since: the first minute ever.
        evaluated: the first minute that is not decided on yet.
        shape: what was learned, as of :func:`shape_of`; a rule of another shape cannot go on from here.
        silent_until: the past before this minute is only learned from; nothing fires.
        names: the series, in the order of the rows of ``baselines``.
        alert_states: of the series in which something is going on.
        baselines: what is usual of each series.
        told: by series, spans of minutes in which what would fire was told of before. Not stored: it is asked anew.
        unlisted: series that are learned of and not decided on; see :class:`~stream.pipeline.rules.listed.Listed`. What
            fires there goes on to its end. Not stored either.
    """

    since: int
    evaluated: int
    shape: str
    silent_until: int = 0
    names: tuple[str, ...] = ()
    alert_states: Mapping[str, AlertState] = field(default_factory=dict)
    baselines: Baselines = field(default_factory=lambda: new_baselines(DetectorSpec(), 0, 0))
    told: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    unlisted: frozenset[str] = frozenset()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RuleState) and self.encode() == other.encode()

    __hash__ = None  # type: ignore[assignment]

    def are_listed(self, names: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each series is decided on also where no alert is on."""
        if not self.unlisted:
            return np.ones(len(names), np.bool_)
        return np.array([name not in self.unlisted for name in names], np.bool_)

    def going_on(self) -> dict[str, AlertState]:
        """Return the alert states; of series that are not listed those alone whose alert is on."""
        of_all = self.alert_states.items()
        return {name: one for name, one in of_all if one.fired is not None or name not in self.unlisted}

    def encode(self) -> bytes:
        """Return the state as bytes; :meth:`decode` gives it back digit for digit."""
        alert_states = dict(sorted(self.alert_states.items()))
        packed = pack(self.baselines)
        place = self.since, self.evaluated, self.silent_until, self.shape
        return msgspec.msgpack.encode(_Stored(STATE_VERSION, *place, self.names, alert_states, packed))

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
            stored = msgspec.msgpack.decode(content, type=_Stored)
        except (msgspec.DecodeError, IndexError) as error:
            raise ValueError(f"no detector's state: {error}") from error
        place = stored.since, stored.evaluated, stored.shape, stored.silent_until
        return cls(*place, stored.names, stored.alert_states, unpack(stored.baselines))

    def changes_since(self, before: RuleState) -> bytes | None:
        """Return what makes this state of ``before``, far less than all of it; None where it does not go on from there.

        It does not where series were dropped, or something else is looked for.
        """
        rows = len(before.names)
        if (before.shape, before.since, before.names) != (self.shape, self.since, self.names[:rows]):
            return None
        packed = pack_changes(before.baselines, self.baselines)
        head = STATE_VERSION, self.evaluated, self.silent_until, rows
        return msgspec.msgpack.encode(
            _Changes(*head, self.names[rows:], dict(sorted(self.alert_states.items())), packed)
        )

    def apply_changes(self, content: bytes) -> RuleState:
        """Return the state that :meth:`changes_since` was asked for.

        Raises:
            ValueError: these are no changes of this state.
        """
        try:
            stored = msgspec.msgpack.decode(content, type=_Changes)
        except msgspec.DecodeError as error:
            raise ValueError(f"no changes of a detector's state: {error}") from error
        if (stored.version, stored.rows) != (STATE_VERSION, len(self.names)):
            raise ValueError(f"changes of version {stored.version} to {stored.rows} series, not to {len(self.names)}")
        baselines = unpack_changes(self.baselines, stored.baselines)
        place = self.since, stored.evaluated, self.shape, stored.silent_until
        return RuleState(*place, (*self.names, *stored.names), stored.alert_states, baselines)


def shape_of(rule: Rule) -> str:
    """Return what has to be equal for one rule to go on with what another has learned."""
    detector = rule.detector
    known = f"{detector.kind}/{','.join(map(str, detector.windows))}/{detector.every}/{detector.level}/{detector.share}"
    # Where nothing is said the hours are UTC, as they were before a rule could say anything.
    if detector.sparse:
        known = f"sparse/{known}"
    return known if detector.time_zone == "UTC" else f"{known}/{detector.time_zone}"


def begin(rule: Rule, minute: int, silent_until: int = 0, names: tuple[str, ...] = ()) -> RuleState:
    """Return the state of a stream whose first minute is ``minute``.

    What lies before ``silent_until`` is only learned from. Series that are not among ``names`` begin with their first
    document.
    """
    nothing = new_baselines(rule.detector, 0, minute)
    baselines = new_baselines(rule.detector, len(names), minute)
    inherit(rule.detector, baselines, nothing, len(names), rule.budget)
    return RuleState(minute, minute, shape_of(rule), silent_until, names, baselines=baselines)


def resume(state: RuleState, firing: Mapping[str, int]) -> RuleState:
    """Return ``state`` with alerts that are known to fire: series -> the minute each fired."""
    known = {name: AlertState(fired=at, last_over=at) for name, at in firing.items()}
    return replace(state, alert_states={**state.alert_states, **known})


def adapt(rule: Rule, state: RuleState, first: int) -> RuleState:
    """Return what ``state`` is worth to ``rule``, which may have changed since it was stored.

    Series that are not watched any more are dropped. A rule that looks for something else learns anew from the minutes
    since ``first``, silently until where it stood.
    """
    # The ladder may have become shorter.
    top = len(rule.severities) - 1
    alert_states = {
        name: msgspec.structs.replace(stored, rank=min(stored.rank, top))
        for name, stored in state.alert_states.items()
        if rule.watches(name)
    }
    if state.shape != shape_of(rule):
        silent_until = max(state.evaluated, state.silent_until)
        firing = {name: stored for name, stored in alert_states.items() if stored.fired is not None}
        return replace(begin(rule, min(first, state.evaluated), silent_until), alert_states=firing)
    rows = [row for row, name in enumerate(state.names) if rule.watches(name)]
    if len(rows) == len(state.names):
        return state if alert_states == state.alert_states else replace(state, alert_states=alert_states)
    names = tuple(state.names[row] for row in rows)
    return replace(
        state, names=names, alert_states=alert_states, baselines=select_rows(state.baselines, np.array(rows, np.int64))
    )
