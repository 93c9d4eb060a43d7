"""What is allowed in a file of rules or routes, and hardly meant, is told where the file is checked."""

from time import perf_counter

import pytest

from stream.errors import SettingsError
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.notify.doubts import Known, doubts_of_matchers, doubts_of_routes, doubts_of_rules
from stream.pipeline.notify.matching import parse_matcher
from stream.pipeline.notify.routing import Route
from stream.pipeline.rules import Mute, Rule, Severity

DAYTIME = Mute(6 * 60, 22 * 60)


@pytest.mark.parametrize("mutes", [(Mute(0, 1440),), (DAYTIME, Mute(22 * 60, 6 * 60))])
def test_a_rule_that_is_muted_all_week_is_told_of_once(mutes: tuple[Mute, ...]) -> None:
    rules = [Rule(name=name, mutes=mutes) for name in ("a", "a.slow", "a.sparse")]
    assert doubts_of_rules(rules) == ["rule 'a': it is muted at every minute of the week, so it never fires"]
    assert not doubts_of_rules([Rule(), Rule(mutes=(DAYTIME,)), Rule(mutes=(Mute(0, 1440, (0, 1, 2, 3, 4, 6)),))])


@pytest.mark.parametrize(
    ("mutes", "week"),
    [
        ((Mute(0, 720), Mute(720, 1440, time_zone="Europe/London")), "2027-01-11"),  # an hour of summer is left
        ((Mute(0, 780, time_zone="Europe/London"), Mute(720, 1380)), "2027-07-11"),  # an hour of winter is left
        ((Mute(0, 720, time_zone="Europe/London"), Mute(720, 1380)), ""),
        ((Mute(0, 780, time_zone="Europe/London"), Mute(720, 1440)), "all"),
    ],
)
def test_hours_are_those_of_the_clocks_of_today(mutes: tuple[Mute, ...], week: str) -> None:
    told = doubts_of_rules([Rule(name="a", mutes=mutes)])
    assert len(told) == bool(week)
    assert ("never fires" in "".join(told)) == (week == "all")
    assert week == "all" or week in "".join(told)


@pytest.mark.parametrize("glob", ["Tesla", "enty:Tesla", "Topic:Macro", "Bank*"])
def test_a_series_that_can_never_be_is_told_of(glob: str) -> None:
    """It is allowed: files that were good must stay so."""
    told = doubts_of_rules([Rule(name="a", series=("*Bank*", glob), without=("unread:*",))])
    begins = f"rule 'a': series '{glob}' can never be: one begins with topic:, entry:, group: (or with *)"
    assert [doubt for doubt in told if "never" in doubt] == [f"{begins}, or is watchlist:all"]


def test_a_without_that_can_never_be_is_told_of() -> None:
    told = doubts_of_rules([Rule(name="a", without=("Tesla", "topics:Macro", "unread:*", "entry:Acme"))])
    assert [doubt.split("'")[3] for doubt in told if "can never be" in doubt] == ["Tesla", "topics:Macro"]


@pytest.mark.parametrize(
    ("series", "without", "nothing"),
    [
        (("entry:*",), ("entry:*",), True),
        (("entry:Acme", "entry:B*"), ("*",), True),
        (("entry:*",), ("entry:?", "entry:A*"), False),
        (("entry:*", "topic:*"), ("entry:*",), False),
        (("*",), (), False),
    ],
)
def test_a_rule_that_watches_nothing_is_told_of(
    series: tuple[str, ...], without: tuple[str, ...], nothing: bool
) -> None:
    told = doubts_of_rules([Rule(name="a", series=series, without=without)])
    assert any("'a': it watches nothing" in doubt for doubt in told) is nothing


@pytest.mark.parametrize(
    ("names", "falls"),
    [(("critical", "warning"), True), (("info", "page", "warning"), False), (("critical", "page", "info"), True)],
)
def test_severities_in_the_wrong_order_are_told_of(names: tuple[str, ...], falls: bool) -> None:
    ladder = tuple(Severity(name, float(place)) for place, name in enumerate(names))
    assert any("swap them" in doubt for doubt in doubts_of_rules([Rule(severities=ladder)])) is falls


@pytest.mark.parametrize(
    ("series", "topics"),
    [("topic:Earningz", ["Earningz"]), ("entry:A/topic:Macr?o*", ["Macr?o*"]), ("topic:*", []), ("topic:Macro", [])],
)
def test_topics_that_no_shipped_model_has(series: str, topics: list[str]) -> None:
    doubts = doubts_of_rules([Rule(series=(series,))])
    assert [doubt.partition("'")[2].partition("'")[0] for doubt in doubts] == topics


@pytest.mark.parametrize(
    "text",
    ["severity=Critical", "kind=foo", "kind=~surge|foo", "topic=Earningz", "topic=~Earningz.*", "series=Tesla"],
)
def test_a_condition_that_can_never_hold(text: str) -> None:
    (doubt,) = doubts_of_routes([Route(("mail",), (parse_matcher(text),))])
    assert doubt.startswith("route 1: ")


@pytest.mark.parametrize(
    "text",
    ["severity=page-1", "kind=~vol.*", "topic=", "topic=Macro", "series=entry:Tesla", "severity!=Odd", "entry=X"],
)
def test_others_are_not_told_of(text: str) -> None:
    assert not doubts_of_routes([Route(("mail",), (parse_matcher(text),))])


WATCHED = {
    "Acme": Entry(name="Acme", group="g", by_topic=True),
    "Castermere": Entry(name="Castermere", group="banks"),
    "Dee": Entry(name="Dee", group="h"),
}


@pytest.mark.parametrize(
    "texts",
    [
        ("entry=Castermere", "topic=Macro"),
        ("group=banks", "topic=Macro"),
        ("series=entry:Castermere", "topic=Macro"),
        ("series=topic:Macro", "entry=Castermere"),
        ("severity=warning", "severity=critical"),
        ("topic=Macro", "topic=Earnings"),
        ("entry=Acme", "entry=Dee"),
        ("entry=Acme", "entry!=Acme"),
        ("entry!~.*",),
        ("entry=Acme", "group=h"),
        ("entry=~Cas.*|Dee", "topic=~.+"),
        ("series=entry:Acme/topic:Macro", "topic!=Macro"),
        ("rule=a", "rule!~a.*"),
    ],
)
def test_conditions_that_exclude_each_other(texts: tuple[str, ...]) -> None:
    known = Known(entries=WATCHED)
    (doubt,) = doubts_of_routes([Route(("mail",), tuple(map(parse_matcher, texts)))], known)
    assert doubt.startswith("route 1: no alert can have ")


@pytest.mark.parametrize(
    "texts",
    [
        (),
        ("entry=Acme", "topic=Macro"),
        ("group=g", "topic=~Mac.*"),
        ("group=banks", "entry!~Acme.*"),
        ("group=banks", "entry="),
        ("series=~entry:.*", "topic=Macro"),
        ("severity=~.*", "severity!=critical"),
        ("kind=volume", "rule=quiet", "topic!=Macro", "entry!~Ca.*"),
    ],
)
def test_conditions_that_an_alert_can_meet(texts: tuple[str, ...]) -> None:
    for known in (Known(entries=WATCHED), Known()):
        route = Route(("mail",), tuple(map(parse_matcher, texts)))
        assert not [doubt for doubt in doubts_of_routes([route], known) if "no alert" in doubt]


def test_of_names_that_nobody_knows_nothing_is_said() -> None:
    for texts in (("entry=Castermere", "topic=Macro"), ("entry=~A.*", "entry=~.*B"), ("entry=A", "group=h")):
        assert not doubts_of_routes([Route(("mail",), tuple(map(parse_matcher, texts)))])


def test_series_that_were_decided_on_can_be() -> None:
    known = Known(entries=WATCHED)
    wanted = [parse_matcher("entry=Castermere"), parse_matcher("topic=Macro")]
    for series, count in (("entry:Castermere", 1), ("entry:Castermere/topic:Macro", 0)):
        possible = known.possible_with([("r", series), ("r", "topic:Macro")], [])
        assert len(doubts_of_matchers(wanted, possible)) == count
    possible = Known().possible_with([("r", "group:banks")], [])
    assert not doubts_of_matchers([parse_matcher("series=~group:b.*")], possible)


def test_of_more_alerts_than_can_be_tried_nothing_is_said() -> None:
    known = Known(entries={name: Entry(name=name, by_topic=True) for name in (f"Company {i}" for i in range(20_000))})
    begin = perf_counter()
    assert not doubts_of_matchers([parse_matcher("entry=~C.*"), parse_matcher("series!~.*C.*")], known.possible())
    assert perf_counter() - begin < 4  # 7 s, in which the API answered nobody
    assert doubts_of_matchers([parse_matcher("entry=Company 7"), parse_matcher("group=a")], known.possible())


def test_routes_behind_one_that_takes_everything_and_routes_to_nobody() -> None:
    first, second = doubts_of_routes([Route(("mail",)), Route((), (parse_matcher("severity=info"),))])
    assert first == "route 1 takes every alert, so those after it are never looked at"
    assert second == "route 2 goes to nobody: what it takes is not told"
    assert not doubts_of_routes([Route(("mail",), (), True), Route(("mail",))])


@pytest.mark.parametrize("text", ["severity==critical", "severity!==critical", "severity = = critical"])
def test_an_equals_sign_too_many_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="'=' stands twice"):
        parse_matcher(text)
    assert parse_matcher('entry="=x"').value == "=x"
