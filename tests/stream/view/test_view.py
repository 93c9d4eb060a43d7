import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from stream.errors import BrokerError, StoreError
from stream.pipeline.detect import Observation
from stream.pipeline.notify import Alert, AlertStory, DeliveryState, Status, Transition, alert_id, moment_of
from stream.pipeline.notify.retries import EXPIRED, OVER, REPLACED
from stream.pipeline.progress.liveness import Offsets, Partition, Position
from stream.pipeline.progress.watermark import HISTORY, Progress
from stream.pipeline.rules import WARNING, Decision, Reason, RuleState
from stream.pipeline.windows.bucket import Bucket, minute_of
from stream.pipeline.windows.evidence import Evidence
from stream.pipeline.windows.independence import UNIT
from stream.view import AlertRow, SeriesRow, Snapshot, Stores, Watcher, flow, lines, render, sight, sparkline
from stream.view.snapshot import BARS, SPARK_FLOOR, clean, ordered, ordered_alerts
from stream.view.wording import headline
from tests.growth import SQUARE, growth

MARK = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
END = minute_of(MARK)
NOW = MARK + timedelta(seconds=95)
BANKS, OIL = "topic:Financials", "topic:Energy | Oil"


def at(committed: int, lag: int) -> Offsets:
    return Offsets({Partition("t", 0): Position(committed, committed + lag)})


def observation(series: str = BANKS, negatives: int = 23, minute: int = END) -> Observation:
    return Observation(series, minute, 15, 51, negatives, 0.12, 4.0, 9.83)


def row(series: str = BANKS, state: Reason | None = Reason.EXPECTED, negatives: int = 12) -> SeriesRow:
    return SeriesRow(series, 57, 40, negatives, tuple(range(24)), observation(series), state)


def delivery(
    receiver: str, done: bool, error: str | None = None, again: datetime | None = None, kind: str = "firing"
) -> DeliveryState:
    attempts = 2 if error else 0
    return DeliveryState(
        receiver, f"alert.{kind}", f"msg_{kind}", attempts, MARK, MARK if done else None, None if done else again, error
    )


def alert(series: str = BANKS, fired: int = END - 5, resolved: int | None = None) -> Alert:
    status = Status.FIRING if resolved is None else Status.RESOLVED
    ended = None if resolved is None else moment_of(resolved)
    return Alert(alert_id("negative-surge", series, fired), "negative-surge", series, status, moment_of(fired), ended)


def alert_row(*deliveries: DeliveryState, series: str = BANKS, resolved: int | None = None) -> AlertRow:
    return AlertRow(alert(series, resolved=resolved), observation(series), deliveries)


def snapshot(
    *rows: SeriesRow,
    alerts: tuple[AlertRow, ...] = (),
    problems: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
    **more: Any,
) -> Snapshot:
    return Snapshot(NOW, MARK, 132.4, 240, 48_123, rows, alerts, problems, notes, **more)


def shown(value: Snapshot, width: int = 100, height: int = 30, styles: bool = False, reserve: int = 0) -> str:
    console = Console(record=True, width=width, height=height, force_terminal=True, file=StringIO())
    console.print(render(value, "A title", reserve))
    return console.export_text(styles=styles)


# --- the sparkline


@given(st.lists(st.integers(0, 10_000), max_size=60))
def test_a_sparkline_has_one_bar_per_value_and_rises_with_it(values: list[int]) -> None:
    heights = [BARS.index(bar) for bar in sparkline(values)]
    assert len(heights) == len(values)
    assert [height == 0 for height in heights] == [value == 0 for value in values]
    pairs = sorted(zip(values, heights, strict=True))
    assert [height for _, height in pairs] == sorted(heights)
    if max(values, default=0) >= SPARK_FLOOR:
        assert heights[values.index(max(values))] == len(BARS) - 1


def test_few_negatives_are_drawn_low() -> None:
    assert sparkline([0, 1, 2, 0]) == " ▁▂ "
    assert sparkline([]) == ""
    assert sparkline([-3, 0]) == "  "


# --- the screen


@pytest.mark.parametrize("width", [100, 140])
def test_the_screen_says_all_of_it_in_words(width: int) -> None:
    trouble = delivery("webhook", False, "HTTP 503", MARK + timedelta(minutes=5))
    alerts = (
        alert_row(trouble),
        alert_row(delivery("kafka", True), delivery("kafka", True, kind="resolved"), series=OIL, resolved=END),
    )
    text = shown(snapshot(row(state=Reason.KEEP_FIRING), row(OIL, Reason.TOO_FEW), alerts=alerts), width)
    for words in (
        "A title",
        "2026-03-02 14:31:35 UTC",
        "event time 2026-03-02 14:30 ·",
        "132/s",
        "lag 240",
        "48,123 documents",
        "1 firing",
        "keep firing",
        "too few",
        "webhook 0/1 failing: HTTP 503",
        "kafka 2/2",
        "resolved",
        f"{alert().id[:8]} Financials",
        *(("resolved 14:30", "03-02 14:25") if width >= 120 else ("14:25",)),
        "15 min",
    ):
        assert words in text
    banks = next(line for line in text.splitlines() if line.startswith("Financials"))
    assert banks.split()[:4] == ["Financials", "40", "57", "30%"]
    assert banks.split()[-4:] == ["23", "6.1", "keep", "firing"]
    assert max(map(len, text.splitlines())) <= width


def test_an_empty_screen_says_what_is_not_known() -> None:
    text = shown(Snapshot(NOW))
    for words in (
        "no minute is decided on yet",
        "– documents",
        "–/s",
        "lag –",
        "nothing decided yet",
        "none yet",
        "none",
    ):
        assert words in text


def test_no_documents_are_not_a_share_of_zero() -> None:
    text = shown(snapshot(SeriesRow(BANKS)))
    assert "0%" not in text
    assert "undecided" in text


def test_only_what_fires_is_red_and_what_cannot_be_told_is_grey() -> None:
    calm = [Reason.EXPECTED, Reason.TOO_FEW, Reason.WARMING_UP, Reason.RESOLVED, Reason.ACCEPTED, None]
    rows = [row(f"topic:{number}", state) for number, state in enumerate(calm)]
    done = alert_row(delivery("webhook", False, "gone"), resolved=END)
    text = shown(snapshot(*rows, alerts=(done,), notes=("trouble",)), styles=True)
    assert "\x1b[1;31m" not in text
    assert "\x1b[31m" not in text
    grey = [line for line in text.splitlines() if line.startswith("\x1b[2m")]
    assert [word in "".join(grey) for word in ("too few", "warming up", "undecided")] == [True] * 3
    assert not any("expected  " in line for line in grey)
    for reason in (Reason.FIRING, Reason.KEEP_FIRING):
        assert "\x1b[1;31mFinancials" in shown(snapshot(row(state=reason)), styles=True)


@pytest.mark.parametrize("fires", [False, True])
def test_what_cannot_be_seen_is_red_and_never_called_quiet(fires: bool) -> None:
    alerts = (alert_row(),) if fires else ()
    value = snapshot(row(), alerts=alerts, problems=("PostgreSQL did not answer: refused",))
    text = shown(value, 80, 24)
    assert "nothing fires" not in text
    assert ("1 firing, cannot see" if fires else "cannot see") in text.splitlines()[1]
    assert "cannot see: PostgreSQL did not answer: refused" in text
    assert "\x1b[1;31mcannot see: PostgreSQL" in shown(value, 80, 24, styles=True)
    told = lines(None, value)
    assert f"cannot see, {'1 alert' if fires else '0 alerts'} firing when last seen" in told[0]
    assert told[1].endswith("CANNOT SEE PostgreSQL did not answer: refused")


def test_the_verdict_is_read_on_a_narrow_terminal_however_many_problems_there_are() -> None:
    problems = tuple(f"bw-aggregate: bellwether.scored/{number}: 12 records wait, none was" for number in range(40))
    rows = [row(f"topic:{number}") for number in range(20)]
    text = shown(snapshot(*rows, problems=problems, notes=("a note",)), 80, 24).splitlines()
    assert len(text) <= 24
    assert max(map(len, text)) <= 80
    assert text[1].endswith("cannot see")
    assert sum(line.startswith("cannot see: ") for line in text) == 5
    assert "cannot see: and 36 more" in text
    assert "! a note" in text


@pytest.mark.parametrize("width", [80, 100])
def test_nothing_that_is_said_is_cut_on_a_terminal_of_80_columns(width: int) -> None:
    late = "stage detect is 22 min behind, nothing after 2026-03-02 14:10 UTC is decided on: see the /healthz"
    gone = "stage project is behind: Redis has counted documents of 14:53 UTC, and PostgreSQL has no row of it"
    note = (
        "Redis: 85 % of its memory is in use (850 of 1,000 MB); when it is full, nothing is counted any more: raise it"
    )
    text = shown(snapshot(row(), problems=(late, gone), notes=(note,)), width, 24)
    assert "…" not in text
    words = " ".join(text.split())
    assert all(told in words for told in (f"cannot see: {late}", f"cannot see: {gone}", f"! {note}"))
    assert len(text.splitlines()) <= 24
    heading = text.splitlines()[1]
    assert heading.startswith("event time 2026-03-02 14:30 · lag 240 · 48,123 documents · 132/s")
    assert heading.endswith("cannot see")


def test_what_was_lost_is_told_in_numbers() -> None:
    text = shown(snapshot(late=1200, dead_letters=1), 80, 24)
    assert "! 1,200 documents came too late to count in these 12 hours, 1 dead letter" in text
    assert "too late" not in shown(snapshot(late=0, dead_letters=0))
    assert "! 1 document of before came too late" in shown(snapshot(late=0, late_before=1), 80, 24)
    assert "in these 12 hours, 2,199 before, 1 dead letter" in shown(
        snapshot(late=2, late_before=2199, dead_letters=1), 120
    )
    assert "1200 came too late, 1 dead letter," in lines(None, snapshot(late=1200, dead_letters=1))[0]


def test_markup_and_control_characters_are_text() -> None:
    bad = "[red]x[/red] [/nonsense]\x1b[2J\n\u202eend"
    alerts = (alert_row(delivery("webhook", False, bad, MARK), series=bad),)
    text = shown(snapshot(row(bad), alerts=alerts, problems=(bad,)), width=200)
    assert text.count("[red]x[/red] [/nonsense] [2J  end") == 4
    assert not {"\x1b", "\u202e"} & set(text)
    told = lines(None, snapshot(alerts=alerts, problems=(bad,)))
    assert len(told) == 3
    assert all(line.isprintable() for line in told)


@given(st.text(max_size=500))
def test_cleaned_text_is_one_printable_line(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.isprintable()
    assert len(cleaned) == min(len(text), 300)


@given(series=st.integers(0, 60), alerts=st.integers(0, 30), height=st.integers(14, 70), problems=st.integers(0, 2))
def test_the_screen_fits_and_hides_no_open_alert(series: int, alerts: int, height: int, problems: int) -> None:
    rows = [row(f"topic:{number:02}") for number in range(series)] + [row("topic:zz", Reason.FIRING)]
    some = tuple(alert_row(series=f"topic:{number:02}") for number in range(alerts))
    value = snapshot(*rows, alerts=some, problems=("broken",) * problems)
    assert len(shown(value, height=height).splitlines()) <= height
    text = shown(value, height=height, reserve=2)
    assert len(text.splitlines()) <= height - 2
    assert "\nzz " in text
    assert all(f"\n{number:02} " in text for number in range(series)) or " more, none open" in text


def test_twenty_topics_and_three_alerts_fit_on_the_smallest_screen() -> None:
    alerts = tuple(alert_row(series=f"topic:a{number}") for number in range(3))
    text = shown(snapshot(*(row(f"topic:{number}") for number in range(20)), alerts=alerts))
    assert "more" not in text
    assert text.count("firing  ") == 3
    assert len(text.splitlines()) == 30


def test_long_names_end_in_an_ellipsis() -> None:
    name = next(line for line in shown(snapshot(row("watch:" + "x" * 90))).splitlines() if line.startswith("watch"))
    assert name.split()[0].endswith("x…")
    assert len(name) <= 100


def test_a_narrow_screen_leaves_the_sparkline_out() -> None:
    assert "negatives, last" in shown(snapshot(row()))
    narrow = shown(snapshot(row()), width=80)
    assert "negatives, last" not in narrow
    assert "expected" in narrow


def test_open_alerts_come_first_then_the_unusual_and_then_names() -> None:
    rows = [row("b"), row("A"), row("z", Reason.FIRING), row("y", Reason.RESOLVING), row("x", None)]
    scored = msgspec.structs.replace(observation("q"), score=3.0, threshold=6.0)
    rows += [replace(row("q"), seen=scored), row("few", Reason.TOO_FEW)]
    assert [item.series for item in ordered(rows)] == ["y", "z", "q", "A", "b", "few", "x"]


def proving(text: str, number: int = 0) -> Evidence:
    return Evidence(f"d{number}", "Harbour Wire", MARK, text, 0.98)


def of_group(series: str, fired: int, level: int = WARNING) -> AlertRow:
    item = msgspec.structs.replace(alert(series, fired), group_id="g", level=level)
    return AlertRow(item, observation(series), (delivery("webhook", True),), (proving(f"{series} fails"),))


def test_the_alert_that_leads_its_group_comes_first() -> None:
    rows = [of_group("topic:late", END), of_group("topic:worse", END - 3, 30), of_group("entry:Acme", END - 5)]
    other = alert_row(series="topic:older", resolved=END)
    assert [item.alert.series for item in ordered_alerts([other, *rows])] == [
        "topic:worse",
        "entry:Acme",
        "topic:late",
        "topic:older",
    ]


@pytest.mark.parametrize(("width", "height", "headlines"), [(80, 24, 3), (120, 40, 5)])
def test_a_firing_alert_is_seen_with_its_numbers_and_headlines(width: int, height: int, headlines: int) -> None:
    texts = [
        f"Lender Castermere plunges {number}% in heavy trading https://chirp.example/{number}" for number in range(5)
    ]
    fires = replace(alert_row(series="entry:Castermere"), evidence=tuple(map(proving, texts, range(5))))
    rows = [row(f"topic:{number}") for number in range(70)] + [row("entry:Castermere", Reason.KEEP_FIRING)]
    text = shown(snapshot(*rows, alerts=(fires,)), width, height, reserve=4)
    assert len(text.splitlines()) <= height - 4
    assert max(map(len, text.splitlines())) <= width
    assert "  Castermere, warning: 23 of 51 stories negative in 15 min · 6.1 expected" in text
    assert [
        f'    "Lender Castermere plunges {number}% in heavy trading" · Harbour Wire' in text for number in range(5)
    ] == [number < headlines for number in range(5)]
    assert "\nCastermere " in text
    assert "nothing fires" not in text


def test_numbers_are_whole_or_have_one_decimal() -> None:
    seen = msgspec.structs.replace(observation(), negatives=11.666, documents=42.3333)
    fires = replace(alert_row(), seen=seen, evidence=(proving("Shares fall"),))
    text = shown(snapshot(replace(row(), seen=seen), alerts=(fires,)))
    assert "11.7 of 42.3 stories" in text
    assert "11.6" not in text + lines(None, snapshot(alerts=(fires,)))[1]
    assert "11.7 negative" in lines(None, snapshot(alerts=(fires,)))[1]


def test_a_headline_has_no_tags_and_no_entities() -> None:
    text = "<p>Castermere can&amp;#39;t <b>pay</b>&nbsp;&lt;CSTM&gt;&#x1b;[2J &#8238;</p><p>More</p>"
    fires = replace(alert_row(), evidence=(proving(text),))
    for seen in (shown(snapshot(row(), alerts=(fires,))), "\n".join(lines(None, snapshot(alerts=(fires,))))):
        assert "\"Castermere can't pay <CSTM>[2J" in seen
        assert not {"\x1b", "\u202e"} & set(seen)
        assert "More" not in seen


def test_an_alert_without_room_for_a_headline_is_still_seen() -> None:
    fires = replace(alert_row(), evidence=(proving("Shares fall"),))
    text = shown(snapshot(row(state=Reason.FIRING), alerts=(fires,)), 80, 10)
    assert len(text.splitlines()) <= 10
    assert "Shares fall" not in text
    assert text.count("Financials") == 2


def test_a_receiver_in_trouble_is_told_first() -> None:
    again = MARK + timedelta(minutes=5)
    found = alert_row(
        delivery("a", True),
        delivery("b", True),
        delivery("b", False, "HTTP 500", again, "resolved"),
        delivery("c", False),
    ).receivers
    assert [(item.receiver, item.delivered, item.total, item.error) for item in found] == [
        ("b", 1, 2, "HTTP 500"),
        ("a", 1, 1, None),
        ("c", 0, 1, None),
    ]
    assert found[0].next_at == again
    assert "given up: HTTP 410" in shown(snapshot(alerts=(alert_row(delivery("b", False, "HTTP 410")),)))


def test_a_person_is_named_before_the_topic_of_all_alerts_where_there_is_room_for_one() -> None:
    told = alert_row(delivery("kafka", True), delivery("webhook", True))
    assert [item.receiver for item in told.receivers] == ["webhook", "kafka"]
    assert "webhook 1/1 +1" in shown(snapshot(alerts=(told,)), 80)
    assert "webhook 1/1, kafka 1/1" in shown(snapshot(alerts=(told,)), 120)


def test_a_resolved_alert_is_told_with_the_day_where_it_is_another_one() -> None:
    for later, told in ((60, "resolved 15:30"), (600, "resolved 03-03")):
        text = shown(snapshot(alerts=(alert_row(resolved=END + later),)), 120)
        assert told in text


@pytest.mark.parametrize("why", [REPLACED, OVER, EXPIRED])
def test_a_message_that_was_no_news_any_more_is_no_trouble(why: str) -> None:
    (told,) = alert_row(delivery("a", True), delivery("a", False, why, None, "updated")).receivers
    assert (told.delivered, told.total, told.error) == (1, 1, None)
    row = alert_row(delivery("a", False, why))
    assert [(item.total, item.error) for item in row.receivers] == [(0, None)]
    text = shown(snapshot(alerts=(row,)))
    assert "a not sent" in text
    assert "given up" not in text
    assert lines(snapshot(alerts=(alert_row(delivery("a", False)),)), snapshot(alerts=(row,)))[1:] == []


def test_an_error_before_the_delivery_is_no_trouble() -> None:
    assert alert_row(delivery("a", True, "HTTP 503")).receivers[0].error is None


# --- the lines


def test_the_first_lines_tell_what_is_open_and_no_history() -> None:
    old = alert_row(delivery("kafka", True), series=OIL, resolved=END)
    status, *rest = lines(None, snapshot(alerts=(alert_row(delivery("kafka", True)), old)))
    assert status == (
        "2026-03-02 14:31:35 UTC  event time 2026-03-02 14:30:00 UTC, 48123 documents, 132.4 a second, lag 240, "
        "1 alert firing"
    )
    assert len(rest) == 1
    assert "FIRING topic:Financials: 23 negative in 15 min, 6.1 expected, score 9.8" in rest[0]


def test_lines_tell_each_change_once() -> None:
    waiting, again = delivery("webhook", False), MARK + timedelta(minutes=5)
    steps = [
        snapshot(),
        snapshot(alerts=(alert_row(waiting),)),
        snapshot(alerts=(alert_row(delivery("webhook", False, "HTTP 503", again)),)),
        snapshot(alerts=(alert_row(delivery("webhook", True)),)),
        snapshot(alerts=(alert_row(delivery("webhook", True), resolved=END),), problems=("Kafka is away",)),
    ]
    told = [lines(before, now)[1:] for before, now in pairwise(steps)]
    words = ["FIRING topic:Fin", "NOT DELIVERED alert.firing of topic:Fin", "DELIVERED alert.firing of topic:Fin"]
    assert [len(part) for part in told] == [1, 1, 1, 2]
    assert all(word in part[0] for word, part in zip(words, told, strict=False))
    assert "tried again at 2026-03-02 14:35:00 UTC: HTTP 503" in told[1][0]
    assert "CANNOT SEE Kafka is away" in told[3][0]
    assert "RESOLVED topic:Financials: at 2026-03-02 14:30:00 UTC" in told[3][1]
    assert all(len(lines(step, step)) == 1 for step in steps)


def test_an_alert_that_comes_and_goes_between_two_looks_is_told() -> None:
    now = snapshot(alerts=(alert_row(delivery("kafka", True), resolved=END),))
    assert [line.split()[3] for line in lines(snapshot(), now)[1:]] == ["FIRING", "RESOLVED", "DELIVERED"]


def test_what_is_not_known_is_called_unknown() -> None:
    assert (
        "event time unknown, unknown documents, pace unknown, lag unknown, nothing is decided on yet"
        in lines(None, Snapshot(NOW))[0]
    )


# --- the watcher


class Alerts:
    """The part of the port that is read; counts how often a story is asked for."""

    def __init__(self) -> None:
        self.decisions: dict[tuple[str, str], Decision] = {}
        self.stories: dict[str, AlertStory] = {}
        self.asked: list[str] = []
        self.down = False
        self.decided = 0  # up to where, though no decision is kept any more

    def put(self, item: Alert, *deliveries: DeliveryState) -> None:
        fired = Decision(Reason.FIRING, observation(item.series, negatives=31), minute_of(item.fired_at))
        step = Transition(Status.FIRING, item.fired_at, NOW, fired)
        self.stories[item.id] = AlertStory(item, (step,), (), deliveries)

    async def alerts(self, status: Status | None, limit: int) -> list[Alert]:
        found = [story.alert for story in self.stories.values() if status in (None, story.alert.status)]
        return sorted(found, key=lambda item: item.fired_at, reverse=True)[:limit]

    async def story(self, alert_id: str) -> AlertStory | None:
        self.asked.append(alert_id)
        return self.stories.get(alert_id)

    async def earlier(self, series: str, first: int) -> None:
        return None

    async def latest_decisions(self) -> dict[tuple[str, str], Decision]:
        if self.down:
            raise StoreError("PostgreSQL did not answer")
        return dict(self.decisions)

    async def load(self, rule: str, known: tuple[int, RuleState] | None = None) -> tuple[int, None]:
        raise NotImplementedError

    async def commit(self, rule: str, version: int, tick: object) -> bool:
        raise NotImplementedError

    async def commit_together(self, ticks: object) -> bool:
        raise NotImplementedError

    async def last_evaluated_minute(self) -> int:
        return max((decision.observation.minute for decision in self.decisions.values()), default=self.decided)

    async def replay_record(self, alert_id: str) -> None:
        raise NotImplementedError

    async def open_alerts(self) -> list[Alert]:
        raise NotImplementedError

    async def ids_with_prefix(self, text: str, limit: int) -> list[str]:
        raise NotImplementedError


class Rows:
    """The rows that are there, and the ranges that were read."""

    def __init__(self) -> None:
        self.rows: dict[int, dict[str, Bucket]] = {}
        self.read: list[tuple[int, int]] = []
        self.came_late: dict[int, dict[str, int]] = {}

    async def minutes(self, first: int, last: int) -> dict[int, dict[str, Bucket]]:
        self.read.append((first, last))
        return {minute: found for minute, found in self.rows.items() if first <= minute < last}

    async def upsert(self, minutes: object, late: object) -> int:
        raise NotImplementedError

    async def replace(self, first: int, last: int, minutes: object, late: object) -> int:
        raise NotImplementedError

    async def late(self, first: int, last: int) -> dict[int, dict[str, int]]:
        return {minute: found for minute, found in self.came_late.items() if first <= minute < last}


class Windows:
    """What Redis says of how far documents are counted."""

    def __init__(self) -> None:
        self.pairs: dict[str, Progress] = {}
        self.mark: str | None = "mark"
        self.down: Exception | None = None
        self.hangs = False

    async def progress(self) -> dict[str, Progress]:
        if self.hangs:
            await asyncio.sleep(100)
        if self.down:
            raise self.down
        return self.pairs

    async def complete(self) -> str | None:
        return self.mark


class Reader:
    """Offsets as set; ``open`` is cleared to let the broker hang."""

    def __init__(self) -> None:
        self.offsets: dict[str, Offsets] = {}
        self.error: Exception | None = None
        self.open = threading.Event()
        self.open.set()
        self.threads: set[int] = set()

    def read(self) -> dict[str, Offsets]:
        self.threads.add(threading.get_ident())
        self.open.wait()
        if self.error:
            raise self.error
        return dict(self.offsets)

    def close(self) -> None:
        pass


class Scene:
    """A watcher over stubs, with clocks to crank."""

    def __init__(self) -> None:
        self.alerts, self.rows, self.reader = Alerts(), Rows(), Reader()
        self.windows, self.warned = Windows(), list[str]()
        self.seconds, self.now = 1000.0, NOW
        self.watcher = Watcher(
            Stores(self.alerts, self.rows, self.windows, self.warnings),
            self.reader,
            "bw",
            clock=lambda: self.now,
            monotonic=lambda: self.seconds,
        )

    async def warnings(self) -> list[str]:
        return self.warned

    def decide(
        self,
        minute: int = END,
        series: str = BANKS,
        reason: Reason = Reason.EXPECTED,
        rule: str = "negative-surge",
        negatives: int = 23,
    ) -> None:
        seen = observation(series, negatives, minute)
        self.alerts.decisions[rule, series] = Decision(reason, seen)

    async def look(self, after: float = 1.0) -> Snapshot:
        self.seconds += after
        return await self.watcher.snapshot()


def played(play: Callable[[Scene], Awaitable[None]]) -> None:
    async def whole() -> None:
        scene = Scene()
        try:
            await play(scene)
        finally:
            scene.reader.open.set()
            await scene.watcher.close()

    asyncio.run(whole())


def bucket(documents: int, negatives: int) -> Bucket:
    return Bucket(documents=documents + 1, independent=documents * UNIT, independent_negative=negatives * UNIT)


def test_nothing_is_known_before_anything_ran() -> None:
    async def play(scene: Scene) -> None:
        assert await scene.look() == Snapshot(NOW, lag=0, late=0, late_before=0)

    played(play)


def test_rows_are_of_the_hour_and_the_half_days_before_the_watermark() -> None:
    async def play(scene: Scene) -> None:
        scene.decide(reason=Reason.KEEP_FIRING)
        scene.rows.rows = {
            END: {BANKS: bucket(1000, 1000)},  # Not decided on yet.
            END - 1: {BANKS: bucket(4, 2)},
            END - 30: {BANKS: bucket(4, 1), OIL: bucket(1, 0)},
            END - 60: {BANKS: bucket(4, 1)},
            END - 61: {BANKS: bucket(4, 4)},
            END - 720: {BANKS: bucket(4, 3)},
            END - 721: {BANKS: bucket(1000, 1000)},
        }
        now = await scene.look()
        assert now.watermark == MARK
        banks, oil = sorted(now.series, key=lambda item: item.series != BANKS)
        assert (banks.documents, banks.independent, banks.negatives) == (15, 12, 4)
        assert banks.cells == (3, *(0,) * 20, 4, 1, 3)
        assert (banks.state, banks.seen) == (Reason.KEEP_FIRING, observation())
        assert (oil.independent, oil.state, oil.seen) == (1, None, None)

    played(play)


@pytest.mark.parametrize("rules", [("a", "b"), ("b", "a")])
@pytest.mark.parametrize("reason", [Reason.KEEP_FIRING, Reason.ESCALATED, Reason.RESOLVING])
def test_of_two_rules_on_a_series_the_one_that_fires_is_shown(rules: tuple[str, str], reason: Reason) -> None:
    async def play(scene: Scene) -> None:
        scene.decide(rule=rules[0], reason=reason, negatives=31)
        scene.decide(rule=rules[1], reason=Reason.EXPECTED)
        (banks,) = (await scene.look()).series
        assert (banks.state, banks.seen) == (reason, observation(negatives=31))

    played(play)


@given(
    counts=st.dictionaries(st.integers(END - 800, END + 10), st.integers(0, 50), max_size=40),
    steps=st.lists(st.integers(0, 300), max_size=5),
)
def test_what_is_kept_is_what_would_be_read(counts: dict[int, int], steps: list[int]) -> None:
    async def play(scene: Scene) -> None:
        scene.rows.rows = {minute: {BANKS: bucket(count, count)} for minute, count in counts.items()}
        end = END - 700
        for step in steps:
            end += step
            scene.decide(end)
            (banks,) = (await scene.look()).series
            assert sum(banks.cells) == sum(count for minute, count in counts.items() if end - 720 <= minute < end)
            assert banks.independent == sum(count for minute, count in counts.items() if end - 60 <= minute < end)

    played(play)


def test_only_the_last_hour_is_read_again_and_all_of_it_now_and_then() -> None:
    async def play(scene: Scene) -> None:
        scene.decide()
        await scene.look()
        scene.decide(END + 2)
        await scene.look()
        scene.rows.rows[END - 300] = {BANKS: bucket(7, 7)}  # A row that was written very late.
        assert sum((await scene.look()).series[0].cells) == 0
        assert sum((await scene.look(after=30)).series[0].cells) == 7
        assert scene.rows.read == [
            (END - 720, END),
            (END - 60, END + 2),
            (END - 58, END + 2),
            (END - 718, END + 2),
        ]

    played(play)


def test_pace_and_lag_come_from_the_groups() -> None:
    async def play(scene: Scene) -> None:
        scene.reader.offsets = {"bw-classify": at(500, 7), "bw-aggregate": at(100, 5)}
        first = await scene.look()
        assert (first.documents, first.lag, first.rate) == (100, 12, None)
        scene.reader.offsets["bw-aggregate"] = at(160, 0)
        assert (await scene.look(after=2)).rate == 30.0
        for _ in range(20):
            rate = (await scene.look()).rate
        assert rate == 0.0
        scene.reader.offsets["bw-aggregate"] = at(10, 0)  # Set back: read again from the start.
        assert (await scene.look()).rate is None
        assert len(scene.reader.threads) == 1

    played(play)


def test_a_broker_that_is_away_is_a_problem_and_no_end() -> None:
    async def play(scene: Scene) -> None:
        scene.decide()
        scene.reader.offsets = {"bw-aggregate": at(100, 5)}
        await scene.look()
        scene.reader.error = BrokerError("Kafka did not return offsets")
        away = await scene.look()
        assert away.problems == ("Kafka did not return offsets",)
        assert (away.lag, away.rate, away.documents) == (None, None, None)
        assert away.watermark == MARK
        scene.reader.error = None
        assert (await scene.look()).problems == ()

    played(play)


def test_a_broker_that_hangs_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "PATIENCE", 0.01)

    async def play(scene: Scene) -> None:
        scene.reader.open.clear()
        assert (await scene.look()).problems == ()
        silent = await scene.look(after=10)
        assert "not answered" in silent.problems[0]
        assert (silent.lag, silent.rate, silent.documents) == (None, None, None)
        scene.decide()
        assert (await scene.look()).watermark == MARK
        scene.reader.open.set()
        async with asyncio.timeout(240):
            while (await scene.look()).problems:  # noqa: ASYNC110 - a thread tells nobody
                await asyncio.sleep(0.05)

    played(play)


def test_a_store_that_is_away_leaves_what_was_known() -> None:
    async def play(scene: Scene) -> None:
        scene.decide()
        scene.alerts.put(alert())
        before = await scene.look()
        scene.alerts.down = True
        after = await scene.look()
        assert after.problems == ("PostgreSQL did not answer",)
        assert (after.watermark, after.series, after.alerts) == (MARK, before.series, before.alerts)

    played(play)


def test_stories_that_cannot_change_are_read_once() -> None:
    async def play(scene: Scene) -> None:
        settled, waiting = alert(OIL, END - 90, END - 50), alert()
        scene.alerts.put(settled, delivery("kafka", True), delivery("webhook", False, "HTTP 410"))
        scene.alerts.put(waiting, delivery("kafka", False, again=MARK))
        for _ in range(3):
            now = await scene.look()
        assert {item.alert.id for item in now.alerts} == {settled.id, waiting.id}
        assert all(item.seen and item.seen.negatives == 31 for item in now.alerts)
        assert scene.alerts.asked.count(settled.id) == 1
        assert scene.alerts.asked.count(waiting.id) == 3
        scene.alerts.put(waiting, delivery("kafka", True))
        assert "DELIVERED" in lines(now, await scene.look())[-1]

    played(play)


def test_an_old_alert_is_seen_to_its_end() -> None:
    async def play(scene: Scene) -> None:
        old = alert(fired=END - 600)
        scene.alerts.put(old, delivery("kafka", True))
        for number in range(30):
            scene.alerts.put(alert(OIL, END - 500 + number, END - 400 + number))
        before = await scene.look()
        assert sum(item.firing for item in before.alerts) == 1
        ended = msgspec.structs.replace(old, status=Status.RESOLVED, resolved_at=MARK)
        scene.alerts.put(ended, delivery("kafka", True), delivery("kafka", False, again=MARK, kind="resolved"))
        resolved = await scene.look()
        assert "RESOLVED topic:Financials" in lines(before, resolved)[1]
        scene.alerts.put(ended, delivery("kafka", True), delivery("kafka", True, kind="resolved"))
        delivered = await scene.look()
        assert "DELIVERED alert.resolved" in lines(resolved, delivered)[1]
        assert old.id not in {item.alert.id for item in (await scene.look()).alerts}

    played(play)


# --- what keeps a watcher from seeing


def test_a_detector_that_is_behind_is_told_and_comes_back() -> None:
    async def play(scene: Scene) -> None:
        scene.decide(END - 20)
        (problem,) = (await scene.look()).problems
        assert problem.startswith("stage detect is 22 min behind, nothing after 2026-03-02 14:10 UTC is decided on")
        scene.decide(END - 1)
        assert (await scene.look()).problems == ()

    played(play)


def test_event_time_is_known_where_no_decision_is_kept_any_more() -> None:
    async def play(scene: Scene) -> None:
        scene.alerts.decided = END - 60 * 24 * 100
        now = await scene.look()
        assert now.watermark == moment_of(scene.alerts.decided)
        assert now.problems[0].startswith("stage detect is 100 days behind, nothing after 2025-11-22 14:30 UTC")

    played(play)


def test_a_rule_that_is_decided_on_each_hour_is_not_behind_within_it() -> None:
    async def play(scene: Scene) -> None:
        hour = END - END % 60
        scene.decide(hour)
        scene.now = moment_of(hour) + timedelta(minutes=64)
        assert (await scene.look()).problems == ()
        scene.now = moment_of(hour) + timedelta(minutes=66)
        assert len((await scene.look()).problems) == 1
        scene.decide(hour + 61)  # another rule is decided on each minute
        assert (await scene.look()).problems == ()
        scene.now = moment_of(hour + 61) + timedelta(minutes=7)
        assert len((await scene.look()).problems) == 1

    played(play)


def test_a_projection_that_is_behind_is_told_and_comes_back() -> None:
    async def play(scene: Scene) -> None:
        scene.decide()
        newest = END + 1
        scene.windows.pairs = {"0": Progress(0, newest * 60_000, 0), "1": Progress(0, 60_000, 0)}
        assert (await scene.look()).problems == ()
        assert (await scene.look()).problems == ()
        (problem,) = (await scene.look(after=61)).problems
        assert problem.startswith("stage project is behind: Redis has counted documents of 14:31 UTC")
        scene.rows.rows[newest] = {BANKS: bucket(1, 0)}
        assert (await scene.look()).problems == ()
        # Documents that came too late are a row, too.
        scene.windows.pairs = {"0": Progress(0, (newest + 1) * 60_000, 0)}
        scene.rows.came_late = {newest + 1: {BANKS: 1}}
        await scene.look()
        assert (await scene.look(after=61)).problems == ()

    played(play)


def test_what_was_brought_in_before_the_stream_begins_is_no_stage_that_is_behind() -> None:
    async def play(scene: Scene) -> None:
        scene.decide()
        scene.now += timedelta(hours=9)
        scene.windows.pairs = {HISTORY: Progress(0, END * 60_000, 0)}
        await scene.look()
        assert (await scene.look()).problems == ()
        scene.windows.pairs |= {"0": Progress(0, END * 60_000, 0)}
        await scene.look()
        assert "stage detect is" in (await scene.look()).problems[0]

    played(play)


def test_redis_that_is_gone_or_lost_its_windows_is_told_and_comes_back() -> None:
    async def play(scene: Scene) -> None:
        scene.decide()
        scene.windows.pairs = {"0": Progress(0, 60_000, 0)}
        scene.windows.down = StoreError("Redis did not return the progress: refused")
        assert (await scene.look()).problems == ("Redis did not return the progress: refused",)
        scene.windows.down, scene.windows.mark = None, None
        assert (await scene.look()).problems[0].startswith("Redis has lost windows")
        scene.windows.mark = "mark"
        scene.warned = ["Redis: 85 % of its memory is in use"]
        well = await scene.look()
        assert (well.problems, well.notes) == ((), ("Redis: 85 % of its memory is in use",))

    played(play)


def test_a_store_that_hangs_holds_the_view_up_for_seconds_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sight, "PATIENCE", 0.05)

    async def play(scene: Scene) -> None:
        scene.decide()
        scene.windows.hangs = True
        assert "Redis has not answered" in (await scene.look()).problems[0]
        scene.windows.hangs = False
        assert (await scene.look()).problems == ()

    played(play)


def test_one_partition_that_stands_is_told_by_its_name() -> None:
    async def play(scene: Scene) -> None:
        scene.decide()
        for second in range(15):
            standing, moving = Position(7, 5007), Position(100 * second, 90_000)
            scene.reader.offsets["bw-aggregate"] = Offsets({Partition("t", 0): moving, Partition("t", 1): standing})
            now = await scene.look(after=5)
        (problem,) = now.problems
        assert problem.startswith("bw-aggregate: t/1: 5000 records wait, none was committed for 7")

    played(play)


def test_dead_letters_are_counted_and_do_not_wait_for_anybody() -> None:
    async def play(scene: Scene) -> None:
        scene.decide()
        scene.rows.came_late = {END - 30: {BANKS: 2, "entry:Acme": 2}, END - 40: {OIL: 1}}
        scene.reader.offsets = {
            "bw-aggregate": at(5, 1),
            "bw-dead-letters": Offsets({Partition("d", 0): Position(None, 9, 2)}),
        }
        for _ in range(30):
            now = await scene.look(after=5)
            scene.reader.offsets["bw-aggregate"] = at(scene.reader.offsets["bw-aggregate"].committed + 1, 1)
        assert (now.lag, now.dead_letters, now.late, now.problems) == (1, 7, 3, ())

    played(play)


@pytest.mark.parametrize("unit", [" ", "\n ", " http", "http://a "])
def test_a_headline_takes_time_in_proportion(unit: str) -> None:
    assert growth(lambda text: headline(f"{text}."), unit) < SQUARE
