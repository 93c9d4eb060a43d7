"""The file of rules, as people write it, and the rules that follow; :mod:`stream.adapters.files.rules` reads it."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from stream.errors import Place, PlaceError, SettingsError
from stream.pipeline.detect.hours import zone
from stream.pipeline.detect.spec import CELL, DetectorSpec, Kind
from stream.pipeline.rules.parted import parted
from stream.pipeline.rules.rule import Mute, Rule, Severity
from stream.pipeline.units import DAY, HOUR, Duration, Name, whole_minutes

PATTERNS = "A series, or a pattern: topic:*, entry:Bank*, group:*; or watchlist:all."
Glob = Annotated[str, Meta(min_length=1, max_length=300, description=PATTERNS)]
Budget = Annotated[float, Meta(ge=1e-6, le=1000, description="False alarms a month, over all series together.")]
TimeZone = Annotated[str, Meta(max_length=60, description="Of the IANA database: Europe/Zurich.")]
Clock = Annotated[
    str,
    Meta(pattern="^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", description="A time of day: 22:00. 24:00 ends it."),
]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# What a sensitivity stands for, in false alarms a month.
SENSITIVITIES = {"low": 1.0, "medium": 3.0, "high": 10.0}
# What a rule looks back on is kept in memory: half a gigabyte for 10,000 series where a week stands beside 5 minutes.
MAX_WINDOW = 7 * DAY
# Long windows change slowly, and are decided on less often, which saves memory and time: at least so many times while
# they last, so that an alert is late by a hundredth of its window. The times divide a day.
LOOKS = 96
EVERY = (1, 5, 15, 30, HOUR)
# What lies beside the zones of the database: the machine's own clock, and zones that count leap seconds.
_NO_PLACES = {"localtime", "posixrules", "Factory"}
_NO_PLACES_UNDER = ("right/",)


class MuteSpec(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"first": "from", "last": "to"},
):
    """Hours in which nothing fires; an alert that fires goes on.

    ``from`` and ``to`` are all day if left out, so ``days: [sat, sun]`` alone mutes the weekend. ``days`` are those on
    which the hours begin. Without a ``time_zone`` of its own it has that of its rule, or of the file.
    """

    first: Clock = "00:00"
    last: Clock = "24:00"
    days: Annotated[tuple[Day, ...], Meta(min_length=1, max_length=7)] = WEEK
    time_zone: TimeZone | None = None


class SeveritySpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step of the ladder, from a score of the threshold plus ``above`` on; one more is ten times less likely.

    Any name will do. To compare those of different rules, info, warning and critical have their order, other names lie
    where the ladder has them, and the top of a ladder of several steps counts as critical at least.
    """

    name: Name
    above: Annotated[float, Meta(ge=0, le=100)] = 0.0


class RuleSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule. What is left out has the default of its kind.

    Attributes:
        kind: negative (a surge of negative text), volume (of any text), drift (the mean sentiment falls over days).
        without: series that it leaves out.
        false_alarms_per_month: its own budget; else it shares that of the file.
        sensitivity: instead of a budget: low, medium, high are 1, 3, 10 false alarms a month.
        minimum_support: independent negatives in the window (documents, for the kind volume) below which nothing fires.
        accept_after: what lasts so long is the new normal.
        warm_up: of its own past that a series needs.
        time_zone: hours of the day and weekends, by which the usual differs, are those of its clocks.
    """

    name: Name
    kind: Kind = Kind.NEGATIVE
    series: Annotated[tuple[Glob, ...], Meta(min_length=1, max_length=1000)] = ("*",)
    without: Annotated[tuple[Glob, ...], Meta(max_length=1000)] = ()
    windows: Annotated[tuple[Duration, ...], Meta(min_length=1, max_length=4)] | None = None
    false_alarms_per_month: Budget | None = None
    sensitivity: Literal["low", "medium", "high"] | None = None
    minimum_support: Annotated[float, Meta(ge=1, le=1e6)] | None = None
    severity: Annotated[tuple[SeveritySpec, ...], Meta(min_length=1, max_length=10)] | None = None
    pending: Duration | None = None
    keep_firing_for: Duration | None = None
    cooldown: Duration | None = None
    accept_after: Duration | None = None
    warm_up: Duration | None = None
    time_zone: TimeZone | None = None
    mute: Annotated[tuple[MuteSpec, ...], Meta(max_length=100)] = ()


class BookSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file. An empty one watches every topic and entry for surges of negative text.

    Attributes:
        false_alarms_per_month: over all series of all rules that have no budget of their own.
        time_zone: of every rule and mute that has none of its own.
        mute: for every rule.
    """

    false_alarms_per_month: Budget = 3.0
    time_zone: TimeZone = "UTC"
    mute: Annotated[tuple[MuteSpec, ...], Meta(max_length=100)] = ()
    rules: Annotated[tuple[RuleSpec, ...], Meta(min_length=1, max_length=100)] = (RuleSpec(name="negative-surge"),)


def rules_of(spec: BookSpec) -> tuple[Rule, ...]:
    """Return the rules that a file stands for.

    Raises:
        PlaceError: it says something that cannot be, such as two rules of one name.
    """
    _known_zone(spec.time_zone, ("time_zone",))
    everywhere = tuple(_mute(mute, spec.time_zone, ("mute", number)) for number, mute in enumerate(spec.mute))
    sharing = sum(rule.false_alarms_per_month is None and rule.sensitivity is None for rule in spec.rules)
    names: set[str] = set()
    rules = []
    for number, rule in enumerate(spec.rules):
        place: Place = ("rules", number)
        if rule.name in names:
            raise PlaceError((*place, "name"), f"a rule '{rule.name}' stands further up")
        names.add(rule.name)
        one = msgspec.structs.replace(rule, time_zone=rule.time_zone or spec.time_zone)
        full = _rule(one, spec.false_alarms_per_month / max(sharing, 1), everywhere, place)
        rules += [full] if rule.windows is not None or rule.kind is not Kind.NEGATIVE else parted(full, _given(one))
    return tuple(rules)


def _rule(spec: RuleSpec, share: float, everywhere: tuple[Mute, ...], place: Place) -> Rule:
    if spec.false_alarms_per_month is not None and spec.sensitivity is not None:
        raise PlaceError((*place, "sensitivity"), "a rule has a budget or a sensitivity, not both")
    budget = SENSITIVITIES[spec.sensitivity] if spec.sensitivity else spec.false_alarms_per_month or share
    given = {name: _minutes(spec, written, place) for written, name in _LIFE_NAMES.items()}
    defaults = _LIVES[spec.kind] | {name: minutes for name, minutes in given.items() if minutes is not None}
    if spec.severity is not None:
        defaults["severities"] = _ladder(spec.severity, place)
    detector = _detector(spec, place)
    hours = detector.time_zone
    mutes = (*everywhere, *(_mute(mute, hours, (*place, "mute", number)) for number, mute in enumerate(spec.mute)))
    return Rule(
        name=spec.name,
        detector=detector,
        series=spec.series,
        without=spec.without,
        budget=budget,
        mutes=mutes,
        **defaults,
    )


def _given(spec: RuleSpec) -> set[str]:
    """Return what a rule says of what is otherwise another value where series are sparse."""
    names = _LIFE_NAMES | {"minimum_support": "support"}
    return {name for written, name in names.items() if getattr(spec, written) is not None}


def _minutes(spec: RuleSpec, name: str, place: Place) -> int | None:
    text: str | None = getattr(spec, name)
    return None if text is None else _whole_minutes(text, (*place, name))


def _whole_minutes(text: str, place: Place) -> int:
    try:
        return whole_minutes(text)
    except SettingsError as error:
        raise PlaceError(place, str(error)) from None


# Of an alert's life: as it is written, and as a rule has it.
_LIFE_NAMES = {"keep_firing_for": "keep_firing", "cooldown": "cooldown", "accept_after": "accept", "pending": "pending"}
# In minutes. An alert of a drift is about days, and lives longer.
_LIVES: dict[Kind, dict[str, Any]] = {
    Kind.NEGATIVE: {},
    Kind.VOLUME: {},
    Kind.DRIFT: {"keep_firing": 6 * HOUR, "cooldown": DAY, "accept": 14 * DAY},
}
# By volume a series is busy when twenty have written, not eight. A drift is about days: its window is one, what it is
# held against are weeks, and it needs some thirty documents for a mean to be worth anything.
_DETECTORS = {
    Kind.NEGATIVE: DetectorSpec(),
    Kind.VOLUME: DetectorSpec(kind=Kind.VOLUME, support=20.0),
    Kind.DRIFT: DetectorSpec(
        kind=Kind.DRIFT, windows=(DAY,), every=HOUR, warm_up=5 * DAY, support=30.0, level=7 * DAY, share=14 * DAY
    ),
}


def _detector(spec: RuleSpec, place: Place) -> DetectorSpec:
    changes: dict[str, Any] = {}
    if spec.windows is not None:
        windows = [_whole_minutes(text, (*place, "windows", number)) for number, text in enumerate(spec.windows)]
        for number, window in enumerate(windows):
            if not CELL <= window <= MAX_WINDOW:
                raise PlaceError((*place, "windows", number), f"a window has 5m to 7d, not {spec.windows[number]}")
        changes["windows"] = tuple(sorted(set(windows)))
        changes["every"] = _every(max(windows))
    if spec.minimum_support is not None:
        changes["support"] = spec.minimum_support
    if (warm_up := _minutes(spec, "warm_up", place)) is not None:
        changes["warm_up"] = warm_up
    if spec.time_zone is not None:
        _known_zone(spec.time_zone, (*place, "time_zone"))
        changes["time_zone"] = spec.time_zone
    return msgspec.structs.replace(_DETECTORS[spec.kind], **changes)


def _every(longest: int) -> int:
    """Return how often a rule is decided on, in minutes: every one where no window is longer than two hours."""
    if longest <= 2 * HOUR:
        return 1
    return max(every for every in EVERY if every * LOOKS <= longest or every == 1)


def _ladder(steps: tuple[SeveritySpec, ...], place: Place) -> tuple[Severity, ...]:
    for number, step in enumerate(steps):
        if number == 0 and step.above != 0:
            raise PlaceError((*place, "severity", 0, "above"), "the mildest severity begins at the threshold: above 0")
        if step.name in (earlier.name for earlier in steps[:number]):
            raise PlaceError((*place, "severity", number, "name"), f"the severity '{step.name}' stands further up")
        if number and step.above <= steps[number - 1].above:
            raise PlaceError((*place, "severity", number, "above"), "each step must lie above the one before it")
    return tuple(Severity(step.name, step.above) for step in steps)


def _mute(spec: MuteSpec, around: str, place: Place) -> Mute:
    time_zone = spec.time_zone or around
    _known_zone(time_zone, (*place, "time_zone"))
    if spec.first in (spec.last, "24:00"):
        problem = f"from {spec.first} to {spec.last} is no time at all; leave both out for all day"
        raise PlaceError((*place, "to"), problem)
    days = tuple(sorted(WEEK.index(day) for day in set(spec.days)))
    return Mute(_minute(spec.first), _minute(spec.last), days, time_zone)


def _known_zone(name: str, place: Place) -> None:
    try:
        if name in _NO_PLACES or name.startswith(_NO_PLACES_UNDER):
            raise ZoneInfoNotFoundError(name)
        zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise PlaceError(place, f"'{name}' is no time zone of the IANA database, such as Europe/Zurich") from None


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * HOUR + int(minutes)
